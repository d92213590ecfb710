import Type from 'typebox';
import { hasThreeDecimals } from './field.ts';

/** Largest quota of one region; with three decimals, the weights of all regions stay small enough for exact shares of 1e9. */
const QUOTA_MAX = 1_000;

/** The field of a region's quota. */
export const quota = Type.Refine(
  Type.Unsafe<number | string>({
    description:
      'Share of every limit, in proportion to the other enabled regions; 0 makes a witness, which only votes.',
    expects: `a number from 0 to ${QUOTA_MAX} with at most three decimals, or a percentage such as 40%`,
  }),
  (value) => parseQuota(value) !== undefined,
);

/** Thousandths that a quota stands for: `40`, `"40%"` and `40.0` are all 40,000; undefined when it is no quota. */
export function parseQuota(quota: unknown): number | undefined {
  const percentage =
    typeof quota === 'string' ? /^(\d{1,4}(?:\.\d{1,3})?) ?%?$/.exec(quota.trim())?.[1] : undefined;
  const value = percentage === undefined ? quota : Number(percentage);
  if (typeof value !== 'number' || !hasThreeDecimals(value) || value < 0 || value > QUOTA_MAX)
    return undefined;
  return Math.round(value * 1_000);
}
