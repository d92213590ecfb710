import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { authority, LOCAL_NAMES } from '../certificates.ts';
import { loadText, problemLines, SMALL_DEPLOYMENT } from './memory-files.ts';

const SECURE = SMALL_DEPLOYMENT.replaceAll('http://', 'https://');

/** Two certificates with their keys, under names beside the configuration. */
function files() {
  const ca = authority();
  const [one, other] = [ca.issue(LOCAL_NAMES), ca.issue(LOCAL_NAMES)];
  return {
    'cert.pem': readFileSync(one.certFile),
    'key.pem': readFileSync(one.keyFile),
    'other.key': readFileSync(other.keyFile),
    'ca.pem': readFileSync(ca.certFile),
    'nonsense.pem': 'nonsense',
  };
}

test('what listeners and regions show is found beside the configuration', () => {
  const tls = '{ certFile: cert.pem, keyFile: key.pem, clientCaFile: ca.pem }';
  const mesh = '{ certFile: cert.pem, keyFile: key.pem, caFile: ca.pem }';
  const text = `${SECURE.replace('transport:', `transport:\n  mesh: { tls: ${mesh} }`)}http: { tls: ${tls} }\ngrpc: { listen: { host: 0.0.0.0, port: 8079 }, tls: ${tls} }\n`;
  const result = loadText(text, { files: files() });
  expect(problemLines(result)).toEqual([]);
  const at = (name: string) => expect.stringMatching(new RegExp(`^/.*/${name}$`));
  const paths = { certFile: at('cert.pem'), keyFile: at('key.pem'), caFile: at('ca.pem') };
  expect(result).toMatchObject({
    settings: {
      http: { tls: paths },
      grpc: { tls: paths },
      transport: { tls: { ...paths, identity: '{region}.{environment}.headgate' } },
    },
  });
});

test.each([
  ['http: { tls: { certFile: cert.pem } }', 'http.tls.keyFile: is missing'],
  ['http: { tls: { clientCaFile: ca.pem } }', 'http.tls.clientCaFile: has no effect without certFile'],
  [
    'http: { tls: { certFile: cert.pem, keyFile: other.key } }',
    'http.tls.keyFile: the file other.key holds the key of another',
  ],
  [
    'http: { tls: { certFile: nonsense.pem, keyFile: key.pem } }',
    'http.tls.certFile: the file nonsense.pem holds no certificate',
  ],
  [
    'http: { tls: { certFile: cert.pem, keyFile: cert.pem } }',
    'http.tls.keyFile: the file cert.pem holds no private key',
  ],
  [
    'grpc: { tls: { certFile: cert.pem, keyFile: key.pem, clientCaFile: key.pem } }',
    'grpc.tls.clientCaFile: the file key.pem holds no',
  ],
  [
    'grpc: { tls: { certFile: gone.pem, keyFile: key.pem } }',
    'grpc.tls.certFile: the file gone.pem does not exist',
  ],
])('%s is refused: %s', (written, problem) => {
  const lines = problemLines(loadText(`${SMALL_DEPLOYMENT}${written}\n`, { files: files() }));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(problem);
});

test.each([
  ['tls: { certFile: cert.pem, keyFile: key.pem }', 'transport.mesh.tls.caFile: is missing'],
  [
    'tls: { certFile: cert.pem, keyFile: key.pem, caFile: ca.pem }',
    'write https, as transport.mesh.tls.certFile is given',
  ],
  [
    'tls: { certFile: cert.pem, keyFile: key.pem, caFile: ca.pem, identity: headgate }',
    'with {region} in it',
  ],
])('a mesh with %s and addresses of http is refused: %s', (tls, problem) => {
  const text = SMALL_DEPLOYMENT.replace('transport:', `transport:\n  mesh: { ${tls} }`);
  expect(problemLines(loadText(text, { files: files() })).join('\n')).toContain(problem);
});

test('an address of https without a certificate to show is refused', () => {
  expect(problemLines(loadText(SECURE)).join('\n')).toContain('write http, or give transport.mesh.tls');
});
