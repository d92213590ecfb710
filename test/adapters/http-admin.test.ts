import { expect, test } from 'vitest';
import { parseLimits } from '../../config/limits-file.ts';
import { oneLimit } from '../administration/administered.ts';
import { serveAdmin } from './http-admin-fixture.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const ACME = '{"dimensions":{"tenant":"acme"},"limit":50}';

test('what is got as YAML can be put back, and changes nothing', async () => {
  const { admin } = await serveAdmin();
  const got = await admin('limits', { headers: { accept: 'application/yaml' } });
  expect([got.status, got.headers.get('etag')]).toEqual([200, '"0"']);
  expect(parseLimits(got.text, 'limits.yaml')).toMatchObject({ ok: true, environment: 'test' });
  const put = await admin('limits', { method: 'PUT', yaml: got.text });
  expect(put.body).toMatchObject({ changed: false, version: '0', text: '' });
});

test('a whole set is replaced, and the answer tells what changed and who feels it', async () => {
  const { admin, world } = await serveAdmin();
  const put = await admin('limits?comment=half', { method: 'PUT', yaml: oneLimit(500) });
  expect([put.status, put.headers.get('etag')]).toEqual([200, '"1@us-east"']);
  expect(put.body).toMatchObject({
    changed: true,
    from: '0',
    version: '1@us-east',
    durable: true,
    difference: {
      limits: [
        { name: 'orders-per-tenant', kind: 'removed' },
        { name: 'everything', kind: 'changed' },
      ],
    },
  });
  expect(put.body.affected.limits).toContainEqual({
    name: 'everything',
    keys: 0,
    demand: 0,
    shares: [
      { region: 'us-east', before: 400, after: 200 },
      { region: 'eu-west', before: 350, after: 175 },
      { region: 'ap-southeast', before: 250, after: 125 },
    ],
  });
  world.run(5_000);
  expect(world.region('eu-west').configuration().limits).toMatchObject([{ name: 'everything', limit: 500 }]);
});

test('a dry run says the same and changes nothing', async () => {
  const { admin, world } = await serveAdmin();
  const before = world.region('us-east').configuration();
  for (const [path, init] of [
    ['limits?dryRun=1', { method: 'PUT', yaml: oneLimit(500) }],
    ['limits/everything?dryRun=1', { method: 'DELETE' }],
    ['limits/orders-per-tenant/overrides?dryRun=1', { method: 'PUT', body: ACME, headers: JSON_TYPE }],
  ] as const) {
    const answer = await admin(path, init);
    expect(answer.body).toMatchObject({ dryRun: true, changed: false, version: '0' });
    expect(answer.body.text).not.toBe('');
  }
  expect(world.region('us-east').configuration()).toBe(before);
  expect((await admin('audit')).body.entries).toEqual([]);
});

test('single limits are made, replaced and removed', async () => {
  const { admin } = await serveAdmin();
  const made = await admin('limits/logins', {
    method: 'PUT',
    yaml: 'match: { resource: api.login }\nlimit: 10\nwindow: 60s\n',
  });
  expect(made.body.difference.limits).toMatchObject([{ name: 'logins', kind: 'added' }]);
  await admin('limits/everything', { method: 'DELETE' });
  const { file } = (await admin('limits')).body;
  expect(file.limits.map(({ name }: { name: string }) => name)).toEqual(['orders-per-tenant', 'logins']);
});

test('overrides go by their dimensions', async () => {
  const { admin } = await serveAdmin();
  const path = 'limits/orders-per-tenant/overrides';
  const put = await admin(path, { method: 'PUT', body: ACME, headers: JSON_TYPE });
  expect(put.body.text).toContain('overrides[tenant=acme].limit: 50');
  const again = await admin(path, { method: 'PUT', body: ACME.replace('50', '60'), headers: JSON_TYPE });
  expect(again.body.text).toContain('overrides[tenant=acme].limit: 50 → 60');
  const wrong = await admin(path, {
    method: 'PUT',
    body: '{"dimensions":{"user":"u"},"limit":1}',
    headers: JSON_TYPE,
  });
  expect([wrong.status, wrong.body.code]).toEqual([400, 'invalid_limits']);
  expect((await admin(`${path}?d.tenant=other`, { method: 'DELETE' })).body.code).toBe('unknown_override');
  const gone = await admin(`${path}?d.tenant=acme`, { method: 'DELETE' });
  expect(gone.body.text).toContain('overrides[tenant=acme].limit: 60 → none');
});

test('whoever changes what others changed meanwhile is told so', async () => {
  const { admin } = await serveAdmin();
  const first = await admin('limits', { method: 'PUT', yaml: oneLimit(500), headers: { 'if-match': '"0"' } });
  expect(first.status).toBe(200);
  const late = await admin('limits', { method: 'PUT', yaml: oneLimit(700), headers: { 'if-match': '"0"' } });
  expect([late.status, late.body.code]).toEqual([412, 'version_changed']);
  expect(late.body.detail).toContain('1@us-east');
  const both = await Promise.all(
    [1, 2].map((limit) =>
      admin('limits', { method: 'PUT', yaml: oneLimit(limit), headers: { 'if-match': '"1@us-east"' } }),
    ),
  );
  expect(both.map(({ status }) => status).sort()).toEqual([200, 412]);
});

test('every problem is listed with where it is', async () => {
  const { admin } = await serveAdmin();
  const yaml = 'version: 1\nenvironment: production\nlimits:\n  - name: a b\n    limit: many\n    extra: 1\n';
  const { status, body } = await admin('limits', { method: 'PUT', yaml });
  expect([status, body.code]).toEqual([400, 'invalid_limits']);
  expect(body.errors).toMatchObject([
    { field: 'environment', line: 2, detail: expect.stringContaining('this one is test') },
    { field: 'limits[0].match', line: 4 },
    { field: 'limits[0].window', line: 4 },
    { field: 'limits[0].name', line: 4, column: 11 },
    { field: 'limits[0].limit', line: 5, column: 12 },
    { field: 'limits[0].extra', line: 6, column: 5 },
  ]);
  const many = Array.from({ length: 300 }, (_, at) => `  - { name: "bad ${at}" }\n`).join('');
  const long = await admin('limits', { method: 'PUT', yaml: `version: 1\nlimits:\n${many}` });
  expect(long.body.errors.length).toBe(1_001);
});

test.each([
  ['PUT', 'limits', { yaml: 'limits: [' }, 400, 'invalid_limits'],
  ['PUT', 'limits', { yaml: '' }, 400, 'malformed_json'],
  ['PUT', 'limits', { body: 'x', headers: { 'content-type': 'text/plain' } }, 415, 'unsupported_media_type'],
  ['PUT', 'limits', { yaml: 'version: 1\nlimits: 3\n' }, 400, 'invalid_limits'],
  [
    'PUT',
    'limits',
    { body: Buffer.from([0xff]), headers: { 'content-type': 'text/yaml' } },
    400,
    'malformed_json',
  ],
  ['PUT', 'limits?dryrun=1', { yaml: oneLimit(1) }, 400, 'invalid_request'],
  ['PUT', 'limits?dryRun=yes', { yaml: oneLimit(1) }, 400, 'invalid_request'],
  ['PUT', 'limits?comment=%00', { yaml: oneLimit(1) }, 400, 'invalid_request'],
  [
    'PUT',
    'limits/x',
    { yaml: 'name: y\nmatch: { resource: a }\nlimit: 1\nwindow: 1s\n' },
    400,
    'invalid_limits',
  ],
  ['PUT', 'limits/a%20b', { yaml: 'match: { resource: a }\nlimit: 1\nwindow: 1s\n' }, 400, 'invalid_limits'],
  ['PUT', 'limits/none/overrides', { yaml: 'dimensions: {}\nlimit: 1\n' }, 404, 'unknown_limit'],
  ['PUT', 'limits/everything/overrides', { yaml: '[]' }, 400, 'invalid_limits'],
  ['DELETE', 'limits/none', {}, 404, 'unknown_limit'],
  ['DELETE', 'limits/everything/overrides', {}, 400, 'invalid_request'],
  ['POST', 'rollback', { body: '{"to":"99"}', headers: JSON_TYPE }, 404, 'unknown_version'],
  ['POST', 'rollback', { body: '{"too":"1"}', headers: JSON_TYPE }, 400, 'invalid_request'],
  ['POST', 'rollback', { body: '[', headers: JSON_TYPE }, 400, 'malformed_json'],
  ['GET', 'versions/0/diff/99', {}, 404, 'unknown_version'],
  ['GET', 'audit?since=yesterday', {}, 400, 'invalid_request'],
  ['GET', 'audit?limit=0', {}, 400, 'invalid_request'],
  ['GET', 'limits?x=1', {}, 400, 'invalid_request'],
  ['PATCH', 'limits', {}, 405, 'method_not_allowed'],
] as const)('%s %s with %j is %i %s and changes nothing', async (...[method, path, init, status, code]) => {
  const { admin, world, logged } = await serveAdmin();
  const before = world.region('us-east').configuration();
  const answer = await admin(path, { ...init, method } as RequestInit);
  expect([answer.status, answer.body.code]).toEqual([status, code]);
  expect(world.region('us-east').configuration()).toBe(before);
  expect(logged).not.toContain('request_failed');
});

test('versions, their differences and the audit log tell what happened', async () => {
  const { admin } = await serveAdmin();
  await admin('limits/everything?comment=too%20many', {
    method: 'DELETE',
    headers: { 'x-request-id': 'mine' },
  });
  const back = await admin('rollback', { method: 'POST', body: '{"to":0}', headers: JSON_TYPE });
  expect(back.body.version).toBe('2@us-east');
  const { versions, durable } = (await admin('versions')).body;
  expect(durable).toBe(true);
  expect(versions.map(({ version }: { version: string }) => version)).toEqual([
    '2@us-east',
    '1@us-east',
    '0',
  ]);
  expect(versions[1]).toMatchObject({
    action: 'limit.delete',
    comment: 'too many',
    changes: ['- everything'],
  });
  expect((await admin('versions/0/diff/2')).body.text).toBe('');
  expect((await admin('versions/0/diff/1@us-east')).body.difference.limits).toMatchObject([
    { kind: 'removed' },
  ]);
  const { entries } = (await admin('audit?limit=1')).body;
  expect(entries).toMatchObject([{ action: 'rollback', target: '0' }]);
  const [first] = (await admin('audit?since=2020-01-01T00:00:00Z')).body.entries;
  expect(first).toMatchObject({
    actor: { name: 'anonymous from loopback', address: '127.0.0.1' },
    requestId: 'mine',
    outcome: 'changed',
  });
});

test('drain is taken down first, and then done', async () => {
  const { admin, drained, stores } = await serveAdmin();
  stores.audit.fails = true;
  expect((await admin('drain', { method: 'POST' })).body.code).toBe('audit_unavailable');
  expect(drained()).toBe(0);
  stores.audit.fails = false;
  expect((await admin('drain?dryRun=1', { method: 'POST' })).body).toEqual({ draining: false, dryRun: true });
  expect((await admin('drain', { method: 'POST' })).body).toEqual({ draining: true, dryRun: false });
  expect(drained()).toBe(1);
  expect((await admin('audit')).body.entries).toMatchObject([{ action: 'drain', outcome: 'changed' }]);
});
