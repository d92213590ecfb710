import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest';
import { eventually } from '../eventually.ts';
import { type GatewayProgram, type GatewayWorld, type Got, startGateway } from './gateways-fixture.ts';

/** What gateways add themselves when a coordinator does not answer must not be felt: their own limits on waiting are 250 to 400 ms. */
const DOWN_WITHIN_MS = 1_500;

let keys = 0;

/** What every gateway does with the file that is given out for it: run with the real program, a real upstream and a real coordinator. */
export function gatewayContract(program: GatewayProgram): void {
  describe(program.name, () => {
    let world: GatewayWorld;
    beforeAll(async () => {
      world = await startGateway(program);
    });
    afterAll(() => world.stop());

    test('a request passes as it is, and the client is told what is left', async () => {
      tellOnFailure(world);
      const before = world.seen.length;
      const sent = { path: '/limited/orders?a=1&b=%20', method: 'POST', headers: key(), body: 'a body' };
      const got = await world.send('open', sent);
      expect(got).toMatchObject({ status: 200, body: 'from upstream' });
      expect(got.headers['ratelimit']).toMatch(/^"limited";r=2;t=\d+$/);
      expect(got.headers['ratelimit-policy']).toBe('"limited";q=3;w=86400');
      expect(world.seen.slice(before)).toEqual([
        { method: 'POST', url: '/limited/orders?a=1&b=%20', body: 'a body' },
      ]);
    });

    test.each(['open', 'closed'] as const)(
      'over the limit is a true 429 that says when to come back, and nothing reaches the upstream (fails %s)',
      async (site) => {
        tellOnFailure(world);
        const headers = key();
        for (let ask = 0; ask < 3; ask += 1) {
          expect((await world.send(site, { path: '/limited', headers })).status).toBe(200);
        }
        const before = world.seen.length;
        const got = await world.send(site, { path: '/limited', method: 'POST', headers, body: 'x' });
        expectDenied(got);
        expect(got.headers['content-type']).toContain('application/problem+json');
        expect(JSON.parse(got.body)).toMatchObject({ status: 429 });
        expect(world.seen).toHaveLength(before);
      },
    );

    test('HEAD is counted and denied like any other method', async () => {
      tellOnFailure(world);
      const headers = key();
      const head = () => world.send('open', { path: '/limited', method: 'HEAD', headers });
      for (let ask = 0; ask < 3; ask += 1) expect((await head()).status).toBe(200);
      expect(world.seen.at(-1)?.method).toBe('HEAD');
      expectDenied(await head());
    });

    test('all paths below one count together, and others do not', async () => {
      tellOnFailure(world);
      const headers = key();
      for (const path of ['/limited', '/limited/a', '/limited/b/c?d=/e']) {
        expect((await world.send('open', { path, headers })).status).toBe(200);
      }
      expectDenied(await world.send('open', { path: '/limited/a', headers }));
      expect((await world.send('open', { path: '/free', headers })).status).toBe(200);
      expect((await world.send('open', { path: '/limited', headers: key() })).status).toBe(200);
    });

    test('of a hundred at once as many pass as there are permits', async () => {
      tellOnFailure(world);
      const headers = key();
      const all = await Promise.all(
        Array.from({ length: 100 }, () => world.send('open', { path: '/limited', headers })),
      );
      expect(all.filter(({ status }) => status === 200)).toHaveLength(3);
      expect(all.filter(({ status }) => status === 429)).toHaveLength(97);
    });

    test('nothing that a client writes gets it past its limit', async () => {
      tellOnFailure(world);
      const headers = key();
      for (let ask = 0; ask < 3; ask += 1) await world.send('open', { path: '/limited', headers });
      const paths = [
        '/limited?resource=/free',
        '/limited?permits=0',
        '/limited?d.api-key=other&detail=1&deny_status=200',
        '/limited/%2e%2e/limited',
        '/free/../limited/a',
        '/%6cimited',
        '//limited',
        `/limited/${'a'.repeat(5_000)}`,
      ];
      for (const path of paths) expectDenied(await world.send('open', { path, headers }), path);
      const fields = [
        { 'idempotency-key': 'the same' },
        { 'x-original-uri': '/free' },
        { 'x-forwarded-uri': '/free' },
        { 'x-original-method': 'OPTIONS', 'x-forwarded-method': 'OPTIONS' },
        { 'x-forwarded-for': '10.1.2.3' },
      ];
      for (const more of fields) {
        const got = await world.send('open', { path: '/limited', headers: { ...headers, ...more } });
        expectDenied(got, JSON.stringify(more));
      }
    });

    test('the client’s address is its own, whatever it says', async () => {
      tellOnFailure(world);
      const from = (address: string) =>
        world.send('open', { path: '/per-address', headers: { 'x-forwarded-for': address } });
      for (let ask = 1; ask <= 3; ask += 1) expect((await from(`10.0.0.${ask}`)).status).toBe(200);
      expectDenied(await from('10.0.0.4'));
    });

    describe('while no coordinator answers', () => {
      test.each([
        ['is gone', () => world.headgate.kill()],
        ['hangs', async () => world.headgate.signal('SIGSTOP')],
      ])('because it %s, one site lets pass and the other refuses, soon', async (how, stop) => {
        tellOnFailure(world);
        const headers = key();
        await stop();
        try {
          const started = performance.now();
          const open = await world.send('open', { path: '/limited', method: 'POST', headers, body: 'once' });
          expect(open).toMatchObject({ status: 200, body: 'from upstream' });
          expect(world.seen.filter(({ body }) => body === 'once')).toHaveLength(1);
          expect(performance.now() - started).toBeLessThan(DOWN_WITHIN_MS);
          const before = world.seen.length;
          const closed = await world.send('closed', { path: '/limited', headers });
          expect(closed.status).toBe(503);
          expect(world.seen).toHaveLength(before);
        } finally {
          world.seen.length = 0;
          if (how === 'hangs') world.headgate.signal('SIGCONT');
          else world.headgate.start('first');
          await world.headgate.ready();
        }
      });

      test('limits hold again as soon as it is back', async () => {
        tellOnFailure(world);
        await eventually(async () => (await world.send('closed', { path: '/free' })).status === 200);
        const headers = key();
        for (let ask = 0; ask < 3; ask += 1) {
          expect((await world.send('open', { path: '/limited', headers })).status).toBe(200);
        }
        expectDenied(await world.send('open', { path: '/limited', headers }));
      });
    });
  });
}

/** A client that nobody has seen yet. */
function key(): { readonly 'x-api-key': string } {
  keys += 1;
  return { 'x-api-key': `client-${keys}` };
}

function expectDenied({ status, headers }: Got, what = ''): void {
  expect(status, what).toBe(429);
  expect(Number(headers['retry-after']), what).toBeGreaterThan(0);
  expect(headers['ratelimit'], what).toMatch(/^"[\w-]+";r=0;t=\d+$/);
}

function tellOnFailure(world: GatewayWorld): void {
  onTestFailed(() => console.error(`${world.log()}\n${world.headgate.log()}`));
}
