import type { AddressInfo } from 'node:net';
import express from 'express';
import { type FastifyRequest, fastify } from 'fastify';
import { Hono } from 'hono';
import { describe, expect, onTestFinished, test } from 'vitest';
import { connect, type Decision, type LimitedRequest } from '../../src/client/connect.ts';
import { limitExpress } from '../../src/client/express.ts';
import { limitFastify } from '../../src/client/fastify.ts';
import { limitFetch } from '../../src/client/fetch.ts';
import type { Gatekeeper } from '../../src/client/gate.ts';
import { serve } from '../adapters/http-fixture.ts';
import { eventually } from '../eventually.ts';
import { limitSpec } from '../world.ts';

const PER_TENANT = limitSpec({ name: 'per "tenant"', dimensions: { tenant: '*' }, limit: 10 });
const AT_ONE_TIME = limitSpec({ name: 'jobs', resource: '/jobs', algorithm: 'concurrency', limit: 10 });

type Asked = { readonly path: string; readonly tenant: string | undefined };

/** What requests mean: by path and tenant; those without one are not limited. */
function meaning({ path, tenant }: Asked): LimitedRequest | undefined {
  return tenant === undefined ? undefined : { resource: path, dimensions: { tenant } };
}

/** A server of a framework that answers every request that may go on with `served`; what asks it. */
type Framework = (limiter: Gatekeeper) => Promise<(path: string, tenant?: string) => Promise<Response>>;

const headers = (tenant: string | undefined) => (tenant === undefined ? {} : { tenant });

const FRAMEWORKS: Readonly<Record<string, Framework>> = {
  async fastify(limiter) {
    const server = fastify();
    server.addHook(
      'onRequest',
      limitFastify({
        limiter,
        describe: ({ url, headers }: FastifyRequest) =>
          meaning({ path: url, tenant: headers['tenant']?.toString() }),
      }),
    );
    server.get('*', async () => 'served');
    const origin = await server.listen({ host: '127.0.0.1', port: 0 });
    onTestFinished(() => server.close());
    return (path, tenant) => fetch(origin + path, { headers: headers(tenant) });
  },
  async express(limiter) {
    const app = express();
    app.use(
      limitExpress({
        limiter,
        describe: (request: express.Request) =>
          meaning({ path: request.path, tenant: request.get('tenant') }),
      }),
    );
    app.use((_request, response) => void response.end('served'));
    const server = app.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    return (path, tenant) => fetch(`http://127.0.0.1:${port}${path}`, { headers: headers(tenant) });
  },
  async hono(limiter) {
    const app = new Hono();
    app.get('*', (context) => context.text('served'));
    const limited = limitFetch(app.fetch, {
      limiter,
      describe: ({ url, headers }) =>
        meaning({ path: new URL(url).pathname, tenant: headers.get('tenant') ?? undefined }),
    });
    return (path, tenant) => limited(new Request(`http://anywhere${path}`, { headers: headers(tenant) }));
  },
};

/** A limiter that says what it is told to. */
function saying(decision: Partial<Decision>): Gatekeeper & { readonly released: string[] } {
  const released: string[] = [];
  return {
    released,
    check: () => ({
      allowed: true,
      reason: 'ok',
      source: 'block',
      limit: 'a',
      remaining: 1,
      retryAfterMs: 0,
      delayMs: 0,
      lease: undefined,
      limits: [],
      fields: {},
      ...decision,
    }),
    release: async (lease) => released.push(lease) > 0,
  };
}

describe.each(Object.keys(FRAMEWORKS))('%s', (name) => {
  const start = FRAMEWORKS[name] as Framework;

  test('lets pass as many as the limit allows, says what is left, and refuses the others as a problem', async () => {
    const { origin, world } = await serve({ limits: [PER_TENANT] });
    const limiter = connect({ url: origin, timeoutMs: 10_000 });
    const ask = await start(limiter);
    const answers: Response[] = [];
    for (let nth = 0; nth < 8; nth += 1) answers.push(await ask('/orders', 'acme'));
    await limiter.close();
    // This region has four of the ten.
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 429, 429, 429, 429]);
    for (const [nth, answer] of answers.entries()) {
      expect(answer.headers.get('ratelimit-policy')).toBe('"per \\"tenant\\"";q=10;w=10');
      expect(answer.headers.get('ratelimit')).toMatch(/^"per \\"tenant\\"";r=[0-3];t=[19]$/);
      expect(answer.headers.has('retry-after')).toBe(nth >= 4);
    }
    expect(await answers[0]?.text()).toBe('served');
    const refused = answers.at(-1) as Response;
    expect(refused.headers.get('content-type')).toContain('application/problem+json');
    expect(await refused.json()).toEqual({
      type: 'https://iana.org/assignments/http-problem-types#temporary-reduced-capacity',
      title: expect.any(String),
      status: 429,
      reason: 'region_share_exhausted',
      'violated-policies': ['per "tenant"'],
    });
    expect(world.region('us-east').usage('per "tenant"', 'acme')?.windows[0]?.used).toBe(4);
  });

  test('what has no meaning is not limited', async () => {
    const ask = await start(saying({ allowed: false }));
    const answer = await ask('/orders');
    expect([answer.status, answer.headers.get('ratelimit')]).toEqual([200, null]);
    expect((await ask('/orders', 'acme')).status).toBe(429);
  });

  test('what is held while a request is served is given back after it', async () => {
    const { origin, world } = await serve({ limits: [AT_ONE_TIME] });
    const limiter = connect({ url: origin, timeoutMs: 10_000 });
    const ask = await start(limiter);
    const used = () =>
      world
        .region('us-east')
        .usage('jobs', '')
        ?.windows.reduce((sum, { used }) => sum + used, 0);
    for (let nth = 0; nth < 6; nth += 1) {
      const answer = await ask('/jobs', 'acme');
      expect([nth, answer.status]).toEqual([nth, 200]);
      await answer.text();
      await eventually(() => (used() ?? 0) === 0, { withinMs: 5_000, everyMs: 5 });
    }
  });

  test('where nobody can be asked it is not the caller who asked too much', async () => {
    const ask = await start(
      saying({
        allowed: false,
        source: 'fallback',
        reason: 'unreachable_closed',
        limit: undefined,
        retryAfterMs: 1_000,
      }),
    );
    const answer = await ask('/orders', 'acme');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
  });

  test('a description that is wrong is an error of the server, not of the request', async () => {
    const limiter = connect({ url: 'http://127.0.0.1:9' });
    const broken: Gatekeeper = {
      check: () => limiter.check({ resource: 1 as unknown as string }),
      release: async () => false,
    };
    const ask = await start(broken);
    if (name === 'hono') await expect(ask('/orders', 'acme')).rejects.toThrow(TypeError);
    else expect((await ask('/orders', 'acme')).status).toBe(500);
  });
});
