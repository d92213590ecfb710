import process from 'node:process';
import type { Plan } from '../../../simulations/plan.ts';
import { runPlan } from '../../../simulations/run.ts';
import { DEFAULT_TIMING } from '../../../src/core/cluster.ts';

const VIRTUAL_MS = 60_000;
const REGIONS = ['us-east', 'us-west', 'eu-west', 'ap-southeast', 'sa-east'];
const KEYS = 50;
const CHECKS_PER_SECOND = 40_500;

/** Five healthy regions that ask for nine tenths of a limit with 50 keys, while 1 % of the messages are lost. */
const PLAN: Plan = {
  seed: 'bench',
  startMs: Date.UTC(2026, 0, 1),
  faultyMs: 0,
  healMs: VIRTUAL_MS,
  quietMs: 0,
  members: REGIONS.map((region) => ({ region, weight: 20 })),
  limits: [
    {
      name: 'orders-per-tenant',
      resource: 'api.orders.*',
      dimensions: { tenant: '*' },
      algorithm: 'fixed-window',
      limit: (10 * CHECKS_PER_SECOND) / 0.9 / KEYS,
      windowMs: 10_000,
      reclaimPermille: 500,
      shares: 'demand',
      mode: 'enforce',
    },
  ],
  timing: DEFAULT_TIMING,
  journaling: false,
  network: { latencyMs: 60, latencies: [], tail: 0.1, loss: 0.01, duplication: 0, replay: 0 },
  clocks: [],
  load: [
    {
      resource: 'api.orders.create',
      dimensions: {},
      keys: { dimension: 'tenant', count: KEYS, skew: 0, moveMs: 0 },
      permits: [1, 1],
      perSecond: CHECKS_PER_SECOND,
      origins: REGIONS.map((region) => [region, 1]),
      shape: { kind: 'poisson' },
      fromMs: 0,
      untilMs: VIRTUAL_MS,
    },
  ],
  refunds: 0,
  faults: [],
  frames: false,
};

// How many checks the simulator decides in a second of processor time, with every admission compared with the limit.
const before = process.cpuUsage();
const { checks, messages, failure } = await runPlan(PLAN, { checkers: 'headline' });
const { user, system } = process.cpuUsage(before);
if (failure !== undefined) throw new Error(`invariant ${failure.invariant}: ${failure.what}`);
console.log(JSON.stringify({ perSecond: (checks * 1_000_000) / (user + system), checks, messages }));
