import fc from 'fast-check';
import { limitSpec } from '../world.ts';
import { type Fault, FaultyWorld } from './faulty-world.ts';

/** A short window that is given out whole, one whose shares follow demand, and one in ten tranches. */
export const LIMITS = [
  limitSpec({ name: 'short', resource: 'short', windowMs: 2_000, limit: 20, reclaimPermille: 800 }),
  limitSpec({
    name: 'lent',
    resource: 'lent',
    windowMs: 10_000,
    limit: 30,
    shares: 'demand',
    dimensions: { tenant: '*' },
  }),
  limitSpec({ name: 'long', resource: 'long', windowMs: 100_000, limit: 60 }),
];

/** Milliseconds after which a property is content with the stories it has lived through, or a failure with how far it has shrunk. */
export const TIME_LIMIT_MS = 8_000;

const MEMBERS_MAX = 5;
const SKEW_MS_MAX = 1_000;

const member = fc.nat(MEMBERS_MAX - 1);
const skewMs = fc.integer({ min: -SKEW_MS_MAX, max: SKEW_MS_MAX });

const FAULTS: Readonly<Record<string, fc.Arbitrary<Fault>>> = {
  partition: fc.nat(2 ** (MEMBERS_MAX * MEMBERS_MAX) - 1).map((links) => ({ kind: 'cut', links })),
  isolation: member.map((at) => ({ kind: 'cut', links: (2 ** MEMBERS_MAX - 1) << (MEMBERS_MAX * at) })),
  healing: fc.constant({ kind: 'cut', links: 0 }),
  loss: fc.nat(500).map((permille) => ({ kind: 'loss', permille })),
  delay: fc.nat(2_000).map((uptoMs) => ({ kind: 'delay', uptoMs })),
  repeat: fc.nat(500).map((permille) => ({ kind: 'repeat', permille })),
  step: fc.tuple(member, skewMs).map(([at, ms]) => ({ kind: 'step', member: at, skewMs: ms })),
  restart: fc.tuple(member, fc.nat(3_000)).map(([at, ms]) => ({ kind: 'restart', member: at, afterMs: ms })),
  pause: fc.tuple(member, fc.nat(5_000)).map(([at, ms]) => ({ kind: 'pause', member: at, forMs: ms })),
};

/** How often each comes up: crashes and partitions are what proofs break on. */
const WEIGHTS = {
  partition: 3,
  isolation: 2,
  healing: 3,
  loss: 1,
  delay: 1,
  repeat: 1,
  step: 2,
  restart: 4,
  pause: 1,
};

type FaultName = keyof typeof WEIGHTS;

/** One thing goes wrong, a while passes, and some regions are asked for all they have. */
type Act = {
  readonly fault: Fault;
  readonly runMs: number;
  /** A bit for each member. */
  readonly askers: number;
  readonly permits: number;
};

export type Story = {
  readonly seed: number;
  readonly weights: readonly number[];
  readonly skewsMs: readonly number[];
  readonly acts: readonly Act[];
};

/** Stories of clusters of two to five members, in which anything may go wrong but what is left out. */
export function stories(...without: readonly FaultName[]): fc.Arbitrary<Story> {
  const names = (Object.keys(WEIGHTS) as FaultName[]).filter((name) => !without.includes(name));
  const fault = fc.oneof(
    ...names.map((name) => ({ weight: WEIGHTS[name], arbitrary: FAULTS[name] ?? fc.constant(NOTHING) })),
  );
  return fc.record({
    seed: fc.integer(),
    weights: fc.constantFrom([40, 35, 25], [40, 35, 25], [1, 1], [1, 1, 1, 0], [3, 1, 1, 1, 1]),
    skewsMs: fc.array(skewMs, { minLength: MEMBERS_MAX, maxLength: MEMBERS_MAX }),
    acts: fc.array(
      fc.record({
        fault,
        runMs: fc.nat(60).map((ticks) => ticks * 50),
        askers: fc.nat(2 ** MEMBERS_MAX - 1),
        permits: fc.integer({ min: 1, max: 3 }),
      }),
      { minLength: 5, maxLength: 25 },
    ),
  });
}

const NOTHING: Fault = { kind: 'cut', links: 0 };

/** Lives through a story, calling `check` after every act. */
export async function live(
  { acts, ...setup }: Story,
  check: (world: FaultyWorld) => void = () => {},
): Promise<FaultyWorld> {
  const world = await FaultyWorld.begun({ ...setup, limits: LIMITS, timing: { snapshotMs: 7_000 } });
  await world.run(4_000);
  for (const { fault, runMs, askers, permits } of acts) {
    world.befall(fault);
    await world.run(runMs);
    world.names.forEach((name, at) => {
      if ((askers >> at) % 2 === 1) world.drain(name, permits);
    });
    check(world);
  }
  return world;
}
