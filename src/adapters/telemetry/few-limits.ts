import type { LimitView } from '../../core/view.ts';

/** Limits that have series of their own, about thirty each; what is beyond is told in one sum, so that a scrape stays bounded. */
export const LIMITS_TOLD_MAX = 1_000;

/** What stands for the name of a limit that is one of many. No limit can be called so. */
const OTHERS = '(others)';

/** The limits by name, and the sum of those beyond `LIMITS_TOLD_MAX` as one more. */
export function fewLimits(limits: readonly LimitView[]): readonly LimitView[] {
  if (limits.length <= LIMITS_TOLD_MAX) return limits;
  return [...limits.slice(0, LIMITS_TOLD_MAX), limits.slice(LIMITS_TOLD_MAX).reduce(together)];
}

function together(a: LimitView, b: LimitView): LimitView {
  const { given, received, asked, refused } = a.transfers;
  return {
    // A counter per value, so that nobody takes it for one window.
    spec: { ...a.spec, name: OTHERS, dimensions: { limit: '*' }, limit: a.spec.limit + b.spec.limit },
    bases: summed(a.bases, b.bases),
    entitlement: a.entitlement + b.entitlement,
    keys: a.keys + b.keys,
    demand: a.demand + b.demand,
    checks: checksOf(a, b),
    permitsAllowed: a.permitsAllowed + b.permitsAllowed,
    permitsDenied: a.permitsDenied + b.permitsDenied,
    nearLimit: a.nearLimit + b.nearLimit,
    permitsGiven: a.permitsGiven + b.permitsGiven,
    permitsReceived: a.permitsReceived + b.permitsReceived,
    transfers: {
      given: given + b.transfers.given,
      received: received + b.transfers.received,
      asked: asked + b.transfers.asked,
      refused: refused + b.transfers.refused,
    },
    reclaimed: summed(a.reclaimed, b.reclaimed),
    keysForgotten: a.keysForgotten + b.keysForgotten,
    permitsOver: a.permitsOver + b.permitsOver,
    permitsUncounted: a.permitsUncounted + b.permitsUncounted,
  };
}

type Amounts = readonly (readonly [string, number])[];

function summed(a: Amounts, b: Amounts): Amounts {
  const sums = new Map(a);
  for (const [name, amount] of b) sums.set(name, (sums.get(name) ?? 0) + amount);
  return [...sums];
}

function checksOf(a: LimitView, b: LimitView): LimitView['checks'] {
  const sums = new Map(a.checks.map((check) => [`${check.outcome} ${check.reason}`, check]));
  for (const check of b.checks) {
    const name = `${check.outcome} ${check.reason}`;
    sums.set(name, { ...check, count: check.count + (sums.get(name)?.count ?? 0) });
  }
  return [...sums.values()];
}
