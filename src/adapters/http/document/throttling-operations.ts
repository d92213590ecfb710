import { Type } from 'typebox';
import type { CauseName } from '../../../watch/throttling/causes.ts';
import { problems } from './problem-schema.ts';

/** What each cause means. */
const CAUSES: Readonly<Record<CauseName, string>> = {
  sitting_out: 'the region had just started and could use nothing yet',
  cut_off: 'the others did not hear this region, so that it could use its floor only',
  limit_lowered: 'the limit became less',
  store_lost: 'the region’s store was lost',
  peer_lost: 'a region was lost; its callers may have come here',
  journal_failing: 'the journal could not be written ahead of use',
  demand_rose: 'half as much again, or more, was asked for than in the minute before',
  hot_key: 'one key asked for more than all others that were refused',
  demand_above_limit: 'more was asked for than the whole world may use',
  demand_above_share: 'more was asked for here than this region may use',
  reload_failed: 'changed files had problems, so that the last good configuration stayed',
  limits_changed: 'limits were changed, but this one did not become less',
};

const count = Type.Number({ minimum: 0 });
const time = Type.Number({ description: 'milliseconds since 1970' });

const HAPPENING = Type.Object({
  id: Type.String(),
  atMs: time,
  kind: Type.String(),
  tone: Type.String(),
  event: Type.String(),
  text: Type.String(),
  region: Type.Optional(Type.String()),
});

const THROTTLED = Type.Object({
  limit: Type.String(),
  offered: Type.Number({ minimum: 0, description: 'permits asked for here' }),
  denied: Type.Number({ minimum: 0, description: 'permits that were denied' }),
  episodes: Type.Array(
    Type.Object({
      fromMs: time,
      toMs: time,
      offered: count,
      denied: count,
      byShare: Type.Number({
        minimum: 0,
        maximum: 1,
        description: 'part of the denied checks that this region’s share denied, not the limit of the world',
      }),
      offeredPerSecondMax: count,
    }),
    { description: 'times in which it denied again and again, the newest first' },
  ),
  causes: Type.Array(
    Type.Object({
      cause: Type.Enum(Object.keys(CAUSES) as CauseName[], {
        description: Object.entries(CAUSES)
          .map(([cause, meaning]) => `\`${cause}\`: ${meaning}`)
          .join('; '),
      }),
      text: Type.String(),
      likely: Type.Boolean({ description: 'explains the episode by itself' }),
      atMs: Type.Optional(time),
      region: Type.Optional(Type.String()),
    }),
    { description: 'of the newest episode, the likeliest first' },
  ),
  keys: Type.Array(
    Type.Object({
      key: Type.String(),
      demand: Type.Number({ minimum: 0, description: 'permits asked for a second, at most' }),
      seconds: Type.Integer({ minimum: 1, description: 'seconds in which it was seen to be refused' }),
      byRegion: Type.Optional(
        Type.Array(Type.Object({ region: Type.String(), used: count, share: Type.Number() }), {
          description: 'of the hottest keys of one limit, in the current window',
        }),
      ),
    }),
    { description: 'that were refused in the newest episode, those first that asked for most' },
  ),
  events: Type.Array(HAPPENING, { description: 'from shortly before the newest episode to its end' }),
  seconds: Type.Array(
    Type.Object({
      atMs: time,
      offered: count,
      denied: count,
      share: Type.Number({ minimum: 0, description: 'permits of one window that this region could use' }),
      limit: Type.Number({ minimum: 0, description: 'permits of one window in the world' }),
      holds: Type.Enum(['whole', 'floor', 'nothing']),
    }),
    { description: 'demand against share; seconds in which nobody asked are left out' },
  ),
});

/** `GET /v1/throttling` for the document. */
export const GET_THROTTLING = {
  tags: ['state'],
  summary: 'Why limits denied in the last quarter of an hour',
  description:
    'What this region saw, second by second: episodes, their likely causes, the keys, and what happened at the same time. Of all limits those that denied most, at most 20.',
  querystring: Type.Object({
    limit: Type.Optional(Type.String({ description: 'name of the limit; all that denied when left out' })),
    since: Type.Optional(
      Type.String({
        description: 'how far back: 1s to 15m',
        pattern: '^([1-9][0-9]{0,2}s|([1-9]|1[0-5])m)$',
        default: '15m',
      }),
    ),
  }),
  response: {
    ...problems('invalid_request', 'unknown_limit'),
    200: {
      description: 'What was throttled.',
      content: {
        'application/json': {
          schema: Type.Object({
            region: Type.String(),
            fromMs: time,
            toMs: time,
            limits: Type.Array(THROTTLED),
          }),
        },
      },
    },
  },
};
