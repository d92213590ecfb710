import { Type } from 'typebox';
import { LEASE_MS_MAX } from '../bounds.ts';
import { LeaseAskBody, ReturnBody } from '../lease-schema.ts';
import { REASONS } from './answer-schema.ts';
import { problems } from './problem-schema.ts';

const TAGS = ['decisions'];

const REFUSED = [
  'malformed_json',
  'invalid_request',
  'body_too_large',
  'unsupported_media_type',
  'starting',
  'draining',
  'overloaded',
] as const;

const closed = { additionalProperties: false };

const count = (description: string) => Type.Integer({ minimum: 0, description });

const expiresInMs = count(
  `for how many milliseconds the block may be spent, counted from before the request was sent: at most ${LEASE_MS_MAX}, and never beyond the end of a window in which it is charged`,
);

const leasedLimit = Type.Object(
  {
    limit: Type.String(),
    permits: count('how many are charged under it'),
    windowId: Type.Integer({
      description: 'names the window in which they are: of a sliding window the slot, of a bucket the second',
    }),
    windowEndsAt: Type.Integer({
      description: 'Unix milliseconds at which that window ends, by this region',
    }),
    expiresInMs,
    quota: count('permits that the limit allows in the whole world'),
    windowMs: count('the length of its window in milliseconds'),
    remaining: count('permits that this region may still spend now'),
    globalRemaining: count('permits that the world may still spend, as this region knows it'),
    resetInMs: count('milliseconds until all that is used now is free again'),
  },
  { title: 'LeasedLimit', ...closed },
);

const denial = Type.Object(
  {
    reason: Type.Enum([...REASONS]),
    limit: Type.Union([Type.String(), Type.Null()]),
    retryAfterMs: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()], {
      description: 'milliseconds until it could pass; null when it never can',
    }),
  },
  { title: 'LeaseDenial', ...closed, description: 'why not all that is needed is given' },
);

const situation = { region: Type.String(), degraded: Type.Boolean() };

const GRANTED = Type.Object(
  {
    leasable: Type.Literal(true),
    permits: count('how many are given: those that are needed first, which may be used whenever they come'),
    block: Type.Optional(Type.String({ description: 'names what is given, to return what is left of it' })),
    expiresInMs,
    limits: Type.Array(leasedLimit, { description: 'one entry for each limit that the request meets' }),
    denial: Type.Optional(denial),
    ...situation,
  },
  { title: 'Leased', ...closed },
);

const UNLEASABLE = Type.Object(
  {
    leasable: Type.Literal(false),
    reason: Type.Enum(['algorithm', 'shadow', 'draining'], {
      description:
        'why: `algorithm` where a limit holds permits at one time or lets requests wait, `shadow` where what would be denied is to be counted one by one, `draining` where this region is about to stop',
    }),
    limit: Type.Union([Type.String(), Type.Null()]),
    forMs: count('for how many milliseconds each such request should be sent to `/check`'),
    ...situation,
  },
  { title: 'Unleasable', ...closed },
);

/** `POST /lease` for the document. */
export const POST_LEASE = {
  tags: TAGS,
  summary: 'Take a block of permits, to decide elsewhere',
  description:
    'For gateways that decide in their own process. What is given is spent in the books of this region at once, under every limit that the request meets, so that no limit is exceeded whatever becomes of it. It may be spent for `expiresInMs`, measured by a monotonic clock from before this request was sent; what is left is to be returned before that, or is lost.',
  body: LeaseAskBody,
  response: {
    ...problems(...REFUSED),
    200: {
      description:
        'What is given, which may be less than was asked for, or that such requests go to `/check`.',
      content: { 'application/json': { schema: Type.Union([GRANTED, UNLEASABLE]) } },
    },
  },
};

const returned = Type.Object({ limit: Type.String(), permits: Type.Number({ minimum: 0 }) }, closed);

/** `POST /lease/return` for the document. */
export const POST_LEASE_RETURN = {
  tags: TAGS,
  summary: 'Return what is left of a block',
  description:
    'Asked of the coordinator that gave it, once; whoever returns permits spends none of them any more. They go back to the windows in which they were charged, as far as these still count.',
  body: ReturnBody,
  response: {
    ...problems(...REFUSED, 'unknown_block'),
    200: {
      description: 'What came back, under each limit.',
      content: { 'application/json': { schema: Type.Object({ returned: Type.Array(returned) }, closed) } },
    },
  },
};
