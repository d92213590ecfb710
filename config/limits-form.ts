import { stringify } from 'yaml';
import type { LimitSpec } from '../src/core/limit.ts';
import { showDuration } from './duration.ts';
import { PERIODS } from './limit-checks.ts';

/** A limit as a file of limits has it: plain JSON, without what would be the default anyway. */
export type LimitForm = Readonly<Record<string, unknown>> & { readonly name: string };

/** A file of limits as plain JSON. */
export type LimitsForm = {
  readonly version: 1;
  readonly environment?: string;
  readonly limits: readonly LimitForm[];
};

/** The form that `specOf` reads back as the very same limit. */
export function formOf(spec: LimitSpec): LimitForm {
  const { name, resource, domain, dimensions, algorithm, limit, reclaimPermille, shares, weights } = spec;
  const hasDimensions = Object.keys(dimensions).length > 0;
  return {
    name,
    match: {
      ...(domain !== undefined && { domain }),
      ...((domain === undefined || resource !== '*') && { resource }),
      ...(hasDimensions && { dimensions }),
    },
    algorithm,
    limit,
    ...countingOf(spec),
    mode: spec.mode,
    ...(spec.rolloutPermille !== undefined && { rollout: `${spec.rolloutPermille / 10}%` }),
    ...(spec.priority !== undefined && { priority: spec.priority }),
    ...(reclaimPermille !== 500 && { reclaim: reclaimPermille / 1_000 }),
    ...(weights === undefined
      ? shares === 'static' && { shares }
      : {
          shares: Object.fromEntries(
            Object.entries(weights).map(([region, share]) => [region, share / 1_000]),
          ),
        }),
    ...(spec.consistency !== undefined && { consistency: spec.consistency }),
    ...(spec.onError !== undefined && { onError: spec.onError }),
    ...(spec.overrides !== undefined && { overrides: spec.overrides }),
  };
}

/** A file of limits as YAML, which `parseLimits` reads back. */
export function showLimits(form: LimitsForm): string {
  return stringify(form, { lineWidth: 0, aliasDuplicateObjects: false });
}

function countingOf({ algorithm, windowMs, burst, delayMsMax, period }: LimitSpec): object {
  switch (algorithm) {
    case 'fixed-window':
    case 'sliding-window':
      return { window: showDuration(windowMs) };
    case 'token-bucket':
      return { window: showDuration(windowMs), burst };
    case 'leaky-bucket':
      return { window: showDuration(windowMs), burst, maxDelay: showDuration(delayMsMax ?? 0) };
    case 'concurrency':
      return { lease: showDuration(windowMs) };
    case 'quota': {
      const window = Object.entries(PERIODS).find(([, unit]) => unit === period?.unit)?.[0];
      return {
        window,
        ...(period !== undefined && period.timeZone !== 'UTC' && { timezone: period.timeZone }),
      };
    }
  }
}
