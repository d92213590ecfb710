import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';

/** What a listener or a client shows and whom it trusts, as PEM. */
export type Identity = {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** The authorities whose certificates the other side may show; undefined where it need show none. */
  readonly ca: Buffer | undefined;
};

/** What is wrong with an identity, told of the file that holds it; `field` says which of the three that is. */
export type IdentityProblem = { readonly field: keyof Identity; readonly message: string };

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** What keeps an identity from being used; undefined where nothing does. What it says holds nothing of the files' content. */
export function problemOf({ cert, key, ca }: Identity): IdentityProblem | undefined {
  const [own] = certificatesIn(cert);
  if (own === undefined) return { field: 'cert', message: 'holds no certificate in PEM' };
  try {
    if (!own.checkPrivateKey(createPrivateKey(key)))
      return { field: 'key', message: 'holds the key of another certificate' };
  } catch {
    return { field: 'key', message: 'holds no private key in PEM, or one that is encrypted' };
  }
  if (ca !== undefined && certificatesIn(ca).length === 0)
    return { field: 'ca', message: 'holds no certificate in PEM' };
  try {
    createSecureContext({ cert, key, ca });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return { field: 'cert', message: `cannot be used (${code})` };
  }
  return undefined;
}

/** The certificate that is shown; undefined where there is none. */
export function ownCertificate({ cert }: Pick<Identity, 'cert'>): X509Certificate | undefined {
  return certificatesIn(cert)[0];
}

/** When the certificate that is shown runs out, in milliseconds of wall time; undefined where there is none. */
export function expiryOf(identity: Pick<Identity, 'cert'>): number | undefined {
  return ownCertificate(identity)?.validToDate.getTime();
}

/** The certificates in a PEM text, in its order; none where one of them cannot be read. */
function certificatesIn(pem: Buffer): readonly X509Certificate[] {
  try {
    return (pem.toString('latin1').match(CERTIFICATE) ?? []).map((text) => new X509Certificate(text));
  } catch {
    return [];
  }
}
