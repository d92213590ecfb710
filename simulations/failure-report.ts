import { showDuration } from '../config/duration.ts';
import type { LimitSpec } from '../src/core/limit.ts';
import type { Plan } from './plan.ts';
import type { Outcome } from './run.ts';

/** A plan in one line. */
export function describePlan(plan: Plan): string {
  const kinds = new Set(plan.faults.map(({ kind }) => kind));
  const ms = plan.faultyMs + plan.healMs + plan.quietMs;
  return [
    `${plan.members.length} regions`,
    plan.limits.map((limit) => `${limit.limit} per ${windowOf(limit)}`).join(' + '),
    plan.journaling ? 'journals' : 'no journals',
    `${plan.faults.length} faults${kinds.size === 0 ? '' : ` (${[...kinds].join(', ')})`}`,
    `${(ms / 1_000).toFixed(1)} s`,
  ].join(' · ');
}

/** What a failed run has to say: where, what, and what led to it. Lines are cut to `columns`. */
export function describeFailure({ plan, failure }: Outcome, columns: number): string {
  if (failure === undefined) return 'nothing failed';
  return [
    `FAILED at ${(failure.atMs / 1_000).toFixed(3)} s: invariant ${failure.invariant}`,
    `  ${failure.what}`,
    `  in ${describePlan(plan)}`,
    '  what happened before, to those involved:',
    ...failure.recent.map((line) => `    ${line}`),
  ]
    .map((line) => (line.length > columns ? `${line.slice(0, columns - 1)}…` : line))
    .join('\n');
}

/** A window for people: a period of the calendar has no one length, and goes by its name. */
function windowOf({ period, windowMs }: LimitSpec): string {
  const window = period === undefined ? showDuration(windowMs) : PERIOD_LENGTHS[period.unit];
  return window.replace(/^\d+/, '$& ');
}

const PERIOD_LENGTHS = { hour: '1h', day: '1d', week: '1w', month: '1mo' } as const;
