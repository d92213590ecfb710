import { algorithmOf } from '../../src/core/algorithms/algorithms.ts';
import { hashedKey } from '../../src/core/counter.ts';
import { coverOf } from '../../src/core/cover.ts';
import type { CheckRequest, Decision, Verdict } from '../../src/core/decision.ts';
import type { Life } from '../life.ts';
import type { Admissions } from './admissions.ts';
import { type Checker, Violation } from './checker.ts';

/**
 * Invariants 4, 7 and 11 at the moment of each decision: permits are granted only where the region has the right to, the books
 * say exactly what clients were granted (after a recovery at least that), and nothing is denied while there are rights enough.
 */
export class Decisions implements Checker {
  readonly #admissions: Admissions;

  constructor(admissions: Admissions) {
    this.#admissions = admissions;
  }

  checked(life: Life, request: CheckRequest, decision: Decision): void {
    for (const verdict of decision.verdicts) {
      if (decision.allowed && verdict.allowed && request.permits > 0) this.#granted(life, verdict);
    }
    if (!decision.allowed) this.#denied(life, request, decision);
  }

  #granted(life: Life, verdict: Verdict): void {
    // What a recovered life counts of windows that are judged together may stand in another of them.
    const stands = verdict.limit.isWindowed || !life.recovered;
    const booked = counterOf(life, verdict)?.mine ?? 0;
    const admitted = this.#admissions.find(verdict)?.byActor.get(life.actor) ?? 0;
    // A permit that is held on is taken anew, in a later window.
    const isExact = !life.recovered && verdict.limit.windows.leading === 0;
    if (stands && (booked < admitted || (booked !== admitted && isExact))) {
      const what = `${booked} booked, ${admitted} admitted`;
      throw violation('7 the books hold what was admitted', what, life, verdict);
    }
    // What a leaky bucket lets go ahead early is no business of the present: see `Spans`.
    if (verdict.limit.spec.algorithm === 'leaky-bucket') return;
    const left = weighed(life, verdict, 0).remaining;
    if (left < 0) throw violation('4 rights cover every admission', `${left} left`, life, verdict);
  }

  #denied(life: Life, { permits }: CheckRequest, { verdicts }: Decision): void {
    const grounds = verdicts.filter(({ limit, allowed }) => !allowed && limit.spec.mode === 'enforce');
    if (grounds.length === 0) {
      throw new Violation('11 a denial has a reason', life.region, { regions: [life.region] });
    }
    for (const verdict of grounds) {
      const { remaining, counter, otherwise } = weighed(life, verdict, permits);
      if (remaining < permits || verdict.reason === 'degraded_closed') continue;
      // A burst may outrun the journal; it is let through again as soon as the disk has caught up.
      const cover = coverOf(life.state, verdict.limit, hashedKey(verdict.key), { counter, otherwise });
      if ((counter?.mine ?? 0) + permits > cover) continue;
      const what = `${remaining} left, ${permits} asked for`;
      throw violation('11 nothing is denied while there are rights', what, life, verdict);
    }
  }
}

function counterOf({ state }: Life, verdict: Verdict) {
  return state.books.get(verdict.limit.id)?.counters.find(verdict.windowId, verdict.key);
}

/** The limit weighed once more, after the fact. */
function weighed({ state }: Life, { limit, key }: Verdict, permits: number) {
  const books = state.books.get(limit.id);
  if (books === undefined) throw new RangeError(`no books of ${limit.id}`);
  return algorithmOf(limit).weigh(state, { books, key, permits });
}

function violation(invariant: string, what: string, life: Life, verdict: Verdict): Violation {
  const about = `${life.actor} ${verdict.limit.name} key "${verdict.key}" window ${verdict.windowId}`;
  return new Violation(invariant, `${about}: ${what}`, { regions: [life.region], key: verdict.key });
}
