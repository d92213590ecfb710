import { DEFAULT_TIMING } from '../src/core/cluster.ts';
import type { AlgorithmName, LimitSpec, Member } from '../src/core/limit.ts';
import { Chance } from './chance.ts';
import { drawAlgorithm } from './draw-algorithm.ts';
import { drawFaults, FAULT_CLASSES, type FaultClass } from './fault-menu.ts';
import type { Load, LoadShape } from './load.ts';
import type { ClockPlan, NetworkPlan, Plan } from './plan.ts';

/** 2026-01-01T00:00:00Z: every window that divides a day begins there. */
const YEAR_MS = 1_767_225_600_000;
const HOUR_MS = 3_600_000;

/** Between full snapshots in drawn worlds, so that short runs see some. */
const SNAPSHOT_MS = 6_000;

/** What drawn worlds are like: each is made of one of these. */
export type Focus = {
  /** Kinds of trouble; consecutive seeds go through them. */
  readonly troubles: readonly FaultClass[];
  /** How many regions; where it is not said, mostly a few. */
  readonly regions?: readonly number[];
  readonly limits: readonly number[];
  /** The ways in which limits count. */
  readonly algorithms: readonly AlgorithmName[];
  readonly windowsMs: readonly number[];
  /** How load comes, and how much of it, in limits. */
  readonly shapes: readonly LoadShape[];
  readonly wanted: readonly number[];
  /** Parts of the worlds in which regions keep journals, and in which messages travel as frames. */
  readonly journaling: number;
  readonly frames: number;
  /** How long a world is faulty, then healed under load, then quiet. The quiet should outlast a snapshot interval and two digests. */
  readonly faultyMs: readonly [from: number, to: number];
  readonly healMs: number;
  readonly quietMs: number;
};

const EVERYTHING: Focus = {
  troubles: FAULT_CLASSES,
  limits: [1, 2, 3],
  algorithms: [
    'fixed-window',
    'fixed-window',
    'fixed-window',
    'sliding-window',
    'token-bucket',
    'leaky-bucket',
    'concurrency',
    'quota',
  ],
  windowsMs: [1_000, 1_000, 2_000, 3_000, 5_000, 10_000, 10_000, 30_000, 60_000, 90_000, 120_000],
  shapes: [
    { kind: 'poisson' },
    { kind: 'poisson' },
    { kind: 'steady' },
    { kind: 'bursty', onMs: 500, offMs: 1_500 },
    { kind: 'diurnal', dayMs: 20_000, depth: 1 },
    { kind: 'roaming', everyMs: 2_500 },
    { kind: 'flash', atMs: 8_000, forMs: 3_000, factor: 5 },
  ],
  wanted: [0.3, 0.8, 1.2, 2, 4],
  journaling: 0.6,
  frames: 0.1,
  faultyMs: [14_000, 24_000],
  healMs: 14_000,
  quietMs: 9_000,
};

/** The fault class of a seed. */
export function classOf(seed: number, classes: readonly FaultClass[] = FAULT_CLASSES): FaultClass {
  const index = ((seed % classes.length) + classes.length) % classes.length;
  return classes[index] ?? 'everything';
}

/** Draws a world and what befalls it. The same seed draws the same plan of the same focus. */
export function drawPlan(seed: number, focus: Focus = EVERYTHING): Plan {
  const chance = new Chance(`seed ${seed}`);
  const faultClass = classOf(seed, focus.troubles);
  const members = drawMembers(chance.split('members'), faultClass, focus);
  const regions = members.map(({ region }) => region);
  const limits = drawLimits(chance.split('limits'), focus).map((limit, at) =>
    drawAlgorithm(chance.split(`algorithm ${at}`), limit, focus.algorithms),
  );
  const faultyMs = Math.round(chance.between(...focus.faultyMs));
  return {
    seed: `run ${seed}`,
    // Long windows release their leased part at their start, so worlds often begin a little before one.
    startMs: YEAR_MS + HOUR_MS * (1 + chance.below(1_000)) - Math.round(chance.between(1_000, 9_000)),
    faultyMs,
    healMs: focus.healMs,
    quietMs: focus.quietMs,
    members,
    limits,
    timing: { ...DEFAULT_TIMING, snapshotMs: SNAPSHOT_MS },
    journaling: chance.happens(focus.journaling),
    network: drawNetwork(chance.split('network'), regions),
    clocks: drawClocks(chance.split('clocks'), regions, faultClass),
    load: limits.map((limit, at) => drawLoad(chance.split(`load ${at}`), { limit, members, focus })),
    faults: drawFaults(chance.split('faults'), { faultClass, members, regions, limits, faultyMs }),
    frames: chance.happens(focus.frames),
  };
}

function drawMembers(chance: Chance, faultClass: FaultClass, { regions }: Focus): Member[] {
  const count = regions === undefined ? drawCount(chance, faultClass) : chance.pick(regions);
  const equal = chance.happens(0.3);
  const members = Array.from({ length: count }, (_, at) => ({
    region: `r${at + 1}`,
    weight: equal ? 1 : 1 + chance.below(100),
  }));
  const last = members.at(-1);
  if (last !== undefined && count > 2 && chance.happens(0.15)) members[count - 1] = { ...last, weight: 0 };
  return members;
}

function drawCount(chance: Chance, faultClass: FaultClass): number {
  const least = faultClass === 'calm' ? 1 : 2;
  if (chance.happens(0.15)) return least + chance.below(2);
  return 3 + chance.below(chance.happens(0.2) ? 5 : 3);
}

function drawLimits(chance: Chance, focus: Focus): LimitSpec[] {
  return Array.from({ length: chance.pick(focus.limits) }, (_, at) => ({
    name: `limit-${at + 1}`,
    // The last limit may meet the requests of all others as well.
    resource: at === 2 ? '*' : `api.${at}.*`,
    dimensions: chance.happens(0.8) ? { tenant: '*' } : {},
    algorithm: 'fixed-window',
    limit: chance.pick([1, 2, 3, 5, 8, 12, 20, 40, 60, 100, 200]),
    windowMs: chance.pick(focus.windowsMs),
    reclaimPermille: chance.pick([0, 300, 500, 500, 800, 800, 1_000]),
    shares: chance.happens(0.7) ? 'demand' : 'static',
    mode: 'enforce',
  }));
}

function drawNetwork(chance: Chance, regions: readonly string[]): NetworkPlan {
  const latencies: [string, string, number][] = [];
  for (const [at, a] of regions.entries()) {
    for (const b of regions.slice(at + 1)) latencies.push([a, b, Math.round(chance.between(2, 130))]);
  }
  return {
    latencyMs: 50,
    latencies,
    tail: chance.pick([0.02, 0.1, 0.5]),
    loss: chance.pick([0, 0, 0.01, 0.03]),
    duplication: chance.pick([0, 0.02, 0.2]),
    replay: chance.pick([0, 0, 0.01]),
  };
}

function drawClocks(chance: Chance, regions: readonly string[], faultClass: FaultClass): ClockPlan[] {
  const wild = faultClass === 'clocks' || (faultClass === 'everything' && chance.happens(0.3));
  const far = wild && chance.happens(0.15) ? 200_000 : 4_000;
  return regions.map((region) => ({
    region,
    aheadMs: Math.round(wild && chance.happens(0.5) ? chance.between(-far, far) : chance.between(-100, 100)),
    partsPerMillion: wild ? chance.between(-20_000, 20_000) : chance.between(-50, 50),
  }));
}

type Asked = {
  readonly limit: LimitSpec;
  readonly members: readonly Member[];
  readonly focus: Focus;
};

function drawLoad(chance: Chance, { limit, members, focus }: Asked): Load {
  const count = Object.keys(limit.dimensions).length === 0 ? 1 : chance.pick([1, 1, 2, 4]);
  const skewed = chance.happens(0.4);
  const hot = chance.pick(members).region;
  const most = limit.limit >= 12 && chance.happens(0.3) ? 4 : 1;
  const perWindow = (chance.pick(focus.wanted) * limit.limit * count) / ((1 + most) / 2);
  return {
    resource: limit.resource === '*' ? `api.${chance.below(3)}.get` : limit.resource.replace('*', 'get'),
    dimensions: {},
    keys: { dimension: 'tenant', count, skew: 1, moveMs: chance.pick([0, 0, 2_500]) },
    permits: [most === 1 ? 1 : 0, most],
    // Enough to tell a limit from none, not so much that a run takes long.
    perSecond: Math.min(150, (perWindow * 1_000) / Math.min(limit.windowMs, 10_000)),
    origins: members.map(({ region }) => [region, skewed && region === hot ? 4 * members.length : 1]),
    shape: chance.pick(focus.shapes),
    fromMs: 0,
    untilMs: Number.MAX_SAFE_INTEGER,
  };
}
