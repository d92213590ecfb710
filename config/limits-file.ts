import type { Static } from 'typebox';
import type { LimitSpec } from '../src/core/limit.ts';
import { milliseconds } from './field.ts';
import { type ReadFile, readText } from './file-text.ts';
import { Findings } from './findings.ts';
import { freeze } from './freeze.ts';
import { LIMITS } from './limits-schema.ts';
import type { Problem } from './problem.ts';
import { type Sound, validate } from './validate.ts';
import { readYaml } from './yaml-text.ts';

/** Largest file of limits: 10,000 of 800 bytes each. */
export const LIMITS_FILE_BYTES_MAX = 8 * 1024 * 1024;

/** All limits of a file, frozen, or everything that is wrong with it. */
export type LimitsResult =
  | { readonly ok: true; readonly limits: readonly LimitSpec[] }
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

/** The same for the text of such a file; `file` is what problems call it. */
export function parseLimits(text: string, file: string): LimitsResult {
  const findings = new Findings(file);
  const tree = readYaml(text, { origin: file, path: '', variables: undefined }, findings) ?? {};
  const draft = validate(LIMITS, tree, findings);
  refuseDoubleNames(draft?.limits ?? [], findings);
  const problems = findings.problems();
  if (problems.length > 0) return { ok: false, problems };
  // Nothing was reported, so nothing is missing from the draft.
  return { ok: true, limits: freeze((draft as LimitsFile).limits.map(specOf)) };
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

/** The limit that an entry of a file means, units settled. */
export function specOf(limit: LimitsFile['limits'][number]): LimitSpec {
  const { name, match, algorithm, shares, mode } = limit;
  return {
    name,
    resource: match.resource,
    dimensions: match.dimensions,
    algorithm,
    limit: limit.limit,
    windowMs: milliseconds(limit.window),
    reclaimPermille: Math.round(limit.reclaim * 1_000),
    shares,
    mode,
  };
}
