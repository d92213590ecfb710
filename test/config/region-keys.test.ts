import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { loadText, problemLines, SMALL_DEPLOYMENT } from './memory-files.ts';

function pair() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const { x = '' } = publicKey.export({ format: 'jwk' });
  return {
    pem: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    known: `ed25519:${Buffer.from(x, 'base64url').toString('base64')}`,
  };
}

function written(known: string, transport: string): string {
  return SMALL_DEPLOYMENT.replace('quota: 60,', `quota: 60, publicKeys: ["${known}"],`).replace(
    'transport:',
    `transport:\n  ${transport}`,
  );
}

test('a region signs with the key in its file, and is known by its public key', () => {
  const { pem, known } = pair();
  const text = written(known, 'signingKeyFile: east.key\n  acceptedKeys: ["another-key-of-the-cluster"]');
  expect(loadText(text, { files: { 'east.key': pem } })).toMatchObject({
    settings: {
      transport: {
        signingKey: pem,
        publicKeys: { east: [known] },
        acceptedKeys: ['another-key-of-the-cluster'],
      },
    },
  });
});

test.each([
  [
    'no key of its own',
    'acceptedKeys: []',
    'transport.signingKeyFile: is missing; expected, as east has publicKeys',
  ],
  ['the key of another', 'signingKeyFile: other.key', 'the key is none of the publicKeys of east'],
  ['a file that holds none', 'signingKeyFile: limits.yaml', 'holds no Ed25519 private key in PEM'],
  ['a file that is not there', 'signingKeyFile: gone.key', 'does not exist'],
])('a region that is known by a key and has %s is refused', (_what, transport, problem) => {
  const files = { 'other.key': pair().pem };
  const lines = problemLines(loadText(written(pair().known, transport), { files }));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(problem);
});

test.each(['ed25519:', 'ed25519:AAAA', `ed448:${'A'.repeat(43)}=`, 'A'])(
  'the public key %s is refused',
  (known) => {
    expect(problemLines(loadText(written(known, 'acceptedKeys: []')))[0]).toContain(
      'regions[0].publicKeys[0]',
    );
  },
);

test('keys that are accepted are secrets', () => {
  const text = SMALL_DEPLOYMENT.replace('transport:', 'transport:\n  acceptedKeys: [short-secret]');
  const lines = problemLines(loadText(text));
  expect(lines[0]).toContain('transport.acceptedKeys[0]: got (hidden)');
  const env = { HEADGATE_TRANSPORT_ACCEPTED_KEYS: 'short-secret,short-secret' };
  expect(problemLines(loadText(SMALL_DEPLOYMENT, { env })).join()).not.toContain('short-secret');
});
