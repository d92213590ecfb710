import { expect, test } from 'vitest';
import { ask, serve } from './http-fixture.ts';

const PATH = '/check?resource=api.orders.x&d.tenant=acme';

const FIELDS = /^(x-)?ratelimit(-policy|-limit|-remaining|-reset)?$|^(retry-after|x-headgate-status)$/;

function fieldsOf(headers: Headers): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => FIELDS.test(name)));
}

test.each([
  [
    'draft-11',
    {
      'ratelimit-policy': '"orders-per-tenant";q=5;w=10, "everything";q=1000;w=10',
      ratelimit: expect.stringMatching(/^"orders-per-tenant";r=\d;t=9, "everything";r=\d+;t=9$/),
    },
  ],
  [
    'draft-06',
    {
      'ratelimit-policy': '5;w=10, 1000;w=10',
      'ratelimit-limit': '5',
      'ratelimit-remaining': expect.stringMatching(/^\d$/),
      'ratelimit-reset': '9',
    },
  ],
  [
    'x-ratelimit',
    {
      'x-ratelimit-limit': '5',
      'x-ratelimit-remaining': expect.stringMatching(/^\d$/),
      'x-ratelimit-reset': '9',
    },
  ],
  ['none', {}],
] as const)('%s tells what is left in its own fields and no others', async (dialect, fields) => {
  const { origin } = await serve({ headers: dialect });
  const allowed = await ask(`${origin}${PATH}`);
  expect(fieldsOf(allowed.headers)).toEqual({ ...fields, 'x-headgate-status': '200' });
  const denied = await ask(`${origin}${PATH}&permits=5`);
  expect(fieldsOf(denied.headers)).toMatchObject({ 'retry-after': '9', 'x-headgate-status': '429' });
});

test.each(['draft-11', 'draft-06', 'x-ratelimit'] as const)(
  '%s says nothing where no limit matched',
  async (headers) => {
    const { origin } = await serve({ headers, limits: [] });
    expect(fieldsOf((await ask(`${origin}/check?resource=r`)).headers)).toEqual({
      'x-headgate-status': '200',
    });
  },
);

test('a request for more than a limit ever holds is promised nothing', async () => {
  const { origin } = await serve();
  const { status, headers, body } = await ask(`${origin}${PATH}&permits=6&detail=1`);
  expect([status, headers.has('retry-after'), body.retryAfterMs]).toEqual([429, false, null]);
  expect(body.detail).toBe(
    'No waiting helps: orders-per-tenant never allows as many permits as are asked for.',
  );
  expect(body.limits[0].retryAfterMs).toBe(null);
  expect(headers.get('ratelimit')).toMatch(/^"orders-per-tenant";r=\d;t=9,/);
  expect((await ask(`${origin}${PATH}&permits=5`)).body.retryAfterMs).toBeGreaterThan(0);
});

test.each([
  [undefined, 429, 'application/problem+json'],
  ['*/*', 429, 'application/problem+json'],
  ['application/json, application/problem+json', 429, 'application/problem+json'],
  ['text/html, */*;q=0.8', 403, 'application/problem+json'],
  ['application/json', 429, 'application/json'],
  ['application/problem+json', 200, 'application/json'],
])(
  'a denial for a caller that accepts %s, sent as %i, is %s with the same body',
  async (accept, denyStatus, type) => {
    const { origin } = await serve();
    const path = `${origin}${PATH}&permits=6&deny_status=${denyStatus}`;
    const plain = await ask(path);
    const { headers, text } = await ask(path, accept === undefined ? {} : { headers: { accept } });
    expect(headers.get('content-type')).toBe(`${type}; charset=utf-8`);
    expect(text).toBe(plain.text);
  },
);

test('errors tell their true status, too', async () => {
  const { origin } = await serve();
  expect((await ask(`${origin}/check`)).headers.get('x-headgate-status')).toBe('400');
});
