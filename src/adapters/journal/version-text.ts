import type { VersionsRecord } from '../../core/journal.ts';
import type { LimitSpec, Member } from '../../core/limit.ts';

type Versions = VersionsRecord['versions'];
type Kind = 'string' | 'number' | 'object';
type Shape = Readonly<Record<string, Kind | `${Kind}?`>>;

// Books of another shape are not taken up: a limit with a field too few or too many would mean something else to this program. Whoever
// changes these types changes the shape here; and the version in payload.ts too, unless the field is new and may be left out: then older books
// are still what they were, and an older program sees a field too many in newer ones.
const MEMBER = { region: 'string', weight: 'number', address: 'string?' } as const satisfies ShapeOf<Member>;
const LIMIT = {
  name: 'string',
  resource: 'string',
  domain: 'string?',
  dimensions: 'object',
  algorithm: 'string',
  limit: 'number',
  windowMs: 'number',
  period: 'object?',
  burst: 'number?',
  delayMsMax: 'number?',
  reclaimPermille: 'number',
  shares: 'string',
  weights: 'object?',
  consistency: 'string?',
  onError: 'string?',
  mode: 'string',
  rolloutPermille: 'number?',
  priority: 'number?',
  overrides: 'object?',
} as const satisfies ShapeOf<LimitSpec>;
const CONFIGURATION = { members: 'object', limits: 'object', retired: 'object' } as const satisfies ShapeOf<
  Versions[number]['configuration']
>;

type ShapeOf<T> = { readonly [K in keyof Required<T>]: Shape[string] };

/** Versions as text: few, seldom written, and easy to read when somebody looks into a journal. */
export function versionsText(versions: Versions): string {
  return JSON.stringify(
    versions.map(({ id, configuration, adoptedFrom }) => [id, configuration, adoptedFrom]),
  );
}

/** The versions that `versionsText` made this of; undefined when the text is anything else. */
export function versionsOf(text: string): Versions | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(parsed) || !parsed.every(isVersion)) return undefined;
  return parsed.map(([id, configuration, adoptedFrom]) => ({ id, configuration, adoptedFrom }));
}

/** About how long the text of these versions is. */
export function versionsTextBytes(versions: Versions): number {
  let bytes = 64;
  for (const { configuration } of versions)
    bytes += 100 + 300 * configuration.limits.length + 80 * configuration.members.length;
  return bytes;
}

type Fields = [Versions[number]['id'], Versions[number]['configuration'], Versions[number]['adoptedFrom']];

function isVersion(value: unknown): value is Fields {
  if (!Array.isArray(value) || value.length !== 3) return false;
  const [id, configuration, adoptedFrom] = value as unknown[];
  if (!Array.isArray(id) || id.length !== 2 || !Number.isSafeInteger(id[0]) || typeof id[1] !== 'string')
    return false;
  if (!Number.isSafeInteger(adoptedFrom) || !hasShape(configuration, CONFIGURATION)) return false;
  const { members, limits, retired } = configuration as Readonly<Record<string, unknown>>;
  return (
    areAll(members, (member) => hasShape(member, MEMBER)) &&
    areAll(limits, (limit) => hasShape(limit, LIMIT)) &&
    areAll(retired, (region) => typeof region === 'string')
  );
}

function hasShape(value: unknown, shape: Shape): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Readonly<Record<string, unknown>>;
  const known = Object.entries(shape);
  return (
    known.every(([name, type]) =>
      type.endsWith('?') && fields[name] === undefined
        ? true
        : `${typeof fields[name]}` === type.replace('?', ''),
    ) && Object.keys(fields).every((name) => Object.hasOwn(shape, name))
  );
}

function areAll(values: unknown, holds: (value: unknown) => boolean): boolean {
  return Array.isArray(values) && values.every(holds);
}
