import Type from 'typebox';
import { EPOCH_MS } from '../src/bounds.ts';
import { showDuration } from './duration.ts';
import { choice, decimal, dictionary, duration, group, integer, isText, list, text } from './field.ts';

const plainText = 'text of 1 to 256 bytes without control characters';

const name = text({
  description: 'Names the limit in answers, headers and metrics.',
  expects:
    'a name of 1 to 128 letters, digits, dots, hyphens and underscores that starts with a letter or digit',
  accepts: (text) => /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(text),
});

const match = group(
  {
    resource: text({
      description: 'The resources that the limit is about.',
      expects: `${plainText}: a resource exactly, a prefix that ends in *, or * alone`,
      accepts: (text) => isText(text, 1, 256) && !text.slice(0, -1).includes('*'),
    }),
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
  { description: 'The requests that the limit is about.', required: true, later: ['domain'] },
);

const limit = group(
  {
    name,
    match,
    algorithm: choice(['fixed-window'], {
      description: 'How permits are counted over time.',
      default: 'fixed-window',
      later: ['sliding-window', 'token-bucket', 'leaky-bucket', 'concurrency', 'quota'],
    }),
    limit: integer({
      description: 'What all regions together admit in one window.',
      unit: 'permits',
      from: 0,
      to: 1_000_000_000,
    }),
    window: duration({
      description: 'Length of the window; windows are aligned to the Unix epoch.',
      from: showDuration(EPOCH_MS),
      to: '1d',
      step: showDuration(EPOCH_MS),
    }),
    mode: choice(['enforce', 'shadow', 'disabled'], {
      description: 'Whether denials are carried out, only counted, or the limit ignored.',
      default: 'enforce',
    }),
    reclaim: decimal({
      description:
        'The part of a lost region’s share that the others may take over; what is left stays reserved for it.',
      default: 0.5,
      from: 0,
      to: 0.8,
    }),
    shares: choice(['demand', 'static'], {
      description: 'Whether shares follow demand, or stay where the quotas put them.',
      default: 'demand',
    }),
    consistency: choice(['strict'], {
      description: 'Never more than the limit.',
      default: 'strict',
      later: ['available'],
    }),
  },
  {
    description: 'One limit.',
    required: true,
    later: ['burst', 'onError', 'rollout', 'priority', 'overrides', 'timezone', 'domain'],
  },
);

/** A file of limits (api.md §6). Every field's meaning, default and bounds are here and nowhere else. */
export const LIMITS = group(
  {
    version: Type.Refine(
      Type.Unsafe<1>({ description: 'Version of this format.', expects: '1, the only version there is' }),
      (value) => value === 1,
    ),
    limits: list(limit, { description: 'The limits.', from: 0, to: 10_000, expects: 'limits' }),
  },
  { description: 'A file of limits.', required: true },
);
