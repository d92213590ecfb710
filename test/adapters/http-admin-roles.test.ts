import { expect, test } from 'vitest';
import type { Role } from '../../src/access/token.ts';
import { serveAdmin, tokenOf } from './http-admin-fixture.ts';
import { ask } from './http-fixture.ts';
import { rawRequest } from './http-raw-request.ts';

const SECRETS: Readonly<Record<Role, string>> = {
  check: 'may-check-0123456789',
  read: 'may-read-0123456789',
  admin: 'may-all-0123456789',
};
const TOKENS = (['check', 'read', 'admin'] as const).map((role) => tokenOf(role, SECRETS[role]));
const PATHS = [
  ['/check?resource=r', 'check'],
  ['/v1/regions', 'read'],
  ['/metrics', 'read'],
  ['/v1/admin/limits', 'admin'],
] as const;

test.each(PATHS)('%s needs the role %s', async (path, needed) => {
  const { origin } = await serveAdmin({ tokens: TOKENS });
  for (const role of ['check', 'read', 'admin'] as const) {
    const answer = await ask(origin + path, { headers: { authorization: `Bearer ${SECRETS[role]}` } });
    const may = role === needed || role === 'admin';
    expect([role, answer.status]).toEqual([role, may ? 200 : 403]);
    if (may) continue;
    expect(answer.body.code).toBe('role_missing');
    expect(answer.headers.get('www-authenticate')).toBe(
      `Bearer realm="headgate", error="insufficient_scope", scope="${needed}"`,
    );
  }
  const without = await ask(origin + path);
  expect([without.status, without.body.code]).toEqual([401, 'token_missing']);
  expect(without.headers.get('www-authenticate')).toBe('Bearer realm="headgate"');
});

test.each(['Bearer wrong', 'Basic dXNlcjpwYXNz', 'Bearer', `Bearer ${SECRETS.admin}x`, `bearer  `, ''])(
  'the authorization %j is refused, and told to nobody',
  async (authorization) => {
    const { origin, logged, stores, refused } = await serveAdmin({ tokens: TOKENS });
    const answer = await ask(`${origin}/v1/admin/limits`, { headers: { authorization } });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer realm="headgate"/);
    expect(answer.text).not.toContain('dXNlcjpwYXNz');
    expect([logged, stores.audit.lines]).toEqual([[], []]);
    expect(refused).toEqual([
      {
        interface: 'http',
        code: expect.stringMatching(/^token_/),
        route: 'GET /v1/admin/limits',
        address: '127.0.0.1',
      },
    ]);
  },
);

test('every route but health and the document is closed to those without a token', async () => {
  const { origin } = await serveAdmin({ tokens: TOKENS });
  const { paths } = (await ask(`${origin}/openapi.json`)).body;
  const open = [];
  for (const [path, methods] of Object.entries<object>(paths))
    for (const method of Object.keys(methods)) {
      const { status } = await ask(origin + path.replaceAll(/{\w+}/g, 'x'), { method: method.toUpperCase() });
      if (status !== 401) open.push(path);
    }
  expect(open.sort()).toEqual(['/health', '/health/live', '/health/ready']);
});

test('health and the document are open', async () => {
  const { origin } = await serveAdmin({ tokens: TOKENS });
  for (const path of ['/health', '/health/live', '/health/ready', '/openapi.json'])
    expect((await ask(origin + path)).status).toBe(200);
  expect((await ask(`${origin}/v1/none`)).status).toBe(404);
});

test('the audit log names the token, and never holds it', async () => {
  const { admin, stores } = await serveAdmin({ tokens: TOKENS });
  const headers = { authorization: `Bearer ${SECRETS.admin}` };
  await admin('limits/everything', { method: 'DELETE', headers });
  expect((await admin('audit', { headers })).body.entries).toMatchObject([
    { actor: { name: 'admin-token', role: 'admin' } },
  ]);
  for (const store of [stores.audit, stores.history])
    expect(store.lines.join('')).not.toContain(SECRETS.admin);
});

test.each([
  ['a page of another origin', { host: 'HOST', origin: 'http://elsewhere.example' }],
  [
    'a page by a name of its own for this address',
    { host: 'elsewhere.example:80', origin: 'http://elsewhere.example:80' },
  ],
  ['somebody who calls the server by another name', { host: '10.0.0.1:80' }],
])('without tokens, %s changes nothing', async (_who, headers) => {
  const { port, drained } = await serveAdmin();
  const host = headers.host.replace('HOST', `127.0.0.1:${port}`);
  const answer = await rawRequest(port, 'POST /v1/admin/drain', { ...headers, host });
  expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  expect(drained()).toBe(0);
});
