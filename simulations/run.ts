import type { RegionId } from '../crdt/index.ts';
import { Admissions } from './checkers/admissions.ts';
import { type Checker, Violation } from './checkers/checker.ts';
import { Configurations } from './checkers/configurations.ts';
import { Convergence } from './checkers/convergence.ts';
import { Decisions } from './checkers/decisions.ts';
import { Entitlements } from './checkers/entitlements.ts';
import { Liveness } from './checkers/liveness.ts';
import { Memory } from './checkers/memory.ts';
import { Recovery } from './checkers/recovery.ts';
import { Rows } from './checkers/rows.ts';
import { Spans } from './checkers/spans.ts';
import { Truth } from './checkers/truth.ts';
import { Votes } from './checkers/votes.ts';
import { Faults } from './faults.ts';
import type { MakeDriver } from './life.ts';
import { Arrivals } from './load.ts';
import type { Plan } from './plan.ts';
import { Rarities, type Rarity } from './rarities.ts';
import type { Involved } from './recent.ts';
import { World } from './world.ts';

/** How often clients send what has become due, in milliseconds. */
const ARRIVALS_MS = 10;

/** Events in a failure's report. */
const REPORTED_EVENTS = 30;

/** What broke, and what happened before. */
export type Failure = {
  /** The number and a few words from protocol.md §9, or the name of the error that was thrown. */
  readonly invariant: string;
  readonly what: string;
  readonly atMs: number;
  readonly recent: readonly string[];
};

export type Outcome = {
  readonly plan: Plan;
  /** Two runs with the same trace did the same. */
  readonly trace: string;
  readonly checks: number;
  readonly events: number;
  readonly messages: number;
  readonly virtualMs: number;
  readonly rarities: ReadonlyMap<Rarity, number>;
  readonly failure: Failure | undefined;
};

export type Watching = {
  /**
   * Every checker, or only those that the headline needs: what is admitted, against the limit of the stable version. None of them suits
   * a model, which shows nothing of itself and may break promises that it never made.
   */
  readonly checkers: 'everything' | 'headline' | 'none';
  /** Makes what runs in every process, instead of the production region. */
  readonly model?: MakeDriver | undefined;
  /** More that looks on, made once the world is there. */
  readonly observers?: (world: World, truth: Truth) => readonly Checker[];
};

/** Runs a plan from start to end with checkers watching. Never rejects: what goes wrong is in the outcome. */
export async function runPlan(plan: Plan, watching: Watching = { checkers: 'everything' }): Promise<Outcome> {
  const world = new World(plan, watching.model);
  const truth = new Truth();
  const admissions = new Admissions(truth);
  const rarities = new Rarities(world, admissions);
  const headline = [new Configurations(world, truth), admissions, new Spans(truth)];
  const others = [
    new Decisions(admissions),
    new Recovery(admissions),
    new Votes(world, truth),
    new Entitlements(world, truth),
    new Rows(world),
    new Liveness(world),
    new Convergence(world),
    new Memory(world),
    rarities,
  ];
  const chosen = { everything: [...headline, ...others], headline, none: [] }[watching.checkers];
  world.watch([...chosen, ...(watching.observers?.(world, truth) ?? [])]);
  let failure: Failure | undefined;
  try {
    await live(world);
  } catch (error) {
    failure = failureOf(world, error);
  }
  return {
    plan,
    trace: world.trace.hex(),
    checks: world.counts.checks,
    events: world.counts.events,
    messages: [...world.network.carried.values()].reduce((sum, { messages }) => sum + messages, 0),
    virtualMs: world.elapsedMs,
    rarities: rarities.counts,
    failure,
  };
}

async function live(world: World): Promise<void> {
  const { plan } = world;
  const faults = new Faults(world);
  for (const { region } of plan.members) world.start(region, true);
  const stopLoad = sendLoad(world);
  const eachSecond = () => {
    world.time.after(1_000, eachSecond);
    world.tellCheckers('second');
  };
  world.time.after(1_000, eachSecond);
  await world.run(plan.faultyMs);
  faults.mend();
  await world.run(plan.faultyMs);
  world.tellCheckers('healed');
  await world.run(plan.faultyMs + plan.healMs);
  stopLoad();
  await world.run(plan.faultyMs + plan.healMs + plan.quietMs);
  // A world that was cut down to where it failed ends without rest, so nothing in it need have settled.
  if (plan.quietMs > 0) world.tellCheckers('finished');
}

function sendLoad(world: World): () => void {
  const sources = world.plan.load.flatMap((load, at) =>
    load.origins.map(([region]) => ({
      region,
      arrivals: new Arrivals(load, region, world.chance(`load ${at} ${region}`)),
    })),
  );
  const { recorded = [] } = world.plan;
  let next = 0;
  let sentMs = 0;
  let stopped = false;
  const send = () => {
    if (stopped) return;
    world.time.after(ARRIVALS_MS, send);
    const nowMs = world.elapsedMs;
    for (const { region, arrivals } of sources) {
      arrivals.between(sentMs, nowMs, (request) => world.ask(region, request));
    }
    for (; (recorded[next]?.atMs ?? Number.POSITIVE_INFINITY) < nowMs; next += 1) {
      const due = recorded[next];
      if (due !== undefined) world.ask(due.region, due.request);
    }
    sentMs = nowMs;
  };
  world.time.after(ARRIVALS_MS, send);
  return () => {
    stopped = true;
  };
}

function failureOf(world: World, error: unknown): Failure {
  const involved: Involved = error instanceof Violation ? error.involved : {};
  return {
    invariant: error instanceof Violation ? error.invariant : nameOf(error),
    what: error instanceof Error ? error.message : String(error),
    atMs: world.elapsedMs,
    recent: world.recent.lines(involved, REPORTED_EVENTS),
  };
}

function nameOf(error: unknown): RegionId {
  return error instanceof Error ? error.name : 'thrown';
}
