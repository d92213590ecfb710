import { isDeepStrictEqual } from 'node:util';
import type { LimitSpec } from '../core/limit.ts';
import { HeadgateError } from '../errors.ts';
import { LIMITS_MAX } from './bounds.ts';
import type { LimitsFormat, Reading } from './ports.ts';

/** An edit that says what all limits are to be, by itself or by what they once were. */
export type WholeEdit = Extract<Edit, { kind: 'replace' | 'roll-back' }>;

/** What somebody wants changed. Texts are YAML or JSON in the format of limits files. */
export type Edit =
  | { readonly kind: 'replace'; readonly text: string }
  | { readonly kind: 'put'; readonly name: string; readonly text: string }
  | { readonly kind: 'remove'; readonly name: string }
  | { readonly kind: 'put-override'; readonly name: string; readonly text: string }
  | {
      readonly kind: 'remove-override';
      readonly name: string;
      readonly dimensions: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'roll-back'; readonly to: string };

/**
 * The limits after an edit. Throws `HeadgateError`: `invalid_limits` with every problem, `unknown_limit`, `unknown_override`.
 */
export function limitsAfter(
  edit: Exclude<Edit, WholeEdit>,
  limits: readonly LimitSpec[],
  format: LimitsFormat,
): readonly LimitSpec[] {
  switch (edit.kind) {
    case 'put':
      return withLimit(limits, accepted(format.readLimit(edit.text, edit.name)));
    case 'remove':
      return limits.filter((limit) => limit !== named(limits, edit.name));
    case 'put-override': {
      const override = accepted(format.readOverride(edit.text));
      const spec = named(limits, edit.name);
      const others = spec.overrides?.map((each) => (isSame(each, override) ? override : each)) ?? [];
      const overrides = others.includes(override) ? others : [...others, override];
      return withLimit(limits, revised({ ...spec, overrides }, format));
    }
    case 'remove-override': {
      const { overrides = [], ...spec } = named(limits, edit.name);
      const left = overrides.filter((each) => !isSame(each, edit));
      if (left.length === overrides.length) throw new HeadgateError('unknown_override');
      return withLimit(limits, revised({ ...spec, overrides: left }, format));
    }
  }
}

/** Reads what was written; throws `invalid_limits` with every problem. */
export function accepted<Value>(reading: Reading<Value>): Value {
  if (reading.ok) return reading.value;
  throw new HeadgateError('invalid_limits', { problems: reading.problems });
}

/** A limit that was put together is held against the format's rules as one that was written is; its lines mean nothing to the caller. */
function revised({ overrides, ...spec }: LimitSpec, format: LimitsFormat): LimitSpec {
  const whole = overrides === undefined || overrides.length === 0 ? spec : { ...spec, overrides };
  const reading = format.readLimit(JSON.stringify(format.write(whole)), spec.name);
  if (reading.ok) return reading.value;
  const problems = reading.problems.map(({ field, detail }) => ({ field, detail }));
  throw new HeadgateError('invalid_limits', { problems });
}

function named(limits: readonly LimitSpec[], name: string): LimitSpec {
  const found = limits.find((limit) => limit.name === name);
  if (found === undefined) throw new HeadgateError('unknown_limit');
  return found;
}

function withLimit(limits: readonly LimitSpec[], spec: LimitSpec): readonly LimitSpec[] {
  if (limits.some(({ name }) => name === spec.name))
    return limits.map((limit) => (limit.name === spec.name ? spec : limit));
  if (limits.length < LIMITS_MAX) return [...limits, spec];
  const problem = {
    field: '',
    detail: `there are ${LIMITS_MAX} limits already, which is as many as there may be`,
  };
  throw new HeadgateError('invalid_limits', { problems: [problem] });
}

type Keys = { readonly dimensions: Readonly<Record<string, string>> };

function isSame(one: Keys, other: Keys): boolean {
  return isDeepStrictEqual({ ...one.dimensions }, { ...other.dimensions });
}
