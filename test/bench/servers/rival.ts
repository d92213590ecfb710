import type { AddressInfo } from 'node:net';
import process from 'node:process';
import rateLimit from '@fastify/rate-limit';
import { type FastifyInstance, type FastifyRequest, fastify } from 'fastify';
import { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, type RateLimiterRes } from 'rate-limiter-flexible';
import { PERMITS, WINDOW_MS } from '../workload.ts';
import { listensAt } from './listens-at.ts';

// What users would write instead: fastify with a limiter for each tenant, in its own memory or on a Redis of this machine.
// Arguments: flexible-memory, flexible-redis or fastify-rate-limit; the port of Redis.

type Asked = { readonly dimensions: { readonly tenant: string } };

type Limiter = { consume(key: string): Promise<RateLimiterRes> };

const [, , kind, redisPort] = process.argv;
const app = fastify();
const redis = redisPort === undefined ? undefined : new Redis(Number(redisPort), '127.0.0.1');
const limits = { points: PERMITS, duration: WINDOW_MS / 1_000 };

if (kind === 'fastify-rate-limit') await limitByPlugin(app);
else if (redis === undefined) limitBy(app, new RateLimiterMemory(limits));
else limitBy(app, new RateLimiterRedis({ ...limits, storeClient: redis }));

await app.listen({ host: '127.0.0.1', port: 0 });
listensAt({ port: (app.server.address() as AddressInfo).port }, () => {
  redis?.disconnect();
  return app.close();
});

function limitBy(server: FastifyInstance, limiter: Limiter): void {
  server.post('/check', async (request, reply) => {
    const { remainingPoints, msBeforeNext } = await limiter.consume(tenantOf(request));
    reply.header('ratelimit-limit', PERMITS);
    reply.header('ratelimit-remaining', remainingPoints);
    reply.header('ratelimit-reset', Math.ceil(msBeforeNext / 1_000));
    return { allowed: true, remaining: remainingPoints };
  });
}

async function limitByPlugin(server: FastifyInstance): Promise<void> {
  await server.register(rateLimit, {
    max: PERMITS,
    timeWindow: WINDOW_MS,
    // The tenant is in the body.
    hook: 'preHandler',
    keyGenerator: tenantOf,
    enableDraftSpec: true,
    ...(redis !== undefined && { redis }),
  });
  server.post('/check', async () => ({ allowed: true }));
}

function tenantOf(request: FastifyRequest): string {
  return (request.body as Asked).dimensions.tenant;
}
