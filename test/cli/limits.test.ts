import { expect, test } from 'vitest';
import { serveAdmin, tokenOf } from '../adapters/http-admin-fixture.ts';
import { oneLimit } from '../administration/administered.ts';
import { headgate, temporaryFiles } from './command.ts';

async function served() {
  const { origin, world } = await serveAdmin({ tokens: [tokenOf('admin', 'open-sesame-1234')] });
  const env = { HEADGATE_URL: origin, HEADGATE_TOKEN: 'open-sesame-1234' };
  const limits = (...args: readonly string[]) => headgate(['limits', ...args], { env });
  return { origin, world, limits };
}

test('limits are listed, got as a file, changed and applied', async () => {
  const { limits } = await served();
  const list = await limits('list');
  expect([list.code, list.stderr]).toEqual([0, '']);
  expect(list.stdout).toMatch(/^version 0 of test, by the limits file/);
  expect(list.stdout).toMatch(/^everything +fixed-window +1,000 in 10s +enforce +0$/m);
  const got = (await limits('get')).stdout;
  const files = temporaryFiles({ 'limits.yaml': got.replace('limit: 1000', 'limit: 500') });
  const dry = await limits('apply', files['limits.yaml'], '--dry-run');
  expect(dry.stdout).toMatch(/^version 0 would change\n~ everything\n {4}limit: 1000 → 500\n/);
  const applied = await limits('apply', files['limits.yaml'], '--if-match', '0', '--comment', 'half');
  expect(applied.stdout).toMatch(/^version 0 → 1@us-east\n/);
  expect((await limits('apply', files['limits.yaml'])).stdout).toMatch(/^nothing to change/);
  const late = await limits('apply', files['limits.yaml'], '--if-match', '0');
  expect([late.code, late.stderr]).toEqual([8, expect.stringContaining('version_changed')]);
});

test('overrides, versions, differences, rollback and the audit log', async () => {
  const { limits } = await served();
  const path = ['orders-per-tenant', '--dimension', 'tenant=acme'];
  const set = await limits('override', 'set', ...path, '--limit', '50');
  expect([set.code, set.stdout]).toEqual([0, expect.stringContaining('overrides[tenant=acme].limit: 50')]);
  expect((await limits('override', 'remove', ...path)).code).toBe(0);
  expect((await limits('diff', '0', '1')).stdout).toBe(
    '~ orders-per-tenant\n    overrides[tenant=acme].limit: 50\n',
  );
  expect((await limits('diff', '0', '2')).stdout).toBe('no difference\n');
  expect((await limits('rollback', '1')).stdout).toMatch(/^version 2@us-east → 3@us-east/);
  const versions = await limits('versions');
  expect(versions.stdout).toMatch(/^3@us-east \* +20\S+ +admin-token +rollback +/m);
  const audit = await limits('audit', '--json');
  expect(JSON.parse(audit.stdout)).toMatchObject({ entries: [{}, {}, { action: 'rollback', target: '1' }] });
  expect((await limits('audit')).stdout).toMatch(/rollback +1 +2@us-east → 3@us-east +changed/);
}, 20_000);

test('what is wrong ends with a code of its own, and says where', async () => {
  const { limits, origin } = await served();
  const files = temporaryFiles({
    'bad.yaml': 'version: 1\nlimits:\n  - name: a b\n',
    'good.yaml': oneLimit(1),
  });
  const bad = await limits('apply', files['bad.yaml']);
  expect(bad.code).toBe(3);
  expect(bad.stderr).toContain(`${files['bad.yaml']}:3:11 limits[0].name: got "a b"`);
  const stranger = await headgate(['limits', 'list', '--url', origin]);
  expect([stranger.code, stranger.stderr]).toEqual([9, expect.stringContaining('token_missing')]);
  const wrong = await headgate(['limits', 'list', '--url', origin, '--token', 'guess']);
  expect([wrong.code, wrong.stderr.includes('guess')]).toEqual([9, false]);
  expect((await limits('rollback', '99')).code).toBe(1);
  expect((await limits('override', 'set', 'x', '--dimension', 'tenant', '--limit', '1')).code).toBe(2);
  expect((await headgate(['limits', 'list', '--url', '127.0.0.1:1'])).code).toBe(6);
  expect((await limits('apply', '/no/such/file')).code).toBe(1);
}, 20_000);

test('a new token is printed with what the configuration needs', async () => {
  const { stdout, stderr, code } = await headgate(['limits', 'new-token', 'ci', '--role', 'read']);
  expect(code).toBe(0);
  const { hash } = tokenOf('read', stdout.trim());
  expect(stderr).toContain(`{ name: ci, role: read, hash: "${hash}" }`);
});
