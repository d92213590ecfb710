import { inTurns, median, ratios, written } from '../figures.ts';
import { type Loaded, load } from '../load.ts';
import { ServerProcess, withServers } from '../pinned.ts';
import { withRedis } from '../redis.ts';
import type { Effort, Line, Row } from '../row.ts';
import { TENANTS } from '../workload.ts';
import { besideOf } from './beside.ts';

const RIVALS = {
  'rate-limiter-flexible in memory': { kind: 'flexible-memory', onRedis: false, atLeast: 1.3 },
  'rate-limiter-flexible on Redis': { kind: 'flexible-redis', onRedis: true, atLeast: 2.5 },
  '@fastify/rate-limit on Redis': { kind: 'fastify-rate-limit', onRedis: true, atLeast: 2.5 },
} as const;

/** `POST /check` against what users would write instead. */
export const rivals: Row = {
  name: 'rivals',
  what:
    '`POST /check` against fastify with rate-limiter-flexible, in memory and on a Redis of the same machine, and with @fastify/rate-limit on that ' +
    'Redis. Redis has the core of the load, so that it takes nothing from the server that asks it.',
  measure: (effort) => withRedis((port) => measure(effort, String(port))),
};

async function measure({ rounds, seconds }: Effort, redisPort: string): Promise<readonly Line[]> {
  const starting = [
    ServerProcess.start('headgate'),
    ...Object.values(RIVALS).map(({ kind, onRedis }) =>
      ServerProcess.start('rival', kind, ...(onRedis ? [redisPort] : [])),
    ),
  ];
  return withServers(starting, async (...servers) => {
    const what = { kind: 'post', tenants: TENANTS, seconds } as const;
    await Promise.all(servers.map((server) => load(server, { ...what, seconds: 1 })));
    const sides = ['headgate', ...Object.keys(RIVALS)].map((name, at) => {
      const server = servers[at] as ServerProcess;
      return [name, () => load(server, what)] as const;
    });
    const of = await inTurns(rounds, Object.fromEntries(sides));
    return Object.entries(RIVALS).flatMap(([name, { atLeast }]) =>
      linesOf(name, atLeast, { ours: of('headgate'), theirs: of(name) }),
    );
  });
}

function linesOf(
  name: string,
  atLeast: number,
  { ours, theirs }: { readonly ours: readonly Loaded[]; readonly theirs: readonly Loaded[] },
): Line[] {
  const rates = (side: readonly Loaded[]) => side.map(({ perSecond }) => perSecond);
  const latencies = (side: readonly Loaded[]) => side.map(({ p99 }) => p99);
  const costs = (side: readonly Loaded[]) => side.map(({ cpuUs }) => cpuUs);
  return [
    {
      measure: `rivals: rate against ${name}`,
      figures: ratios(rates(ours), rates(theirs)),
      unit: '×',
      target: { atLeast },
      beside: besideOf(rates(ours), rates(theirs), 'a second'),
    },
    {
      measure: 'rivals: the same by processor time',
      figures: ratios(costs(theirs), costs(ours)),
      unit: '×',
      beside: besideOf(costs(ours), costs(theirs), 'µs a request'),
    },
    {
      measure: `rivals: p99 against ${name}`,
      figures: ratios(latencies(ours), latencies(theirs)),
      unit: '×',
      target: { atMost: 1 },
      beside: `${written(median(latencies(ours)))} and ${written(median(latencies(theirs)))} ms, saturated`,
    },
  ];
}
