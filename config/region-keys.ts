import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import Type from 'typebox';
import type { DeploymentDraft } from './cross-checks.ts';
import { list, text } from './field.ts';
import type { Findings } from './findings.ts';
import { path } from './named-fields.ts';

/** A public key as it stands in a configuration: 32 bytes in base64. */
const PUBLIC_KEY = /^ed25519:[A-Za-z0-9+/]{43}=$/;

/** Public keys of one region: the one in use, and those of a change under way. */
const PUBLIC_KEYS_MAX = 4;

/** Keys that are accepted beside the one in use: those of a change under way. */
const ACCEPTED_KEYS_MAX = 4;

/** By what a region's frames are known to be its own. */
export const publicKeys = list(
  text({
    description: 'One public key.',
    expects: 'ed25519: and 32 bytes in base64',
    accepts: (written) => PUBLIC_KEY.test(written),
  }),
  {
    description:
      'Keys that sign the frames of this region: with any, frames in its name that none of them signed are refused, so that who has the key of the cluster cannot speak for it.',
    default: [],
    from: 0,
    to: PUBLIC_KEYS_MAX,
    expects: 'keys such as ed25519:… (openssl pkey -in FILE -pubout -outform DER | tail -c 32 | base64)',
  },
);

/** Secrets that frames may be sealed with while the key of the cluster is changed. */
export function acceptedKeys(accepts: (key: string) => boolean) {
  const about = {
    description: 'Keys that frames of others may be sealed with as well, while `key` is changed.',
    secret: true,
  };
  const key = text({ ...about, expects: 'text of 16 to 1024 bytes', accepts });
  return list(key, {
    ...about,
    default: [],
    from: 0,
    to: ACCEPTED_KEYS_MAX,
    expects: 'texts of 16 to 1024 bytes',
  });
}

/** Where a region's own key lies. */
export const signingKeyFile = Type.Optional(
  path(
    'Ed25519 private key of this region in PEM (openssl genpkey -algorithm ed25519): its frames are signed with it. Its public key belongs to `publicKeys` of the region.',
  ),
);

/** Whether a PEM text is an Ed25519 private key without a passphrase. */
export function isSigningKey(pem: string): boolean {
  return readKey(pem)?.asymmetricKeyType === 'ed25519';
}

/** Reports where the own region's keys do not fit each other: its peers would refuse whatever it says. */
export function checkOwnKeys(
  { node, regions = [], transport }: DeploymentDraft,
  signingKey: string | undefined,
  findings: Findings,
): void {
  const at = '/transport/signingKeyFile';
  const known =
    regions.find((region) => region?.name !== undefined && region.name === node?.region)?.publicKeys ?? [];
  if (known.length === 0) return;
  if (transport?.signingKeyFile === undefined) {
    const hint = `expected, as ${node?.region} has publicKeys`;
    findings.report(at, { message: 'is missing', hint });
  } else if (signingKey !== undefined && !known.includes(publicKeyOf(signingKey))) {
    const hint = `its public key is ${publicKeyOf(signingKey)}`;
    findings.report(at, { message: `the key is none of the publicKeys of ${node?.region}`, hint });
  }
}

function publicKeyOf(pem: string): string {
  const { x = '' } = createPublicKey(createPrivateKey(pem)).export({ format: 'jwk' });
  return `ed25519:${Buffer.from(x, 'base64url').toString('base64')}`;
}

function readKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}
