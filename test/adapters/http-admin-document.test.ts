import { expect, test } from 'vitest';
import type { ErrorCode } from '../../src/errors.ts';
import { oneLimit } from '../administration/administered.ts';
import { serveAdmin, tokenOf } from './http-admin-fixture.ts';
import { ApiDocument } from './http-document.ts';
import { ask } from './http-fixture.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const YAML_TYPE = { 'content-type': 'application/yaml' };
const LIMIT = 'match: { resource: a }\nlimit: 1\nwindow: 1s\n';

type Example = readonly [method: string, path: string, target: string, init?: RequestInit];

const put = (body: string): RequestInit => ({ body, headers: YAML_TYPE });

/** Each is answered with 200, in this order. */
const RIGHT: readonly Example[] = [
  ['GET', '/v1/admin/limits', 'limits'],
  ['GET', '/v1/admin/limits', 'limits', { headers: { accept: 'application/yaml' } }],
  ['PUT', '/v1/admin/limits/{name}', 'limits/a?comment=why', put(LIMIT)],
  [
    'PUT',
    '/v1/admin/limits/{name}/overrides',
    'limits/orders-per-tenant/overrides',
    put('dimensions: { tenant: t }\nlimit: 1\n'),
  ],
  ['DELETE', '/v1/admin/limits/{name}/overrides', 'limits/orders-per-tenant/overrides?d.tenant=t'],
  ['DELETE', '/v1/admin/limits/{name}', 'limits/a?dryRun=1'],
  ['PUT', '/v1/admin/limits', 'limits', put(oneLimit(3))],
  ['POST', '/v1/admin/rollback', 'rollback', { body: '{"to":"0"}', headers: JSON_TYPE }],
  ['GET', '/v1/admin/versions', 'versions'],
  ['GET', '/v1/admin/versions/{a}/diff/{b}', 'versions/0/diff/1'],
  ['GET', '/v1/admin/audit', 'audit?limit=5'],
  ['POST', '/v1/admin/drain', 'drain'],
];

test('every operation is there, and is answered as the document says', async () => {
  const { admin, origin } = await serveAdmin();
  const document = await ApiDocument.of(origin);
  const described = document.operations().filter(({ path }) => path.startsWith('/v1/admin/'));
  const names = described.map(({ method, path }) => `${method} ${path}`);
  expect([...new Set(RIGHT.map(([method, path]) => `${method} ${path}`))].sort()).toEqual(names.sort());
  for (const [method, path, target, init] of RIGHT) {
    const answer = await admin(target, { ...init, method });
    expect([target, answer.status]).toEqual([target, 200]);
    expect(document.problemsOf(document.operation(method, path), answer)).toEqual([]);
  }
});

type Refused = readonly [code: ErrorCode, method: string, path: string, target: string, init?: RequestInit];

const WRONG: readonly Refused[] = [
  ['invalid_limits', 'PUT', '/v1/admin/limits', 'limits', put('limits: 3')],
  ['malformed_json', 'PUT', '/v1/admin/limits', 'limits', put('')],
  ['body_too_large', 'PUT', '/v1/admin/limits', 'limits', put('#'.repeat(8 * 1024 * 1024 + 1))],
  [
    'body_too_large',
    'PUT',
    '/v1/admin/limits/{name}/overrides',
    'limits/a/overrides',
    put('#'.repeat(70_000)),
  ],
  [
    'unsupported_media_type',
    'PUT',
    '/v1/admin/limits',
    'limits',
    { body: 'x', headers: { 'content-type': 'a/b' } },
  ],
  [
    'version_changed',
    'PUT',
    '/v1/admin/limits',
    'limits',
    { body: oneLimit(1), headers: { ...YAML_TYPE, 'if-match': '"9@us-east"' } },
  ],
  ['unknown_limit', 'DELETE', '/v1/admin/limits/{name}', 'limits/none'],
  [
    'unknown_override',
    'DELETE',
    '/v1/admin/limits/{name}/overrides',
    'limits/orders-per-tenant/overrides?d.tenant=t',
  ],
  ['unknown_version', 'GET', '/v1/admin/versions/{a}/diff/{b}', 'versions/0/diff/7'],
  ['invalid_request', 'GET', '/v1/admin/audit', 'audit?limit=x'],
];

test.each(WRONG.map((each) => ({ each, code: each[0], path: each[2] })))(
  '$code looks as the document says for $path',
  async ({ each }) => {
    const [code, method, path, target, init] = each;
    const { admin, origin } = await serveAdmin();
    const document = await ApiDocument.of(origin);
    const answer = await admin(target, { ...init, method });
    expect(answer.body.code).toBe(code);
    expect(document.problemsOf(document.operation(method, path), answer)).toEqual([]);
  },
);

test('refusals for want of a role look as the document says, for decisions too', async () => {
  const { origin } = await serveAdmin({ tokens: [tokenOf('read', 'reads-only-12345')] });
  const document = await ApiDocument.of(origin);
  for (const [path, target] of [
    ['/check', '/check?resource=r'],
    ['/v1/admin/limits', '/v1/admin/limits'],
  ] as const) {
    for (const authorization of ['Bearer reads-only-12345', 'Bearer none']) {
      const answer = await ask(origin + target, { headers: { authorization } });
      expect([401, 403]).toContain(answer.status);
      expect(document.problemsOf(document.operation('GET', path), answer)).toEqual([]);
    }
    const without = await ask(origin + target);
    expect(document.problemsOf(document.operation('GET', path), without)).toEqual([]);
  }
});
