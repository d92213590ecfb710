import { type Awaitable, andThen } from '../../awaitable.ts';
import type { CheckRequest, Decision, Verdict } from '../../core/decision.ts';
import type { Coordinator } from '../../ports.ts';
import type { Ask } from './asks.ts';

/** What became of one question: `allowed` by its own limits, whatever the others met. */
export type Answer = { readonly ask: Ask; readonly allowed: boolean; readonly decision: Decision };

/** What became of all questions of one request, in their order. */
export type Outcome = { readonly allowed: boolean; readonly answers: readonly Answer[] };

/**
 * Decides all questions of one request at once: every one of them passes, or none spends.
 *
 * The same question asked twice is asked once for the sum. A question that says less than another one, and no more permits, spends
 * nothing of its own: every limit that it meets is met by the other too, and one request costs a limit its permits once. Questions that
 * meet the same counter in another way are charged one by one.
 */
export function decideAll(coordinator: Coordinator, asks: readonly Ask[]): Awaitable<Outcome> {
  const [first] = asks;
  if (asks.length === 1 && first !== undefined && first.cap === undefined && first.request.permits > 0) {
    return andThen(coordinator.check(first.request), (decision) => {
      const { allowed } = decision;
      return { allowed, answers: [{ ask: first, allowed, decision }] };
    });
  }
  const questions = new Map<string, Question>();
  const identities = asks.map((ask) => {
    const identity = identityOf(ask.request);
    const { request, asks: before } = questions.get(identity) ?? {
      request: { ...ask.request, permits: 0 },
      asks: [],
    };
    const permits = request.permits + ask.request.permits;
    questions.set(identity, { request: { ...request, permits }, asks: [...before, ask] });
    return identity;
  });
  return andThen(decideDistinct(coordinator, [...questions.values()]), (results) => {
    const byIdentity = new Map([...questions.keys()].map((identity, at) => [identity, results[at]]));
    const answers = asks.flatMap((ask, at) => {
      const result = byIdentity.get(identities[at] ?? '');
      return result === undefined ? [] : [{ ...result, ask }];
    });
    return { allowed: answers.every(({ allowed }) => allowed), answers };
  });
}

/** Everything that was asked of the same dimensions: its permits are the sum. */
type Question = { readonly request: CheckRequest; readonly asks: readonly Ask[] };

type Result = Omit<Answer, 'ask'>;

function decideDistinct(
  coordinator: Coordinator,
  questions: readonly Question[],
): Awaitable<readonly Result[]> {
  const isPaying = questions.map(({ request }) => !questions.some((other) => covers(other.request, request)));
  if (!questions.some(({ asks }) => asks.some(looksFirst))) return pay(coordinator, questions, isPaying);
  return andThen(
    lookFirst(coordinator, questions, isPaying),
    (held) => held ?? pay(coordinator, questions, isPaying),
  );
}

/** Decides all of them together, and spends what is allowed. */
function pay(
  coordinator: Coordinator,
  questions: readonly Question[],
  isPaying: readonly boolean[],
): Awaitable<readonly Result[]> {
  // What pays goes first, so that what does not is told what is left.
  const order = [...questions.keys()].sort((a, b) => Number(isPaying[b]) - Number(isPaying[a]));
  const requests = order.map((at) => sent(questions[at] as Question, isPaying[at] === true));
  return andThen(coordinator.checkAll(requests), (decisions) => {
    const denied = deniedCounters(decisions);
    const results: Result[] = [];
    for (const [nth, at] of order.entries()) {
      const decision = decisions[nth] as Decision;
      results[at] = resultOf(isPaying[at] ? decision : withDenials(decision, denied));
    }
    return results;
  });
}

function resultOf(decision: Decision): Result {
  return { allowed: decision.allowed || !decision.verdicts.some(denies), decision };
}

/** What only looked, with the verdicts of those that paid for it where they were denied. */
function withDenials(decision: Decision, denied: ReadonlyMap<string, Verdict>): Decision {
  const verdicts = decision.verdicts.map((verdict) => denied.get(counterOf(verdict)) ?? verdict);
  const verdict = verdicts.find(denies);
  return verdict === undefined ? decision : { ...decision, verdict, verdicts, reason: verdict.reason };
}

function deniedCounters(decisions: readonly Decision[]): ReadonlyMap<string, Verdict> {
  const denials = decisions.flatMap(({ verdicts }) => verdicts.filter(denies));
  return new Map(denials.map((verdict) => [counterOf(verdict), verdict]));
}

/** Whether a verdict is one of those for which its decision denies. */
export function denies({ allowed, reason }: Verdict): boolean {
  return !allowed && reason !== 'shadow' && reason !== 'degraded_open';
}

/** Whether a question asks for what the region does not know of: a cap of its own, or that something is left. */
function looksFirst({ request, cap }: Ask): boolean {
  return cap !== undefined || request.permits === 0;
}

/** What is sent of a question: one that does not pay only looks. */
function sent({ request }: Question, isPaying: boolean): CheckRequest {
  return isPaying ? request : { ...request, permits: 0 };
}

/** The results where a cap is reached or nothing is left; undefined where the region is to decide. Nothing is spent. */
function lookFirst(
  coordinator: Coordinator,
  questions: readonly Question[],
  isPaying: readonly boolean[],
): Awaitable<readonly Result[] | undefined> {
  const looks = questions.map((question) => sent(question, false));
  return andThen(coordinator.checkAll(looks), (seen) => heldBack(questions, isPaying, seen));
}

function heldBack(
  questions: readonly Question[],
  isPaying: readonly boolean[],
  seen: readonly Decision[],
): readonly Result[] | undefined {
  const charges = new Map<string, number>();
  for (const [at, { request }] of questions.entries()) {
    for (const verdict of isPaying[at] ? (seen[at]?.verdicts ?? []) : []) {
      const counter = counterOf(verdict);
      charges.set(counter, (charges.get(counter) ?? 0) + request.permits);
    }
  }
  const isHeld = questions.some(({ asks }, at) =>
    asks.some((ask) => isOver(ask, seen[at] as Decision, charges)),
  );
  if (!isHeld) return undefined;
  return questions.map(({ asks }, at) => {
    const decision = seen[at] as Decision;
    const lacks = decision.verdicts.some((verdict) => lacksFor(verdict, chargeOf(charges, verdict)));
    const allowed = !lacks && !asks.some((ask) => isOver(ask, decision, charges));
    return { allowed, decision: { ...decision, allowed: false } };
  });
}

/** Whether a question is over a cap of its own, or asks for something to be left where nothing is. */
function isOver(
  { request, cap }: Ask,
  { verdicts }: Decision,
  charges: ReadonlyMap<string, number>,
): boolean {
  return verdicts.some((verdict) => {
    if (!isEnforced(verdict)) return false;
    const charge = Math.max(1, chargeOf(charges, verdict));
    if (request.permits === 0 && verdict.remaining < charge) return true;
    return (
      cap !== undefined && cap.windowMs === verdict.limit.windowMs && usedOf(verdict) + charge > cap.permits
    );
  });
}

function lacksFor(verdict: Verdict, permits: number): boolean {
  return isEnforced(verdict) && verdict.remaining < permits;
}

/** Whether a limit holds for every key: one that is being rolled out is left to the region, which knows for whom it does. */
function isEnforced({ limit: { spec } }: Verdict): boolean {
  return spec.mode === 'enforce' && (spec.rolloutPermille ?? 1_000) === 1_000;
}

function chargeOf(charges: ReadonlyMap<string, number>, verdict: Verdict): number {
  return charges.get(counterOf(verdict)) ?? 0;
}

/** What the world has used of a counter's window, as far as this region knows. */
export function usedOf({ permits, globalRemaining }: Verdict): number {
  return permits - globalRemaining;
}

/** Whether `wide` says everything that `narrow` does and more, for the same permits: then it meets every counter that `narrow` meets. */
function covers(wide: CheckRequest, narrow: CheckRequest): boolean {
  const names = Object.keys(narrow.dimensions);
  return (
    wide.permits === narrow.permits &&
    Object.keys(wide.dimensions).length > names.length &&
    names.every((name) => wide.dimensions[name] === narrow.dimensions[name])
  );
}

function counterOf({ limit, key }: Verdict): string {
  return `${limit.name} ${key}`;
}

function identityOf({ dimensions }: CheckRequest): string {
  return JSON.stringify(Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1)));
}
