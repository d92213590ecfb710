import type { LimitSpec } from '../src/core/limit.ts';
import type { Override } from '../src/core/overrides.ts';
import { Findings } from './findings.ts';
import { freeze } from './freeze.ts';
import { checkDelay, checkLimit } from './limit-checks.ts';
import { type LimitsPlace, specOf } from './limits-file.ts';
import { LIMIT, OVERRIDE } from './limits-schema.ts';
import type { Problem } from './problem.ts';
import { validate } from './validate.ts';
import { isGroup } from './written.ts';
import { readYaml } from './yaml-text.ts';

/** What a text means, or everything that is wrong with it. */
export type TextResult<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Reads one limit as it would stand in a file of limits. Its name may be left out, as `name` says it, but must not be another; `origin` is what
 * problems call the text.
 * Never throws.
 */
export function parseLimit(
  text: string,
  name: string,
  { origin, lookaheadEpochs }: LimitsPlace & { readonly origin: string },
): TextResult<LimitSpec> {
  return parse(text, origin, (tree, findings) => {
    if (isGroup(tree)) {
      tree['name'] ??= name;
      if (tree['name'] !== name) {
        const hint = 'leave it out, or remove the limit and make another';
        findings.report('/name', { message: `is not ${JSON.stringify(name)}`, hint });
      }
    }
    const draft = validate(LIMIT, tree, findings);
    if (draft !== undefined) {
      checkLimit(draft, '', findings);
      checkDelay(draft, '', { findings, lookaheadEpochs });
    }
    // Nothing was reported, so nothing is missing from the draft.
    return () => specOf(draft as Parameters<typeof specOf>[0]);
  });
}

/** Reads one override of a limit; whether it suits the limit is for `parseLimit` to say. Never throws. */
export function parseOverride(text: string, origin: string): TextResult<Override> {
  return parse(text, origin, (tree, findings) => {
    const draft = validate(OVERRIDE, tree, findings);
    return () => draft as Override;
  });
}

function parse<Value>(
  text: string,
  origin: string,
  read: (tree: unknown, findings: Findings) => () => Value,
): TextResult<Value> {
  const findings = new Findings(origin);
  const tree = readYaml(text, { origin, path: '', variables: undefined }, findings) ?? {};
  const value = read(tree, findings);
  const problems = findings.problems();
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: freeze(value()) };
}
