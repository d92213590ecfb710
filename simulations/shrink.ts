import type { RegionId } from '../crdt/index.ts';
import type { Fault, Plan } from './plan.ts';
import type { Outcome } from './run.ts';

/** Runs that one shrinking may take. */
const RUNS_MAX = 250;

export type Shrunk = { readonly outcome: Outcome; readonly runs: number };

/**
 * Makes a failing plan smaller, as long as the same invariant breaks: fewer faults, regions, limits and requests, less time, a calmer
 * network. What is left is what the failure needs, or nearly so.
 */
export async function shrink(
  failing: Outcome,
  run: (plan: Plan) => Promise<Outcome>,
  onProgress: (outcome: Outcome) => void = () => {},
): Promise<Shrunk> {
  let best = failing;
  let runs = 0;
  let improved = true;
  while (improved && runs < RUNS_MAX) {
    improved = false;
    for (const candidate of simpler(best)) {
      if (runs >= RUNS_MAX) break;
      runs += 1;
      const outcome = await run(candidate);
      if (outcome.failure?.invariant !== failing.failure?.invariant) continue;
      best = outcome;
      improved = true;
      onProgress(outcome);
      break;
    }
  }
  return { outcome: best, runs };
}

/** Plans that are a step simpler than one that failed, the boldest steps first. */
function* simpler({ plan, failure }: Outcome): Generator<Plan> {
  yield* shorter(plan, failure?.atMs ?? 0);
  for (const faults of fewer(plan.faults)) yield { ...plan, faults };
  for (const { region } of plan.members.length > 1 ? plan.members : []) yield withoutRegion(plan, region);
  for (const { name } of plan.limits.length > 1 ? plan.limits : []) yield withoutLimit(plan, name);
  for (const load of fewer(plan.load)) yield { ...plan, load };
  yield* calmer(plan);
}

/** What comes after the failure is not needed, unless it is what the healing is checked for. */
function* shorter(plan: Plan, atMs: number): Generator<Plan> {
  const { faultyMs, healMs, quietMs } = plan;
  const faults = plan.faults.filter((fault) => fault.atMs <= atMs);
  const neededMs = Math.ceil(atMs) + 1;
  if (neededMs < faultyMs || (neededMs === faultyMs && healMs + quietMs > 0)) {
    yield { ...plan, faults, faultyMs: neededMs, healMs: 0, quietMs: 0 };
  } else if (
    neededMs > faultyMs &&
    (neededMs < faultyMs + healMs || quietMs > 0) &&
    atMs < faultyMs + healMs
  ) {
    yield { ...plan, healMs: Math.min(healMs, neededMs - faultyMs), quietMs: 0 };
  }
  const last = plan.faults.reduce((latest, { atMs: at }) => Math.max(latest, at), 0);
  if (atMs >= faultyMs && faultyMs > last + 2_000) yield { ...plan, faultyMs: last + 1_000 };
  if (atMs >= faultyMs && healMs > 1_000) yield { ...plan, healMs: Math.floor(healMs / 2) };
}

/** Halves, then quarters, and so on down to single items left out. */
function* fewer<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let size = Math.ceil(items.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < items.length; at += size) {
      yield [...items.slice(0, at), ...items.slice(at + size)];
    }
  }
}

function withoutRegion(plan: Plan, region: RegionId): Plan {
  const others = (each: { readonly region: RegionId }) => each.region !== region;
  return {
    ...plan,
    members: plan.members.filter(others),
    clocks: plan.clocks.filter(others),
    load: plan.load.map((load) => ({
      ...load,
      origins: load.origins.filter(([origin]) => origin !== region),
    })),
    faults: plan.faults.flatMap((fault): Fault[] => {
      if ('region' in fault && fault.region === region) return [];
      if ('links' in fault) {
        const links = fault.links.filter((link) => !link.includes(region));
        return links.length === 0 ? [] : [{ ...fault, links }];
      }
      if (fault.kind !== 'change') return [fault];
      const { configuration } = fault;
      return [
        { ...fault, configuration: { ...configuration, members: configuration.members.filter(others) } },
      ];
    }),
  };
}

function withoutLimit(plan: Plan, name: string): Plan {
  const others = (limit: { readonly name: string }) => limit.name !== name;
  return {
    ...plan,
    limits: plan.limits.filter(others),
    faults: plan.faults.map((fault) =>
      fault.kind === 'change'
        ? {
            ...fault,
            configuration: {
              ...fault.configuration,
              limits: fault.configuration.limits.filter(others),
            },
          }
        : fault,
    ),
  };
}

function* calmer(plan: Plan): Generator<Plan> {
  const { network, clocks, frames, journaling, load } = plan;
  if (network.loss + network.duplication + network.replay > 0) {
    yield { ...plan, network: { ...network, loss: 0, duplication: 0, replay: 0 } };
  }
  if (network.latencies.length > 0) yield { ...plan, network: { ...network, latencies: [], tail: 0 } };
  if (clocks.length > 0) yield { ...plan, clocks: [] };
  for (const left of clocks.length > 1 ? fewer(clocks) : []) yield { ...plan, clocks: left };
  if (frames) yield { ...plan, frames: false };
  if (journaling) yield { ...plan, journaling: false };
  if (load.some(({ keys }) => keys.count > 1)) {
    yield { ...plan, load: load.map((each) => ({ ...each, keys: { ...each.keys, count: 1, moveMs: 0 } })) };
  }
}
