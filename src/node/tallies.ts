import { passes } from '../core/admit.ts';
import type { CheckRequest, Decision, Reason } from '../core/decision.ts';
import type { LimitView } from '../core/view.ts';

/** What the checks under one limit came to on this node, beside those that its region's own books counted. */
type Tally = {
  readonly allowed: Map<Reason, number>;
  readonly denied: Map<Reason, number>;
  permitsAllowed: number;
  permitsDenied: number;
  permitsUncounted: number;
};

/** Counts what a node decided by itself, by limit. */
export class Tallies {
  readonly #byLimit = new Map<string, Tally>();

  note(requests: readonly CheckRequest[], decisions: readonly Decision[]): void {
    for (const [nth, { allowed, verdicts }] of decisions.entries()) {
      const permits = requests[nth]?.permits ?? 0;
      if (permits === 0) continue;
      for (const verdict of verdicts) {
        if (!allowed && verdict.allowed) continue;
        const tally = this.#of(verdict.limit.name);
        const isPassed = passes(verdict);
        const outcomes = isPassed ? tally.allowed : tally.denied;
        outcomes.set(verdict.reason, (outcomes.get(verdict.reason) ?? 0) + 1);
        if (isPassed) tally.permitsAllowed += permits;
        else tally.permitsDenied += permits;
        if (verdict.reason === 'degraded_open') tally.permitsUncounted += permits;
      }
    }
  }

  /** A limit as its region sees it, with this node's checks: added to those of the region, or instead of them. */
  on(view: LimitView, isOwn: boolean): LimitView {
    const tally = this.#byLimit.get(view.spec.name);
    if (tally === undefined && isOwn) return view;
    const base = isOwn ? view : { ...view, checks: [], ...NOTHING };
    return {
      ...base,
      checks: summed([...base.checks, ...checksOf(tally)]),
      permitsAllowed: base.permitsAllowed + (tally?.permitsAllowed ?? 0),
      permitsDenied: base.permitsDenied + (tally?.permitsDenied ?? 0),
      permitsUncounted: base.permitsUncounted + (tally?.permitsUncounted ?? 0),
    };
  }

  #of(limit: string): Tally {
    const known = this.#byLimit.get(limit);
    if (known !== undefined) return known;
    const tally = { allowed: new Map(), denied: new Map(), ...NOTHING };
    this.#byLimit.set(limit, tally);
    return tally;
  }
}

const NOTHING = { permitsAllowed: 0, permitsDenied: 0, permitsUncounted: 0 };

function checksOf(tally: Tally | undefined): LimitView['checks'] {
  if (tally === undefined) return [];
  return [
    ...[...tally.allowed].map(([reason, count]) => ({ outcome: 'allowed' as const, reason, count })),
    ...[...tally.denied].map(([reason, count]) => ({ outcome: 'denied' as const, reason, count })),
  ];
}

function summed(checks: LimitView['checks']): LimitView['checks'] {
  const sums = new Map<string, LimitView['checks'][number]>();
  for (const check of checks) {
    const name = `${check.outcome} ${check.reason}`;
    const before = sums.get(name)?.count ?? 0;
    sums.set(name, { ...check, count: before + check.count });
  }
  return [...sums.values()];
}
