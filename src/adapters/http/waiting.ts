import type { Decision, Verdict } from '../../core/decision.ts';

/** Whether a verdict is one of those for which its decision denies; a limit in shadow mode only would have. */
export function denies(verdict: Verdict): boolean {
  return !verdict.allowed && verdict.reason !== 'shadow';
}

/** Milliseconds until the same request could pass under every limit that denied it: 0 when it passed, infinite when no waiting helps. */
export function waitMsOf({ allowed, verdicts }: Decision): number {
  let waitMs = 0;
  if (allowed) return waitMs;
  for (const verdict of verdicts) if (denies(verdict)) waitMs = Math.max(waitMs, verdict.retryAfterMs);
  return waitMs;
}

/** The verdict of a limit that never allows as many permits as were asked for; undefined when waiting helps. */
export function tooSmallFor(decision: Decision): Verdict | undefined {
  return decision.verdicts.find(
    (verdict) => denies(verdict) && verdict.retryAfterMs === Number.POSITIVE_INFINITY,
  );
}
