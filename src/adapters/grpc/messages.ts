/** The messages of the rate limit service, as the protocol buffer library hands them over: defaults filled in, enumerations as numbers. */

/** `envoy.service.ratelimit.v3.RateLimitRequest`. */
export type RateLimitRequest = {
  readonly domain: string;
  readonly descriptors: readonly RateLimitDescriptor[];
  readonly hitsAddend: number;
};

/** `envoy.extensions.common.ratelimit.v3.RateLimitDescriptor`. */
export type RateLimitDescriptor = {
  readonly entries: readonly { readonly key: string; readonly value: string }[];
  readonly limit: RateLimitOverride | null;
  readonly hitsAddend: { readonly value: number } | null;
  readonly isNegativeHits: boolean;
};

/** The limit that a gateway sends along for one descriptor. */
export type RateLimitOverride = {
  readonly requestsPerUnit: number;
  /** An index of `UNITS`. */
  readonly unit: number;
  readonly unitMultiplier: { readonly value: number } | null;
};

/** `envoy.service.ratelimit.v3.RateLimitResponse`. */
export type RateLimitResponse = {
  readonly overallCode: Code;
  readonly statuses: readonly DescriptorStatus[];
  readonly responseHeadersToAdd: readonly { readonly key: string; readonly value: string }[];
  readonly dynamicMetadata?: { readonly fields: Readonly<Record<string, { readonly stringValue: string }>> };
};

/** What became of one descriptor; one that met no limit has nothing but its code. */
export type DescriptorStatus = {
  readonly code: Code;
  readonly currentLimit?: {
    readonly requestsPerUnit: number;
    readonly unit: number;
    readonly name: string;
    readonly unitMultiplier?: { readonly value: number };
  };
  readonly limitRemaining?: number;
  readonly durationUntilReset?: { readonly seconds: number };
};

/** `RateLimitResponse.Code`, by number. */
export const CODES = ['UNKNOWN', 'OK', 'OVER_LIMIT'] as const;
export const OK = 1;
export const OVER_LIMIT = 2;
export type Code = typeof OK | typeof OVER_LIMIT;

/** `RateLimitUnit` and `RateLimitResponse.RateLimit.Unit`, by number. */
export const UNITS = ['UNKNOWN', 'SECOND', 'MINUTE', 'HOUR', 'DAY', 'MONTH', 'YEAR'] as const;

/** Milliseconds of the units that have always the same, by number. */
const UNIT_MS: Readonly<Record<number, number>> = { 1: 1_000, 2: 60_000, 3: 3_600_000, 4: 86_400_000 };

/** Milliseconds of a window that is written in units; undefined where their length varies, as a month's does. */
export function windowMsOf(unit: number, multiplier: number): number | undefined {
  const unitMs = UNIT_MS[unit];
  return unitMs === undefined ? undefined : unitMs * multiplier;
}

/** A window of whole seconds in the largest unit that it is a multiple of. */
export function unitsOf(windowMs: number): { readonly unit: number; readonly multiplier: number } {
  for (const unit of [4, 3, 2]) {
    const multiplier = windowMs / (UNIT_MS[unit] ?? 1);
    if (Number.isInteger(multiplier)) return { unit, multiplier };
  }
  return { unit: 1, multiplier: Math.ceil(windowMs / 1_000) };
}
