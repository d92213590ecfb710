import type { LimitSpec } from '../../src/core/limit.ts';
import { limitSpec } from '../world.ts';
import { type Breaks, type Living, NodesWorld } from './nodes-world.ts';

/** Limits of the kinds that are cut into blocks, and one that is not. */
export const LIMITS: readonly LimitSpec[] = [
  limitSpec({ name: 'short', resource: 'a.*', limit: 300, windowMs: 2_000, dimensions: { user: '*' } }),
  limitSpec({ name: 'long', resource: '*', limit: 4_000, windowMs: 10_000, shares: 'demand' }),
  limitSpec({ name: 'sliding', resource: 'b.*', algorithm: 'sliding-window', limit: 200, windowMs: 5_000 }),
  limitSpec({
    name: 'bucket',
    resource: 'c.*',
    algorithm: 'token-bucket',
    limit: 100,
    windowMs: 1_000,
    burst: 150,
  }),
  limitSpec({ name: 'held', resource: 'd.*', algorithm: 'concurrency', limit: 20, windowMs: 5_000 }),
];

const KINDS = ['a', 'b', 'c', 'd'];
const USERS = ['u1', 'u2', 'u3'];

/** Asks every node of the shared region, and the other regions, at random, for more than the limits allow. */
export function load(world: NodesWorld): void {
  const resource = `${KINDS[(Math.floor(world.time.nowMs / 400) + world.chance.below(2)) % 4]}.x`;
  // Now one and then another is asked for, so that blocks lie idle.
  const at = Math.floor(world.time.nowMs / 250) + world.chance.below(2);
  const dimensions = { user: USERS[at % USERS.length] ?? '' };
  const permits = world.chance.next() < 0.05 ? 3 : 1;
  for (const living of world.living.values())
    if (world.chance.next() < 0.6) world.ask(living, { resource, dimensions, permits });
  for (const region of world.others.keys())
    if (world.chance.next() < 0.2) world.askOther(region, { resource, dimensions, permits });
}

/** Some fault that the world may meet, and its end. */
type Fault = { readonly name: string; readonly begin: (world: NodesWorld) => () => void };

const FAULTS: readonly Fault[] = [
  { name: 'a node is killed', begin: (world) => killed(world, some(world)) },
  { name: 'the speaker is killed', begin: (world) => killed(world, world.speaker()) },
  { name: 'the speaker stands still', begin: (world) => paused(world, world.speaker()) },
  { name: 'a node stands still', begin: (world) => paused(world, some(world)) },
  {
    name: 'the store forgets everything',
    begin: (world) => {
      world.memory.forget();
      return () => {};
    },
  },
  {
    name: 'the store is silent',
    begin: (world) => {
      world.isStoreSilent = true;
      return () => {
        world.isStoreSilent = false;
      };
    },
  },
  {
    name: 'the store is slow and loses things',
    begin: (world) => {
      world.storeDelayMs = 40;
      world.loss = 0.1;
      return () => {
        world.storeDelayMs = 1;
        world.loss = 0;
      };
    },
  },
  {
    name: "a node's clock is off",
    begin: (world) => {
      const living = some(world);
      if (living !== undefined) living.clock.skewMs = world.chance.below(1_400) - 700;
      return () => {};
    },
  },
];

/** Plays one seeded world through with faults, one after the other and some at a time; returns it. */
export async function play(
  seed: number,
  { breaks, ms = 20_000, faults = FAULTS }: { breaks?: Breaks; ms?: number; faults?: readonly Fault[] } = {},
): Promise<NodesWorld> {
  const world = new NodesWorld({ seed, limits: LIMITS, ...(breaks && { breaks }) });
  await world.begin();
  const untilMs = world.time.nowMs + ms;
  let end = () => {};
  while (world.time.nowMs < untilMs) {
    await world.run(300 + world.chance.below(1_500), () => load(world));
    const before = end;
    const mine = faults[world.chance.below(faults.length)]?.begin(world) ?? (() => {});
    // Now and then one begins before the last one has ended.
    if (world.chance.next() < 0.8) before();
    end = () => {
      before();
      mine();
    };
    await world.run(100 + world.chance.below(world.chance.next() < 0.3 ? 6_000 : 1_500), () => load(world));
  }
  end();
  return world;
}

/** Lets time pass until something is so. */
export async function eventuallyTrue(
  world: NodesWorld,
  isSo: () => boolean,
  withinMs: number,
): Promise<void> {
  const untilMs = world.time.nowMs + withinMs;
  while (!isSo() && world.time.nowMs < untilMs) await world.run(10);
}

/** Windows of which more was admitted than the limit allows, in words. */
export function overLimit(world: NodesWorld): string[] {
  const over: string[] = [];
  for (const [name, { limit, permits }] of world.admitted) {
    const most = limit.algorithm === 'token-bucket' ? (limit.burst ?? 0) + limit.limit : limit.limit;
    if (limit.algorithm !== 'concurrency' && permits > most)
      over.push(`${name.replaceAll('\n', ' ')}: ${permits} of ${most}`);
  }
  return [...over, ...overSlots(world)];
}

/** The same of as many slots in a row as a sliding window has. */
function overSlots({ admitted }: NodesWorld): string[] {
  const slots = new Map<number, number>();
  let most = 0;
  for (const { limit, windowId, permits } of admitted.values()) {
    if (limit.algorithm !== 'sliding-window') continue;
    most = limit.limit;
    for (let end = windowId; end < windowId + 5; end += 1) slots.set(end, (slots.get(end) ?? 0) + permits);
  }
  return [...slots].flatMap(([end, permits]) =>
    permits > most ? [`slots to ${end}: ${permits} of ${most}`] : [],
  );
}

function some(world: NodesWorld): Living | undefined {
  const all = [...world.living.values()];
  return all[world.chance.below(all.length)];
}

function killed(world: NodesWorld, living: Living | undefined): () => void {
  if (living === undefined) return () => {};
  world.kill(living.name);
  return () => void world.revive(living.name);
}

/** Whoever wakes is asked before it hears what happened in the meantime. */
function paused(world: NodesWorld, living: Living | undefined): () => void {
  living?.clock.pause();
  return () =>
    living?.clock.resume(() => {
      for (let nth = 0; nth < 400; nth += 1) {
        const dimensions = { user: USERS[nth % USERS.length] ?? '' };
        world.ask(living, { resource: `${KINDS[nth % 3]}.x`, dimensions, permits: 1 });
      }
    });
}
