import { isDeepStrictEqual } from 'node:util';
import type { Member } from '../core/limit.ts';
import type { LimitForm } from './ports.ts';

/** What a version holds, in the form of the files that it came from. */
export type Content = {
  readonly members: readonly Member[];
  readonly retired: readonly string[];
  readonly limits: readonly LimitForm[];
};

/** One field that differs; absent on the side that does not have it. */
export type FieldChange = { readonly field: string; readonly before?: unknown; readonly after?: unknown };

/** One limit that differs; of one that is new or gone, all its fields. */
export type LimitChange = {
  readonly name: string;
  readonly kind: 'added' | 'removed' | 'changed';
  readonly fields: readonly FieldChange[];
};

/** What makes one version another. */
export type Difference = {
  readonly limits: readonly LimitChange[];
  /** The same limits stand in another order. */
  readonly reordered: boolean;
  /** Weights by region, and which regions are retired. */
  readonly members: readonly FieldChange[];
};

/** What changes from `before` to `after`. */
export function differenceOf(before: Content, after: Content): Difference {
  const old = new Map(before.limits.map((limit) => [limit.name, limit]));
  const young = new Map(after.limits.map((limit) => [limit.name, limit]));
  const limits = [...new Set([...old.keys(), ...young.keys()])].flatMap((name): LimitChange[] => {
    const [was, is] = [old.get(name), young.get(name)];
    const fields = fieldChanges(was, is);
    const kind = was === undefined ? 'added' : is === undefined ? 'removed' : 'changed';
    return fields.length === 0 ? [] : [{ name, kind, fields }];
  });
  const kept = [...old.keys()].filter((name) => young.has(name));
  const reordered = !isDeepStrictEqual(
    kept,
    [...young.keys()].filter((name) => old.has(name)),
  );
  return { limits, reordered, members: fieldChanges(membersOf(before), membersOf(after)) };
}

/** Whether nothing differs. */
export function isNoDifference({ limits, reordered, members }: Difference): boolean {
  return limits.length === 0 && members.length === 0 && !reordered;
}

/** The difference as text for people: `+` new, `-` gone, `~` changed, with the fields of what changed below it. */
export function differenceText({ limits, reordered, members }: Difference): string {
  const lines = limits.flatMap(({ name, kind, fields }) => [
    `${SIGN[kind]} ${name}`,
    ...fields.map((change) => `    ${fieldText(change)}`),
  ]);
  if (reordered) lines.push('~ the order of limits');
  if (members.length > 0) lines.push('~ regions', ...members.map((change) => `    ${fieldText(change)}`));
  return lines.join('\n');
}

/** The difference in one line for each limit. */
export function summaryOf({ limits, reordered, members }: Difference): readonly string[] {
  return [
    ...limits.map(({ name, kind, fields }) =>
      kind === 'changed' ? `~ ${name}: ${fields.map(fieldText).join(', ')}` : `${SIGN[kind]} ${name}`,
    ),
    ...(reordered ? ['~ the order of limits'] : []),
    ...(members.length > 0 ? [`~ regions: ${members.map(fieldText).join(', ')}`] : []),
  ];
}

const SIGN = { added: '+', removed: '-', changed: '~' } as const;

function fieldText({ field, before, after }: FieldChange): string {
  if (before === undefined) return `${field}: ${JSON.stringify(after)}`;
  return `${field}: ${JSON.stringify(before)} → ${after === undefined ? 'none' : JSON.stringify(after)}`;
}

function membersOf({ members, retired }: Content): Readonly<Record<string, unknown>> {
  return {
    ...Object.fromEntries(members.map(({ region, ...seat }) => [region, seat])),
    ...Object.fromEntries(retired.map((region) => [`retired.${region}`, true])),
  };
}

function fieldChanges(was: object = {}, is: object = {}): readonly FieldChange[] {
  const [before, after] = withoutEqual(was as Fields, is as Fields);
  const old = new Map(leaves(before, ''));
  const young = new Map(leaves(after, ''));
  return [...new Set([...old.keys(), ...young.keys()])]
    .filter((field) => !isDeepStrictEqual(old.get(field), young.get(field)))
    .map((field) => ({
      field,
      ...(old.has(field) && { before: old.get(field) }),
      ...(young.has(field) && { after: young.get(field) }),
    }));
}

type Fields = Readonly<Record<string, unknown>>;

/** Both without the fields that are written alike: of thousands of limits few change, and of those few fields. */
function withoutEqual(was: Fields, is: Fields): readonly [Fields, Fields] {
  const before: Record<string, unknown> = {};
  const after: Record<string, unknown> = {};
  const texts = new Map(Object.entries(is).map(([name, field]) => [name, JSON.stringify(field)]));
  for (const [name, field] of Object.entries(was)) {
    if (texts.get(name) === JSON.stringify(field)) texts.delete(name);
    else before[name] = field;
  }
  for (const name of texts.keys()) after[name] = is[name];
  return [before, after];
}

/** Every value with its path. Overrides go by the keys that they are for, so that one more at the top changes one only. */
function leaves(value: object, path: string): [string, unknown][] {
  return Object.entries(value).flatMap(([name, field]: [string, unknown]): [string, unknown][] => {
    const place = path === '' ? name : `${path}.${name}`;
    if (name === 'overrides' && Array.isArray(field))
      return field.flatMap((each) => overrideLeaves(each, place));
    if (typeof field === 'object' && field !== null && !Array.isArray(field)) return leaves(field, place);
    return [[place, field]];
  });
}

function overrideLeaves(override: object, path: string): [string, unknown][] {
  const { dimensions, ...amounts } = override as { readonly dimensions: Readonly<Record<string, string>> };
  const keys = Object.entries(dimensions)
    .map(([name, value]) => `${name}=${value}`)
    .sort();
  return leaves(amounts, `${path}[${keys.join(', ')}]`);
}
