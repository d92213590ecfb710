import type { Static } from 'typebox';
import { PERIOD_MS_MAX } from '../src/bounds.ts';
import type { LimitSpec } from '../src/core/limit.ts';
import { milliseconds } from './field.ts';
import { type ReadFile, readText } from './file-text.ts';
import { Findings } from './findings.ts';
import { freeze } from './freeze.ts';
import { checkDelay, checkLimit, PERIODS } from './limit-checks.ts';
import { LIMITS, parsePermille } from './limits-schema.ts';
import type { Problem } from './problem.ts';
import { type Sound, validate } from './validate.ts';
import { readYaml } from './yaml-text.ts';

/** Largest file of limits: 10,000 of 800 bytes each. */
export const LIMITS_FILE_BYTES_MAX = 8 * 1024 * 1024;

/** All limits of a file, frozen, or everything that is wrong with it. */
export type LimitsResult =
  | {
      readonly ok: true;
      readonly limits: readonly LimitSpec[];
      /** Whom they are for; undefined where the file does not say. */
      readonly environment: string | undefined;
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

type LimitsFile = Static<typeof LIMITS>;

/**
 * Reads a file of limits (api.md §6). Nothing is filled in from the environment, so that the same file means the same limits
 * in every region. Never throws.
 */
export function loadLimits(file: string, readFile?: ReadFile): LimitsResult {
  const source = readText(file, LIMITS_FILE_BYTES_MAX, readFile);
  if ('text' in source) return parseLimits(source.text, file);
  const { wrong, ...where } = source;
  return { ok: false, problems: [{ origin: file, path: '', message: `the file ${wrong}`, ...where }] };
}

/** The deployment that limits are for, as far as it is known. */
export type LimitsPlace = {
  /** A file that is for another one is refused. */
  readonly environment?: string | undefined;
  /** How far ahead regions vote, in epochs: nobody is told to wait for longer than what is sure by then. */
  readonly lookaheadEpochs?: number | undefined;
};

/** The same for the text of such a file; `file` is what problems call it. */
export function parseLimits(
  text: string,
  file: string,
  { environment, lookaheadEpochs }: LimitsPlace = {},
): LimitsResult {
  const findings = new Findings(file);
  const tree = readYaml(text, { origin: file, path: '', variables: undefined }, findings) ?? {};
  const draft = validate(LIMITS, tree, findings);
  if (environment !== undefined && draft?.environment !== undefined && draft.environment !== environment)
    findings.report('/environment', {
      message: `the limits are for the environment ${draft.environment}`,
      hint: `this one is ${environment}`,
    });
  refuseDoubleNames(draft?.limits ?? [], findings);
  for (const [index, limit] of (draft?.limits ?? []).entries()) {
    if (limit === undefined) continue;
    checkLimit(limit, `/limits/${index}`, findings);
    checkDelay(limit, `/limits/${index}`, { findings, lookaheadEpochs });
  }
  const problems = findings.problems();
  if (problems.length > 0) return { ok: false, problems };
  // Nothing was reported, so nothing is missing from the draft.
  const { limits, mode, environment: written } = draft as LimitsFile;
  return { ok: true, limits: freeze(limits.map((limit) => specOf(limit, mode))), environment: written };
}

function refuseDoubleNames(limits: NonNullable<Sound<LimitsFile>['limits']>, findings: Findings): void {
  const seen = new Map<string, number>();
  for (const [index, limit] of limits.entries()) {
    if (limit?.name === undefined) continue;
    const first = seen.get(limit.name);
    if (first === undefined) {
      seen.set(limit.name, index);
      continue;
    }
    const line = findings.placeOf(`/limits/${first}/name`).line;
    const message = `the name ${JSON.stringify(limit.name)} is taken`;
    findings.report(`/limits/${index}/name`, {
      message,
      hint: `the limit on line ${line} has it; choose another`,
    });
  }
}

type LimitEntry = LimitsFile['limits'][number];

/** The limit that an entry of a file means, units settled; in a file whose mode is `shadow` none is enforced. */
export function specOf(limit: LimitEntry, fileMode: LimitsFile['mode'] = 'enforce'): LimitSpec {
  const { name, match, algorithm, shares, consistency, onError, priority, rollout } = limit;
  return {
    name,
    resource: match.resource ?? '*',
    ...(match.domain !== undefined && { domain: match.domain }),
    dimensions: match.dimensions,
    algorithm,
    limit: limit.limit,
    ...countingOf(limit),
    reclaimPermille: Math.round(limit.reclaim * 1_000),
    shares: shares === 'static' ? 'static' : 'demand',
    ...(typeof shares === 'object' && { weights: weightsOf(shares) }),
    ...(consistency === 'available' && { consistency }),
    ...(onError === 'open' && { onError }),
    mode: fileMode === 'shadow' && limit.mode === 'enforce' ? 'shadow' : limit.mode,
    ...(rollout !== undefined && { rolloutPermille: parsePermille(rollout) ?? 0 }),
    ...(priority !== undefined && { priority }),
    ...(limit.overrides.length > 0 && { overrides: limit.overrides }),
  };
}

/** What an algorithm counts by. */
function countingOf({ algorithm, window = '1s', burst, maxDelay, lease, timezone, limit }: LimitEntry) {
  switch (algorithm) {
    case 'fixed-window':
    case 'sliding-window':
      return { windowMs: milliseconds(window) };
    case 'token-bucket':
      return { windowMs: milliseconds(window), burst: burst ?? limit };
    case 'leaky-bucket':
      return {
        windowMs: milliseconds(window),
        burst: burst ?? limit,
        delayMsMax: milliseconds(maxDelay ?? '1s'),
      };
    case 'concurrency':
      return { windowMs: milliseconds(lease ?? '30s') };
    case 'quota': {
      const unit = PERIODS[window as keyof typeof PERIODS];
      return { windowMs: PERIOD_MS_MAX[unit], period: { unit, timeZone: timezone ?? 'UTC' } };
    }
  }
}

/** Whole weights in proportion to percentages. */
function weightsOf(shares: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(shares).map(([region, share]) => [region, Math.round(share * 1_000)]),
  );
}
