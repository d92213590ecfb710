import { remainingOf, standingOf } from '../../src/core/algorithms/fixed-window.ts';
import { coverOf } from '../../src/core/cover.ts';
import type { CheckRequest, Decision, Verdict } from '../../src/core/decision.ts';
import type { Life } from '../life.ts';
import { type Admissions, windowOf } from './admissions.ts';
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
    const booked = counterOf(life, verdict)?.mine ?? 0;
    const admitted = this.#admissions.find(verdict)?.byActor.get(life.actor) ?? 0;
    if (booked < admitted || (booked !== admitted && !life.recovered)) {
      const what = `${booked} booked, ${admitted} admitted`;
      throw violation('7 the books hold what was admitted', what, life, verdict);
    }
    const left = rightsLeft(life, verdict);
    if (left < 0) throw violation('4 rights cover every admission', `${left} left`, life, verdict);
  }

  #denied(life: Life, { permits }: CheckRequest, { verdicts }: Decision): void {
    const grounds = verdicts.filter(({ limit, allowed }) => !allowed && limit.spec.mode === 'enforce');
    if (grounds.length === 0) {
      throw new Violation('11 a denial has a reason', life.region, { regions: [life.region] });
    }
    for (const verdict of grounds) {
      const left = rightsLeft(life, verdict);
      if (left < permits || verdict.reason === 'degraded_closed') continue;
      const counter = counterOf(life, verdict);
      // A burst may outrun the journal; it is let through again as soon as the disk has caught up.
      if ((counter?.mine ?? 0) + permits > coverOf(life.state, verdict.limit, verdict.key, counter)) continue;
      const what = `${left} left, ${permits} asked for`;
      throw violation('11 nothing is denied while there are rights', what, life, verdict);
    }
  }
}

function counterOf({ state }: Life, verdict: Verdict) {
  return state.books.get(verdict.limit.name)?.counters.find(windowOf(verdict), verdict.key);
}

function rightsLeft(life: Life, verdict: Verdict): number {
  const { state } = life;
  const standing = standingOf(state, verdict.limit, windowOf(verdict));
  return remainingOf(state, standing, verdict.key, counterOf(life, verdict)).remaining;
}

function violation(invariant: string, what: string, life: Life, verdict: Verdict): Violation {
  const about = `${life.actor} ${verdict.limit.name} key "${verdict.key}" window ${windowOf(verdict)}`;
  return new Violation(invariant, `${about}: ${what}`, { regions: [life.region], key: verdict.key });
}
