import { Type } from 'typebox';

/** Why a request was allowed or denied. */
export const REASONS = [
  'ok',
  'no_limit',
  'global_limit_exceeded',
  'region_share_exhausted',
  'concurrency_exceeded',
  'shadow',
  'held_back',
  'degraded_open',
  'degraded_closed',
  'disabled',
] as const;

const reason = Type.Enum([...REASONS], {
  description:
    'why: `no_limit` when nothing matched, `shadow` when it would have been denied, `region_share_exhausted` when this region has no more while the world may have, `concurrency_exceeded` when too many are held at one time, `held_back` when it passes by itself but not what it is decided together with, `degraded_open` and `degraded_closed` when this region cannot decide and the limit says what to do then',
});

const counts = {
  remaining: orNull(Type.Number({ minimum: 0 }), 'permits that this region may still spend now'),
  globalRemaining: orNull(
    Type.Number({ minimum: 0 }),
    'permits that the world may still spend, as this region knows it',
  ),
  resetAt: orNull(Type.Integer(), 'Unix milliseconds at which the window ends'),
  retryAfterMs: orNull(
    Type.Integer({ minimum: 0 }),
    'milliseconds until the same request could pass; null when it never can',
  ),
};

const delayMs = Type.Integer({
  minimum: 0,
  description: 'how long an allowed request should wait before it goes on',
});

const matched = Type.Object(
  {
    limit: Type.String(),
    key: Type.String({ description: 'the values of its dimensions' }),
    allowed: Type.Boolean(),
    reason,
    ...counts,
    delayMs,
  },
  { title: 'MatchedLimit', additionalProperties: false },
);

const decision = {
  reason,
  limit: orNull(Type.String(), 'the most restrictive limit that matched'),
  ...counts,
  delayMs,
  decidedAt: Type.Integer({
    description: 'Unix milliseconds by the clock here; what gives permits back repeats it',
  }),
  region: Type.String(),
  degraded: Type.Boolean({ description: 'whether this region decides from less than its share' }),
  lease: Type.Optional(
    Type.String({ description: 'names the permits that are held, where a limit counts those at one time' }),
  ),
  leaseExpiresAt: Type.Optional(
    Type.Integer({ description: 'Unix milliseconds at which they run out unless renewed; with `lease`' }),
  ),
  limits: Type.Optional(
    Type.Array(matched, { description: 'with detail=1: one entry for each limit that matched' }),
  ),
};

/** What would be decided about a request. */
export const EXPLAINED = Type.Object(
  {
    region: decision.region,
    degraded: decision.degraded,
    decidedAt: decision.decidedAt,
    allowed: Type.Boolean(),
    reason,
    limit: decision.limit,
    delayMs,
    limits: Type.Array(matched, {
      description: 'one entry for each limit that matches, with what is left before the request',
    }),
  },
  { title: 'Explained', additionalProperties: false, description: 'What would be decided now.' },
);

/** A request that may go on. */
export const ALLOWED = Type.Object(
  { allowed: Type.Literal(true), ...decision },
  { title: 'Allowed', additionalProperties: false, description: 'The request may go on.' },
);

/** A request that may not: the decision, which is a problem document too (draft-ietf-httpapi-ratelimit-headers-11 §5). */
export const DENIED = Type.Object(
  {
    type: Type.Enum([
      'https://iana.org/assignments/http-problem-types#quota-exceeded',
      'https://iana.org/assignments/http-problem-types#temporary-reduced-capacity',
    ]),
    title: Type.String(),
    status: Type.Enum([200, 403, 429, 503]),
    detail: Type.Optional(Type.String({ description: 'given when no waiting helps' })),
    'violated-policies': Type.Array(Type.String(), { minItems: 1, description: 'the limits that denied' }),
    allowed: Type.Literal(false),
    ...decision,
  },
  {
    title: 'Denied',
    additionalProperties: false,
    description: 'The request may not go on. It has spent nothing, in any limit.',
  },
);

function orNull<Schema extends Parameters<typeof Type.Union>[0][number]>(
  schema: Schema,
  description: string,
) {
  return Type.Union([schema, Type.Null()], { description });
}
