import { type TProperties, Type } from 'typebox';
import { HOT_KEYS_LISTED_MAX } from '../../../bounds.ts';
import { problems } from './problem-schema.ts';

const TAGS = ['state'];

const share = Type.Number({ minimum: 0, maximum: 1, description: 'part of every limit' });
const count = Type.Number({ minimum: 0 });
const milliseconds = Type.Optional(Type.Number());

const self = Type.Object({
  region: Type.String(),
  self: Type.Literal(true),
  status: Type.Literal('up'),
  weight: count,
  share,
  ledger: Type.String(),
  owns: Type.Boolean(),
});

const peer = Type.Object({
  region: Type.String(),
  self: Type.Literal(false),
  status: Type.Enum(['unheard', 'up', 'suspected']),
  weight: count,
  share,
  lastHeardAgoMs: milliseconds,
  roundTripMs: milliseconds,
  clockSkewMs: milliseconds,
  syncLatencyMs: milliseconds,
  snapshotAgoMs: milliseconds,
  owns: Type.Boolean(),
  fenced: Type.Boolean(),
  stale: Type.Boolean(),
});

const REGIONS = Type.Object(
  {
    region: Type.String(),
    epoch: Type.Integer(),
    sitting: Type.Boolean({ description: 'still sitting out: nothing may be used' }),
    draining: Type.Boolean(),
    degraded: Type.Boolean(),
    regions: Type.Array(Type.Union([self, peer])),
  },
  { description: 'This region and its peers.' },
);

const limit = Type.Object(
  {
    name: Type.String(),
    resource: Type.String(),
    domain: Type.Optional(Type.String({ description: 'of a rate limit service; no other request is met' })),
    dimensions: Type.Record(Type.String(), Type.String()),
    algorithm: Type.String(),
    limit: count,
    mode: Type.Enum(['enforce', 'shadow', 'disabled']),
    bases: Type.Record(Type.String(), count, { description: 'share of each region in one window' }),
    reclaimed: Type.Record(Type.String(), count, {
      description: 'part of the entitlement that comes from regions that are fenced',
    }),
    entitlement: Type.Number({ description: 'what this region may use of the current window' }),
    keys: count,
  },
  { title: 'Limit' },
);

const USAGE = Type.Object({
  limit: Type.String(),
  key: Type.String(),
  limitPermits: count,
  windows: Type.Array(
    Type.Object({
      startsAtMs: Type.Number(),
      endsAtMs: Type.Number(),
      used: count,
      byRegion: Type.Array(
        Type.Object({
          region: Type.String(),
          used: count,
          share: Type.Number({
            minimum: 0,
            description:
              'permits that it may use, as far as is known here: by votes, with what it was given and less what it gave',
          }),
        }),
      ),
    }),
  ),
});

/** `GET /metrics` for the document. */
export const GET_METRICS = {
  tags: TAGS,
  summary: 'Metrics, in the text format of Prometheus or as OpenMetrics',
  response: {
    ...problems(),
    200: {
      description: 'All metrics, in the format that `Accept` prefers.',
      content: {
        'text/plain': { schema: Type.String() },
        'application/openmetrics-text': { schema: Type.String() },
      },
    },
  },
};

/** `GET /v1/regions` for the document. */
export const GET_REGIONS = operation('Regions, as this one sees them', REGIONS);

/** `GET /v1/limits` for the document. */
export const GET_LIMITS = operation('All limits, as compiled', Type.Object({ limits: Type.Array(limit) }));

/** `GET /v1/limits/{name}` for the document. */
export const GET_LIMIT = {
  ...operation('One limit, as compiled', limit),
  params: Type.Object({ name: Type.String({ description: 'name of the limit' }) }),
  response: { ...problems('unknown_limit'), 200: json('The limit.', limit) },
};

/** `GET /v1/usage` for the document. */
export const GET_USAGE = {
  tags: TAGS,
  summary: "A key's counters in every region, this window and the last",
  querystring: Type.Object({
    limit: Type.String({ description: 'name of the limit' }),
    key: Type.Optional(
      Type.String({
        description:
          'the value of its `*` dimension; of several, their values in the order of the names, with commas between them',
      }),
    ),
  }),
  response: {
    ...problems('invalid_request', 'unknown_limit', 'region_silent'),
    200: json('The counters.', USAGE),
  },
};

const HOT_KEYS = Type.Object({
  region: Type.String(),
  keys: Type.Array(
    Type.Object({
      limit: Type.String(),
      key: Type.String({ description: 'the values of its `*` dimensions' }),
      demand: Type.Number({ minimum: 0, description: 'permits asked for a second here, admitted or not' }),
      refused: Type.Number({ minimum: 0, description: 'those of them that were refused' }),
      remaining: count,
      globalRemaining: count,
      short: Type.Boolean({ description: 'nothing is left here, or somebody has just been denied' }),
      askedAgoMs: Type.Optional(
        Type.Number({ description: 'since quota was asked of other regions for it' }),
      ),
    }),
  ),
});

/** `GET /v1/hot-keys` for the document. */
export const GET_HOT_KEYS = {
  tags: TAGS,
  summary: 'The keys that are asked for most here',
  description: `At most ${HOT_KEYS_LISTED_MAX}, the most wanted first: keys that have used a good part of this region's share or were denied.`,
  querystring: Type.Object({
    limit: Type.Optional(Type.String({ description: 'name of the limit; all of them when left out' })),
    by: Type.Optional(
      Type.Enum(['permits', 'denials'], {
        description:
          'all of them, by what is asked for; or those alone of which something is refused, by how much',
        default: 'permits',
      }),
    ),
  }),
  response: {
    ...problems('invalid_request', 'unknown_limit', 'region_silent'),
    200: json('The keys.', HOT_KEYS),
  },
};

function operation(summary: string, schema: ReturnType<typeof Type.Object<TProperties>>) {
  return { tags: TAGS, summary, response: { ...problems(), 200: json(`${summary}.`, schema) } };
}

function json<Schema>(description: string, schema: Schema) {
  return { description, content: { 'application/json': { schema } } };
}
