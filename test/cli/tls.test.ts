import { createHash } from 'node:crypto';
import { copyFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { authority, type Issued, LOCAL_NAMES } from '../certificates.ts';
import { eventually } from '../eventually.ts';
import { freePort } from '../servers/free-port.ts';
import { headgate, start, temporaryFiles } from './command.ts';
import { LIMITS } from './configuration.ts';

const WITHIN = { withinMs: 15_000, everyMs: 50 };

type Place = { readonly port: number; readonly meshPort: number; readonly caFile: string };

/** One region that speaks TLS only, to those with a certificate of the same authority. */
function configuration({ port, meshPort, caFile }: Place, secret: string): string {
  const hash = `sha256:${createHash('sha256').update(secret).digest('hex')}`;
  return `version: 1
node: { region: east, listen: { port: ${port} } }
regions: [{ name: east, quota: 1 }]
http: { drainNotice: 0s, tls: { certFile: cert.pem, keyFile: key.pem, clientCaFile: "${caFile}" } }
transport: { key: not-much-of-a-secret, mesh: { listen: { port: ${meshPort} } } }
durability: { journal: none }
limitsFile: limits.yaml
security: { tokens: [{ name: ops, role: admin, hash: "${hash}" }] }
`;
}

test('a coordinator that speaks TLS is asked with certificates, and takes new certificates and tokens on SIGHUP', async () => {
  const ca = authority();
  const client = ca.issue('DNS:operator');
  const place = { port: await freePort(), meshPort: await freePort(), caFile: ca.certFile };
  const files = temporaryFiles({
    'headgate.yaml': configuration(place, 'the-old-one-0123456789'),
    'limits.yaml': LIMITS,
  });
  const folder = dirname(files['headgate.yaml']);
  const show = ({ certFile, keyFile }: Issued) => {
    copyFileSync(certFile, join(folder, 'cert.pem'));
    copyFileSync(keyFile, join(folder, 'key.pem'));
  };
  show(ca.issue(LOCAL_NAMES));
  const running = start(['serve', '--config', files['headgate.yaml'], '--new-cluster']);
  await eventually(() => running.stdout().includes('"started"'), WITHIN);

  const secure = ['--ca', ca.certFile, '--cert', client.certFile, '--key', client.keyFile];
  const env = { HEADGATE_TOKEN: 'the-old-one-0123456789' };
  const healthy = await headgate(['health', '--config', files['headgate.yaml'], ...secure]);
  expect([healthy.code, healthy.stdout]).toEqual([0, expect.stringContaining('UP')]);
  const url = ['--url', `127.0.0.1:${place.port}`];
  expect((await headgate(['limits', 'list', ...url, ...secure], { env })).stdout).toContain('everything');
  const byVariable = {
    HEADGATE_CA: ca.certFile,
    HEADGATE_CERT: client.certFile,
    HEADGATE_KEY: client.keyFile,
  };
  expect(
    (await headgate(['status', '--json', `127.0.0.1:${place.port}`], { env: { ...env, ...byVariable } }))
      .code,
  ).toBe(0);
  const stranger = await headgate(['health', `https://127.0.0.1:${place.port}`, '--ca', ca.certFile]);
  expect([stranger.code, stranger.stdout]).toEqual([6, expect.stringContaining('DOWN')]);

  show(ca.issue(LOCAL_NAMES));
  writeFileSync(files['headgate.yaml'], configuration(place, 'the-new-one-0123456789'));
  running.process.kill('SIGHUP');
  await eventually(() => running.stdout().includes('certificate_reloaded'), WITHIN);
  await eventually(async () => {
    const renewed = { HEADGATE_TOKEN: 'the-new-one-0123456789', ...byVariable };
    return (await headgate(['limits', 'list', ...url], { env: renewed })).code === 0;
  }, WITHIN);
  expect((await headgate(['limits', 'list', ...url, ...secure], { env })).code).toBe(9);
  expect(running.stdout()).not.toMatch(/the-(old|new)-one|not-much-of-a-secret|PRIVATE KEY/);
}, 60_000);
