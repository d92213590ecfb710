import { copyFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { IdentityFiles } from '../../src/adapters/tls/identity-files.ts';
import { authority, type Issued, LOCAL_NAMES } from '../certificates.ts';
import { eventually } from '../eventually.ts';

function fixture(first: Issued) {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-identity-'));
  const paths = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') };
  const put = ({ certFile, keyFile }: Issued) => {
    copyFileSync(certFile, paths.certFile);
    copyFileSync(keyFile, paths.keyFile);
  };
  put(first);
  const logged: string[] = [];
  let days = 0;
  const write = (event: string, fields: unknown) => void logged.push(`${event} ${JSON.stringify(fields)}`);
  const open = (caFile?: string) =>
    new IdentityFiles({
      purpose: 'http',
      paths: { ...paths, caFile },
      log: { info: write, warn: write, error: write },
      now: () => Date.now() + days * 86_400_000,
    });
  const pass = (passed: number) => {
    days += passed;
  };
  return { paths, put, open, logged, pass };
}

test('a certificate that is exchanged on disk is the one that is shown, and its listeners hear of it once', async () => {
  const ca = authority();
  const { put, open, logged } = fixture(ca.issue(LOCAL_NAMES));
  const files = open();
  let heard = 0;
  files.onChange(() => {
    heard += 1;
  });
  const before = files.current().cert;
  const cancel = files.watch();
  put(ca.issue(LOCAL_NAMES));
  await eventually(() => heard === 1, { withinMs: 5_000 });
  cancel();
  expect(files.current().cert.equals(before)).toBe(false);
  files.reload();
  expect([heard, files.figures().succeeded, files.figures().problem]).toEqual([1, 1, undefined]);
  expect(logged.at(-1)).toContain('certificate_reloaded');
});

test.each([
  ['nonsense', (put: (text: string) => void) => put('nonsense'), 'holds no certificate in PEM'],
  ['nothing', (put: (text: string) => void) => put(''), 'holds no certificate in PEM'],
])('a certificate file of %s keeps the one in use, and says so until it is mended', (_what, spoil, said) => {
  const ca = authority();
  const { paths, put, open, logged } = fixture(ca.issue(LOCAL_NAMES));
  const files = open();
  const before = files.current();
  spoil((text) => writeFileSync(paths.certFile, text));
  files.reload();
  expect(files.current()).toBe(before);
  expect(files.figures()).toMatchObject({ failed: 1, problem: expect.stringContaining(said) });
  expect(logged.join()).toContain('certificate_reload_failed');
  put(ca.issue(LOCAL_NAMES));
  files.reload();
  expect(files.figures()).toMatchObject({ succeeded: 1, failed: 1, problem: undefined });
});

test('the key of another certificate, and a certificate that has run out, keep the one in use', () => {
  const ca = authority();
  const { paths, put, open, logged, pass } = fixture(ca.issue(LOCAL_NAMES));
  const files = open();
  const before = files.current();
  copyFileSync(ca.issue(LOCAL_NAMES).certFile, paths.certFile);
  files.reload();
  expect(files.figures().problem).toContain('holds the key of another certificate');
  put(ca.issue(LOCAL_NAMES));
  pass(31);
  files.reload();
  expect(files.figures().problem).toContain('has run out');
  expect(files.current()).toBe(before);
  expect(logged.join()).not.toContain('PRIVATE KEY');
});

test('without anything good to begin with there is an error that names the file', () => {
  const ca = authority();
  const { paths, open } = fixture(ca.issue(LOCAL_NAMES));
  expect(() => open('/nowhere/ca.pem')).toThrow('/nowhere/ca.pem cannot be read (ENOENT)');
  writeFileSync(paths.keyFile, 'not a key');
  expect(() => open()).toThrow(`${paths.keyFile} holds no private key in PEM`);
});
