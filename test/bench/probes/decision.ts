import process from 'node:process';
import { admit } from '../../../src/core/admit.ts';
import type { CheckRequest } from '../../../src/core/decision.ts';
import type { LimitSpec } from '../../../src/core/limit.ts';
import { sole } from '../../core/sole.ts';
import { PERMITS, WINDOW_MS } from '../workload.ts';

// How many decisions the core makes in a second of processor time; arguments: how many rounds, and which sides, all unless they are named.

const KEYS = 100_000;

/** Passes over all keys in one round. */
const PASSES = 5;

function decisions(limits: readonly Partial<LimitSpec>[]): () => void {
  const lone = sole(...limits.map((limit) => ({ limit: PERMITS, windowMs: WINDOW_MS, ...limit })));
  const requests = tenants().map(
    (tenant): CheckRequest => ({
      resource: 'api.orders.create',
      dimensions: { tenant, user: `user of ${tenant}`, plan: 'plan 3' },
      permits: 1,
    }),
  );
  const at = lone.at();
  return () => {
    for (let each = 0; each < requests.length; each += 1)
      admit(lone.state, requests[each] as CheckRequest, at);
  };
}

/** What nothing that keeps a counter for each key in a Map can be faster than. */
function lookUps(): () => void {
  const counters = new Map(tenants().map((tenant) => [tenant, { used: 0 }]));
  const names = tenants();
  return () => {
    for (let each = 0; each < names.length; each += 1) {
      const counter = counters.get(names[each] ?? '');
      if (counter !== undefined) counter.used += 1;
    }
  };
}

/** Keys of 40 bytes, made anew each time: a request's key is never the same object as the counter's. */
function tenants(): string[] {
  return Array.from({ length: KEYS }, (_, at) => `tenant-${String(at).padStart(33, '0')}`);
}

function named(plans: number): Partial<LimitSpec>[] {
  return Array.from({ length: plans }, (_, at) => ({
    name: `plan ${at}`,
    resource: 'api.orders.*',
    dimensions: { plan: `plan ${at}`, tenant: '*' },
  }));
}

const SIDES: Readonly<Record<string, () => () => void>> = {
  map: lookUps,
  one: () => decisions([{ resource: 'api.orders.*', dimensions: { tenant: '*' } }]),
  three: () =>
    decisions([
      { name: 'tenant', resource: 'api.orders.*', dimensions: { tenant: '*' } },
      { name: 'user', resource: 'api.*', dimensions: { user: '*' }, windowMs: 10_000 },
      { name: 'all', limit: 1_000 * PERMITS },
    ]),
  'of ten': () => decisions(named(10)),
  'of ten thousand': () => decisions(named(10_000)),
};

function perSecond(run: () => void): number {
  const before = process.cpuUsage();
  for (let pass = 0; pass < PASSES; pass += 1) run();
  const { user, system } = process.cpuUsage(before);
  return (PASSES * KEYS * 1_000_000) / (user + system);
}

const [, , rounds, ...chosen] = process.argv;
const sides = (chosen.length > 0 ? chosen : Object.keys(SIDES)).map(
  (name) => [name, SIDES[name]?.()] as const,
);
const rates = new Map<string, number[]>(sides.map(([name]) => [name, []]));
// The first round only warms up.
for (let round = 0; round <= Number(rounds ?? 5); round += 1) {
  for (const [name, run] of sides) {
    if (run === undefined) throw new Error(`there is no side called ${name}`);
    const rate = perSecond(run);
    if (round > 0) rates.get(name)?.push(rate);
  }
}
console.log(JSON.stringify(Object.fromEntries(rates)));
