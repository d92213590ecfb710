import type { RegionId } from '../../crdt/index.ts';
import { compete, type Result } from '../../simulations/comparison/compete.ts';
import { type Contestant, headgateWith, MODELS } from '../../simulations/comparison/contestants.ts';
import type { Fault, LinkName } from '../../simulations/plan.ts';
import type { Loss, Scenario } from '../../simulations/scenario/scenario.ts';
import { DEFAULT_TIMING } from '../../src/core/cluster.ts';

const REGIONS: readonly RegionId[] = ['athens', 'berlin', 'cairo'];

/** One way, in milliseconds. */
export const LATENCY_MS = 50;

/** What a tiny world is made of, where it differs from the usual. */
export type Tiny = {
  readonly limit?: number;
  readonly windowMs?: number;
  readonly perSecond?: number;
  /** Where requests come from, in proportion. */
  readonly origins?: Readonly<Record<RegionId, number>>;
  readonly faults?: readonly Fault[];
  readonly losses?: readonly Loss[];
};

/** Three regions with a third of 300 permits a second each, who are asked for twice as much, for 24 s. */
export function tinyWorld({
  limit = 300,
  windowMs = 1_000,
  perSecond = 600,
  origins = Object.fromEntries(REGIONS.map((region) => [region, 1])),
  faults = [],
  losses = [],
}: Tiny): Scenario {
  return {
    title: 'a tiny world',
    about: undefined,
    warmUpMs: 4_000,
    losses,
    expectations: [],
    plan: {
      seed: 'tiny',
      startMs: Date.UTC(2026, 0, 1),
      faultyMs: 24_000,
      healMs: 0,
      quietMs: 0,
      members: REGIONS.map((region) => ({ region, weight: 1 })),
      limits: [
        {
          name: 'orders',
          resource: 'orders',
          dimensions: {},
          algorithm: 'fixed-window',
          limit,
          windowMs,
          reclaimPermille: 500,
          shares: 'demand',
          mode: 'enforce',
        },
      ],
      timing: DEFAULT_TIMING,
      journaling: true,
      network: { latencyMs: LATENCY_MS, latencies: [], tail: 0.1, loss: 0.01, duplication: 0, replay: 0 },
      clocks: [],
      load: [
        {
          resource: 'orders',
          dimensions: {},
          keys: { dimension: 'tenant', count: 1, skew: 0, moveMs: 0 },
          permits: [1, 1],
          perSecond,
          origins: Object.entries(origins),
          shape: { kind: 'poisson' },
          fromMs: 0,
          untilMs: Number.MAX_SAFE_INTEGER,
        },
      ],
      refunds: 0,
      faults,
      frames: true,
    },
  };
}

/** A region is cut off from 8 s to 20 s, and the loss as those see it who remain. */
export function cutOff(region: RegionId): Required<Pick<Tiny, 'faults' | 'losses'>> {
  const span = { atMs: 8_000, forMs: 12_000 };
  return {
    faults: [{ kind: 'cut', ...span, links: linksOf(region), burst: false }],
    losses: [{ regions: [region], atMs: span.atMs, untilMs: span.atMs + span.forMs }],
  };
}

/** A region that hears and is heard only two fifths of the time, from 6 s on. */
export function flapping(region: RegionId): Pick<Tiny, 'faults'> {
  return {
    faults: [
      { kind: 'flap', atMs: 6_000, forMs: 18_000, links: linksOf(region), periodMs: 4_000, downPart: 0.6 },
    ],
  };
}

/** Lets the model of that name live through a world. */
export function model(name: string, world: Scenario): Promise<Result> {
  const found = MODELS.find((contestant) => contestant.name === name);
  if (found === undefined) throw new RangeError(`no model is called ${name}`);
  return compete(world, found);
}

/** Lets Headgate live through a world. */
export function headgate(world: Scenario, reclaimPermille = 500): Promise<Result> {
  const contestant: Contestant = headgateWith(reclaimPermille);
  return compete(world, contestant);
}

function linksOf(region: RegionId): LinkName[] {
  return REGIONS.filter((other) => other !== region).flatMap((other): LinkName[] => [
    [region, other],
    [other, region],
  ]);
}
