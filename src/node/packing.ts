import type { Decision, Refunded, SpentIn, Verdict } from '../core/decision.ts';
import type { Limit } from '../core/limit.ts';

/** A decision as one node tells it to another: a limit is called by its name, for both have it. */
export type PackedDecision = Omit<Decision, 'verdict' | 'verdicts'> & {
  /** Which of the verdicts is the most restrictive; −1 where there is none. */
  readonly chosen: number;
  readonly verdicts: readonly PackedVerdict[];
};

type PackedVerdict = Omit<Verdict, 'limit'> & { readonly limit: string };

export type PackedRefund = Omit<Refunded, 'limit'> & { readonly limit: string };

/** Finds a limit by its name; undefined where this node does not know it. */
export type FindLimit = (name: string) => Limit | undefined;

/** Makes a decision ready to be told to another node. */
export function packDecision({ verdict, verdicts, ...rest }: Decision): PackedDecision {
  return {
    ...rest,
    chosen: verdict === undefined ? -1 : verdicts.indexOf(verdict),
    verdicts: verdicts.map((each) => ({ ...each, limit: each.limit.name })),
  };
}

/** The decision again; undefined where it rests on a limit that this node does not know yet, or not any more. */
export function unpackDecision(packed: PackedDecision, find: FindLimit): Decision | undefined {
  const { chosen, verdicts, ...rest } = packed;
  const found: Verdict[] = [];
  for (const verdict of verdicts) {
    const limit = find(verdict.limit);
    if (limit === undefined) return undefined;
    found.push({ ...verdict, limit });
  }
  // What a codec leaves out of an answer is undefined here as it was there.
  return { ...rest, lease: rest.lease ?? undefined, verdict: found[chosen], verdicts: found };
}

/** The same of a refund. */
export function packRefund({ limit, key, permits }: Refunded): PackedRefund {
  return { limit: limit.name, key, permits };
}

/** Refunds under the limits that this node knows. */
export function unpackRefunds(packed: readonly PackedRefund[], find: FindLimit): Refunded[] {
  return packed.flatMap(({ limit: name, ...rest }) => {
    const limit = find(name);
    return limit === undefined ? [] : [{ ...rest, limit }];
  });
}

/** When permits were spent, as one node tells it to another: a time, or windows by limit. */
export type PackedSpentIn = number | readonly (readonly [limit: string, windowId: number])[] | null;

/** Makes ready to be told when permits were spent. */
export function packSpentIn(spentIn: SpentIn | undefined): PackedSpentIn {
  if (spentIn === undefined) return null;
  return 'atMs' in spentIn ? spentIn.atMs : [...spentIn];
}

/** The same again. */
export function unpackSpentIn(packed: PackedSpentIn): SpentIn | undefined {
  if (packed === null) return undefined;
  return typeof packed === 'number' ? { atMs: packed } : new Map(packed);
}
