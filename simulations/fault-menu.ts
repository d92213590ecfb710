import type { RegionId } from '../crdt/index.ts';
import type { LimitSpec, Member } from '../src/core/limit.ts';
import type { Chance } from './chance.ts';
import { drawChange } from './draw-change.ts';
import type { Fault, LinkName } from './plan.ts';

/** What kind of trouble a world is in. `everything` mixes the kinds. */
export const FAULT_CLASSES = [
  'everything',
  'crashes',
  'partitions',
  'voter-crashes',
  'lossy',
  'flapping',
  'pauses',
  'clocks',
  'one-way',
  'amnesia',
  'everything',
  'twins',
  'rotating',
  'bursts',
  'deaths',
  'voter-crashes',
  'calm',
  'disks',
  'changes',
] as const;

/** Trouble of one of these kinds, or one that is drawn only where it is asked for. */
export type FaultClass = (typeof FAULT_CLASSES)[number] | 'relapses' | 'missed-changes';

export type Menu = {
  readonly faultClass: FaultClass;
  readonly members: readonly Member[];
  readonly regions: readonly RegionId[];
  readonly limits: readonly LimitSpec[];
  readonly faultyMs: number;
};

/** Draws what goes wrong, in order of time. */
export function drawFaults(chance: Chance, menu: Menu): Fault[] {
  const courses = COURSES[menu.faultClass];
  const faults: Fault[] = [];
  if (courses.length === 0) return faults;
  const count = 2 + chance.below(menu.faultClass === 'everything' ? 9 : 5);
  for (let at = 0; at < count; at += 1) {
    const atMs = Math.round(chance.between(2_500, menu.faultyMs - 1_500));
    faults.push(...chance.pick(courses)(chance, menu, atMs));
  }
  return faults.sort((a, b) => a.atMs - b.atMs);
}

type Course = (chance: Chance, menu: Menu, atMs: number) => Fault[];

const cut: Course = (chance, { regions }, atMs) => [
  {
    kind: 'cut',
    atMs,
    forMs: stability(chance),
    burst: chance.happens(0.3),
    links: partition(chance, regions),
  },
];

const oneWay: Course = (chance, { regions }, atMs) => [
  {
    kind: 'cut',
    atMs,
    forMs: stability(chance),
    burst: chance.happens(0.3),
    links: chance.some(pairs(regions), 1 + chance.below(regions.length)),
  },
];

const burst: Course = (chance, menu, atMs) =>
  cut(chance, menu, atMs).map((fault) => ({ ...fault, burst: true }));

const blackout: Course = (chance, { regions }, atMs) => [
  { kind: 'cut', atMs, forMs: stability(chance), burst: chance.happens(0.5), links: pairs(regions) },
];

const rotate: Course = (chance, { regions }, atMs) => {
  const forMs = stability(chance);
  return regions.map((region, turn) => ({
    kind: 'cut',
    atMs: atMs + turn * forMs,
    forMs,
    burst: false,
    links: isolate([region], regions),
  }));
};

const flap: Course = (chance, { regions, limits }, atMs) => [
  {
    kind: 'flap',
    atMs,
    forMs: Math.round(chance.between(4_000, 12_000)),
    // Flapping in step with a window is what leases by time fall to.
    periodMs: Math.max(
      400,
      Math.round(Math.min(chance.pick(limits).windowMs, 6_000) * chance.between(0.7, 1.4)),
    ),
    downPart: chance.between(0.3, 0.8),
    links: chance.happens(0.5)
      ? partition(chance, regions)
      : chance.some(pairs(regions), 1 + chance.below(3)),
  },
];

const clog: Course = (chance, { regions }, atMs) => [
  {
    kind: 'clog',
    atMs,
    forMs: stability(chance),
    links: chance.some(pairs(regions), 1 + chance.below(regions.length)),
  },
];

const noise: Course = (chance, _menu, atMs) => [
  {
    kind: 'noise',
    atMs,
    forMs: Math.round(chance.between(2_000, 10_000)),
    loss: chance.between(0, 0.3),
    duplication: chance.between(0, 0.5),
    replay: chance.between(0, 0.5) * chance.next(),
  },
];

const slow: Course = (chance, { regions }, atMs) => [
  {
    kind: 'slow',
    region: chance.pick(regions),
    atMs,
    forMs: stability(chance),
    messagesPerSecond: chance.pick([1, 5, 20, 50]),
  },
];

const crash: Course = (chance, { regions }, atMs) => [
  {
    kind: 'crash',
    region: chance.pick(regions),
    atMs,
    forMs: Math.round(chance.pick([50, 300, 1_000, 3_000, 6_000]) * chance.between(0.5, 1.5)),
    losesDisk: chance.happens(0.3),
    clockBackMs: chance.happens(0.4) ? Math.round(chance.between(0, 2_000)) : 0,
  },
];

/** A voter that crashes around a partition is what forgets a vote about the cut-off and casts another one. */
const voterCrash: Course = (chance, menu, atMs) => [
  ...(chance.happens(0.5) ? cut : oneWay)(
    chance,
    menu,
    Math.max(0, atMs - Math.round(chance.between(0, 2_500))),
  ),
  ...chance.some(menu.regions, 1 + chance.below(2)).map(
    (region): Fault => ({
      kind: 'crash',
      region,
      atMs: atMs + Math.round(chance.between(0, 500)),
      forMs: Math.round(chance.between(20, 1_500)),
      losesDisk: chance.happens(0.4),
      clockBackMs: chance.happens(0.5) ? Math.round(chance.between(0, 2_000)) : 0,
    }),
  ),
];

/** A life without books that ends soon, and the one after it: what each may have claimed, the next must sit out. */
const relapse: Course = (chance, { regions }, atMs) => {
  const region = chance.pick(regions);
  const again = (at: number, losesDisk: boolean): Fault => ({
    kind: 'crash',
    region,
    atMs: at,
    forMs: Math.round(chance.between(20, 400)),
    losesDisk,
    clockBackMs: Math.round(chance.pick([0, 1_000, 1_900]) * chance.between(0.5, 1)),
  });
  return [again(atMs, true), again(atMs + Math.round(chance.between(500, 8_000)), chance.happens(0.5))];
};

const restart: Course = (chance, { regions }, atMs) => [
  { kind: 'restart', region: chance.pick(regions), atMs, forMs: Math.round(chance.between(100, 3_000)) },
];

const pause: Course = (chance, { regions }, atMs) => [
  {
    kind: 'pause',
    region: chance.pick(regions),
    atMs,
    forMs: Math.round(chance.pick([200, 900, 1_800, 4_000, 9_000]) * chance.between(0.6, 1.4)),
  },
];

const twin: Course = (chance, { regions }, atMs) => [
  { kind: 'twin', region: chance.pick(regions), atMs, aheadMs: Math.round(chance.between(-1_500, 500)) },
];

const disk: Course = (chance, { regions }, atMs) => [
  {
    kind: 'disk',
    region: chance.pick(regions),
    atMs,
    forMs: stability(chance),
    mood: chance.happens(0.5) ? 'stalled' : 'failing',
  },
];

/** A disk that is behind when its process dies: what was to be written is not. */
const diskCrash: Course = (chance, menu, atMs) => {
  const [behind] = disk(chance, menu, atMs);
  const [end] = crash(chance, menu, atMs + Math.round(chance.between(50, 2_000)));
  if (behind?.kind !== 'disk' || end?.kind !== 'crash') return [];
  return [behind, { ...end, region: behind.region, losesDisk: false }];
};

const change: Course = (chance, { members, limits }, atMs) => {
  const configuration = drawChange(chance, { members, limits, retired: [] });
  return [{ kind: 'change', region: chance.pick(members).region, atMs, configuration }];
};

/** A member that crashes around a change may come back under another configuration than the one it spent under. */
const changeCrash: Course = (chance, menu, atMs) => [
  ...change(chance, menu, atMs),
  {
    kind: 'crash',
    region: chance.pick(menu.regions),
    atMs: atMs + Math.round(chance.between(0, 6_000)),
    forMs: Math.round(chance.between(50, 2_000)),
    losesDisk: chance.happens(0.3),
    clockBackMs: chance.happens(0.3) ? Math.round(chance.between(0, 2_000)) : 0,
  },
];

/**
 * A member that loses its books, and misses a change while it is down: its file tells it of the new configuration, and nobody of the old
 * one. It is always the same, so that the others remember.
 */
const missedChange: Course = (chance, menu, atMs) => {
  const [down, ...others] = menu.regions;
  if (down === undefined || others.length === 0) return [];
  const forMs = Math.round(chance.between(500, 2_500));
  const end: Fault = { kind: 'crash', region: down, atMs, forMs, losesDisk: true, clockBackMs: 0 };
  const changes = change(chance, menu, atMs + Math.round(forMs * chance.next()));
  return [end, ...changes.map((fault) => ({ ...fault, region: chance.pick(others) }))];
};

const death: Course = (chance, { regions }, atMs) => [{ kind: 'death', region: chance.pick(regions), atMs }];

const step: Course = (chance, { regions }, atMs) => [
  {
    kind: 'step',
    region: chance.pick(regions),
    atMs,
    byMs: Math.round(
      chance.pick([-20_000, -3_000, -1_000, -300, 300, 1_000, 3_000, 20_000]) * chance.between(0.3, 1),
    ),
  },
];

const drift: Course = (chance, { regions }, atMs) => [
  {
    kind: 'drift',
    region: chance.pick(regions),
    atMs,
    forMs: Math.round(chance.between(3_000, 12_000)),
    partsPerMillion: chance.between(-100_000, 100_000),
  },
];

const sway: Course = (chance, { regions }, atMs) => [
  {
    kind: 'sway',
    region: chance.pick(regions),
    atMs,
    forMs: Math.round(chance.between(4_000, 15_000)),
    byMs: chance.between(100, 3_000),
    periodMs: chance.between(1_000, 12_000),
  },
];

const COURSES: Readonly<Record<FaultClass, readonly Course[]>> = {
  calm: [],
  lossy: [noise, noise, clog, slow],
  partitions: [cut, cut, blackout],
  'one-way': [oneWay],
  flapping: [flap],
  rotating: [rotate],
  bursts: [burst, clog],
  pauses: [pause, pause, cut],
  crashes: [crash, restart],
  amnesia: [crash, crash, cut],
  disks: [diskCrash, diskCrash, disk, crash],
  changes: [change, changeCrash, changeCrash, cut],
  'voter-crashes': [voterCrash],
  relapses: [relapse],
  'missed-changes': [missedChange],
  twins: [twin, noise, cut],
  deaths: [death, cut, crash],
  clocks: [step, drift, sway, crash],
  everything: [
    cut,
    oneWay,
    burst,
    blackout,
    rotate,
    flap,
    clog,
    noise,
    slow,
    crash,
    voterCrash,
    restart,
    pause,
    twin,
    step,
    drift,
    sway,
    disk,
    diskCrash,
    change,
    changeCrash,
  ],
};

/** How long a fault stays: from a hiccup to several windows. */
function stability(chance: Chance): number {
  return Math.round(chance.pick([300, 1_000, 2_000, 4_000, 8_000]) * chance.between(0.5, 1.5));
}

/** Two sides that do not hear each other; of any size, or one region against all, sometimes deaf in one direction only. */
function partition(chance: Chance, regions: readonly RegionId[]): LinkName[] {
  const size = chance.happens(0.5) ? 1 : 1 + chance.below(Math.max(1, regions.length - 1));
  const links = isolate(chance.some(regions, size), regions);
  return chance.happens(0.25) ? links.filter((_, at) => at % 2 === 0) : links;
}

/** The links between some regions and all others, both directions of each next to each other. */
function isolate(side: readonly RegionId[], regions: readonly RegionId[]): LinkName[] {
  const others = regions.filter((region) => !side.includes(region));
  return side.flatMap((a) =>
    others.flatMap((b): LinkName[] => [
      [a, b],
      [b, a],
    ]),
  );
}

function pairs(regions: readonly RegionId[]): LinkName[] {
  return regions.flatMap((from) => regions.filter((to) => to !== from).map((to): LinkName => [from, to]));
}
