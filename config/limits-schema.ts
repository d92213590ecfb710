import Type from 'typebox';
import { EPOCH_MS } from '../src/bounds.ts';
import { showDuration } from './duration.ts';
import { choice, decimal, dictionary, duration, group, integer, isText, list, text } from './field.ts';
import { regionName } from './named-fields.ts';

const plainText = 'text of 1 to 256 bytes without control characters';

/** Stars in one pattern. */
const STARS_MAX = 8;

const name = text({
  description: 'Names the limit in answers, headers and metrics.',
  expects:
    'a name of 1 to 128 letters, digits, dots, hyphens and underscores that starts with a letter or digit',
  accepts: (text) => /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(text),
});

/** What a resource looks like, for those who left it out too. */
export const RESOURCE_EXPECTS = `${plainText}: a resource, with * for any text, such as api.orders.*`;

const match = group(
  {
    resource: Type.Optional(
      text({
        description: 'The resources that the limit is about; * stands for any text..',
        expects: RESOURCE_EXPECTS,
        accepts: (text) => isText(text, 1, 256) && text.split('*').length <= STARS_MAX + 1,
      }),
    ),
    domain: Type.Optional(
      text({
        description:
          'The domain of an Envoy rate limit service that the limit is about: no other request meets it. Without, a limit meets such requests by its resource, for which the domain then stands.',
        expects: `${plainText} and without *: a domain exactly, as the gateway's configuration has it`,
        accepts: (text) => isText(text, 1, 256) && !text.includes('*'),
      }),
    ),
    dimensions: dictionary(
      text({
        description: 'A value exactly, or * for one counter per value.',
        expects: `${plainText}; * for one counter per value`,
      }),
      {
        description: 'What else a request must carry.',
        default: {},
        to: 16,
        names: text({ description: 'Name of a dimension.', expects: plainText }),
      },
    ),
  },
  { description: 'The requests that the limit is about.', required: true },
);

const permits = {
  unit: 'permits',
  from: 0,
  to: 1_000_000_000,
} as const;

/** Another amount for some keys, as it stands in a limit or by itself. */
export const OVERRIDE = group(
  {
    dimensions: dictionary(
      text({ description: 'A value exactly, or * for any.', expects: `${plainText}; * for any value` }),
      {
        description: 'The keys that this amount is for: values of dimensions that the limit counts by.',
        to: 16,
        names: text({ description: 'Name of a dimension.', expects: plainText }),
      },
    ),
    limit: integer({ description: 'What all regions together admit for these keys.', ...permits }),
    burst: Type.Optional(
      integer({ description: 'Buckets: what can be saved up for these keys.', ...permits }),
    ),
  },
  { description: 'Another amount for some keys.', required: true },
);

const shares = Type.Refine(
  Type.Unsafe<'demand' | 'static' | Readonly<Record<string, number>>>({
    description:
      'Whether shares follow demand, stay where the quotas put them, or begin from quotas of this limit’s own.',
    default: 'demand',
    expects: 'demand, static, or percentages by region such as { us-east: 60, eu-west: 40 }',
  }),
  (value) => value === 'demand' || value === 'static' || arePercentages(value),
);

/** One limit, as it stands in a file of limits or by itself. */
export const LIMIT = group(
  {
    name,
    match,
    algorithm: choice(
      ['fixed-window', 'sliding-window', 'token-bucket', 'leaky-bucket', 'concurrency', 'quota'],
      { description: 'How permits are counted over time.', default: 'fixed-window' },
    ),
    limit: integer({
      description: 'What all regions together admit in one window; of concurrency, at one time.',
      ...permits,
    }),
    window: Type.Optional(
      duration({
        description:
          'Length of the window, aligned to the Unix epoch unless it slides; of a bucket, the time in which `limit` permits come in; of a quota, 1h, 1d, 1w or 1mo of the calendar.',
        from: showDuration(EPOCH_MS),
        to: '1d',
        step: showDuration(EPOCH_MS),
        also: ['1w', '1mo'],
      }),
    ),
    burst: Type.Optional(
      integer({
        description: 'Buckets: how many permits can be saved up. As many as `limit`, unless said.',
        ...permits,
      }),
    ),
    maxDelay: Type.Optional(
      duration({
        description:
          'Leaky buckets: how long an early request may be told to wait. 1s, unless said; a strict limit tells no longer wait than regions vote ahead (`cluster.lookahead`).',
        from: '0ms',
        to: '10s',
      }),
    ),
    lease: Type.Optional(
      duration({
        description:
          'Concurrency: how long a permit is held that is neither released nor renewed. 30s, unless said.',
        from: '1s',
        to: '10m',
        step: '1s',
      }),
    ),
    timezone: Type.Optional(
      text({
        description: 'Quotas: the time zone whose calendar they follow. UTC, unless said.',
        expects: 'a name such as Europe/Berlin',
      }),
    ),
    mode: choice(['enforce', 'shadow', 'disabled'], {
      description: 'Whether denials are carried out, only counted, or the limit ignored.',
      default: 'enforce',
    }),
    rollout: Type.Optional(
      text({
        description:
          'The part of the keys for which denials are carried out already; for the rest they are only counted.',
        expects: 'a percentage from 0% to 100% with at most one decimal, such as 10%',
        accepts: (text) => parsePermille(text) !== undefined,
      }),
    ),
    priority: Type.Optional(
      integer({
        description: 'Limits of higher importance are named first where several deny.',
        from: 0,
        to: 1_000,
      }),
    ),
    reclaim: decimal({
      description:
        'The part of a lost region’s share that the others may take over; what is left stays reserved for it.',
      default: 0.5,
      from: 0,
      to: 0.8,
    }),
    shares,
    consistency: choice(['strict', 'available'], {
      description:
        'Strict: never more than the limit. Available: as much as is not known to be used, which may be more while regions cannot hear each other.',
      default: 'strict',
    }),
    onError: choice(['open', 'closed'], {
      description:
        'What becomes of a request that this region cannot decide about, because its memory is full.',
      default: 'closed',
    }),
    overrides: list(OVERRIDE, {
      description: 'Other amounts for some keys. One that names all values beats one that names some.',
      default: [],
      from: 0,
      to: 1_000,
      expects: 'overrides',
    }),
  },
  { description: 'One limit.', required: true },
);

/** A file of limits (api.md §6). Every field's meaning, default and bounds are here and nowhere else. */
export const LIMITS = group(
  {
    version: Type.Refine(
      Type.Unsafe<1>({ description: 'Version of this format.', expects: '1, the only version there is' }),
      (value) => value === 1,
    ),
    environment: Type.Optional(
      regionName({ description: 'The environment that the limits are for; any other refuses them.' }),
    ),
    mode: choice(['enforce', 'shadow'], {
      description: 'With shadow, no limit of the file denies anything: all are only counted.',
      default: 'enforce',
    }),
    limits: list(LIMIT, { description: 'The limits.', from: 0, to: 10_000, expects: 'limits' }),
  },
  { description: 'A file of limits.', required: true },
);

/** Thousandths that a text such as `10%` or `0.5%` means; undefined when it means none. */
export function parsePermille(text: string): number | undefined {
  const [, whole, tenth = '0'] = /^(\d{1,3})(?:\.(\d))?%$/.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const permille = Number(whole) * 10 + Number(tenth);
  return permille <= 1_000 ? permille : undefined;
}

function arePercentages(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const shares = Object.values(value);
  return (
    shares.length > 0 &&
    shares.length <= 256 &&
    shares.every((share) => typeof share === 'number' && share >= 0 && share <= 100) &&
    shares.some((share) => share > 0)
  );
}
