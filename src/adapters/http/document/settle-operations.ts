import { type TSchema, Type } from 'typebox';
import { CheckHeaders } from '../check-schema.ts';
import { LeaseBody, RefundBody } from '../settle-schema.ts';
import { type Documented, problems } from './problem-schema.ts';

const TAGS = ['decisions'];

/** What every such request may meet. */
const REFUSED = [
  'malformed_json',
  'invalid_request',
  'body_too_large',
  'unsupported_media_type',
  'starting',
  'draining',
  'region_silent',
  'overloaded',
] as const;

const closed = { additionalProperties: false };

/** `POST /check/release` for the document. */
export const POST_RELEASE = {
  tags: TAGS,
  summary: 'Give back the permits that a lease holds',
  description:
    'Asked of the region that gave the lease. A lease that is not released runs out by itself; one that is released twice is not known any more the second time.',
  body: LeaseBody,
  response: {
    ...problems(...REFUSED, 'unknown_lease'),
    200: answer('The permits are free again.', Type.Object({ released: Type.Literal(true) }, closed)),
  },
};

/** `POST /check/renew` for the document. */
export const POST_RENEW = {
  tags: TAGS,
  summary: 'Hold the permits of a lease for another full time',
  description:
    'Asked of the region that gave the lease. Where the limit has no room for them any more the lease runs out when it would have.',
  body: LeaseBody,
  response: {
    ...problems(...REFUSED, 'unknown_lease', 'concurrency_exceeded'),
    200: answer(
      'The permits are held until then.',
      Type.Object(
        {
          renewed: Type.Literal(true),
          expiresAt: Type.Integer({ description: 'Unix milliseconds at which the lease runs out' }),
        },
        closed,
      ),
    ),
  },
};

const refunded = Type.Object({ limit: Type.String(), permits: Type.Number({ minimum: 0 }) }, closed);

/** `POST /check/refund` for the document. */
export const POST_REFUND = {
  tags: TAGS,
  summary: 'Give back permits that were spent',
  description:
    'Asked of the region that spent them, with the same resource and dimensions. Under every limit that these meet, permits come back in the window in which they were spent (`decidedAt` tells which), no more than this region has spent there, and none where that window counts no more. What is held at one time is released by its lease instead.',
  headers: CheckHeaders,
  body: RefundBody,
  response: {
    ...problems(...REFUSED, 'request_id_reused'),
    200: answer(
      'What came back, under each limit that the request meets.',
      Type.Object({ refunded: Type.Array(refunded) }, closed),
    ),
  },
};

function answer(description: string, schema: TSchema): Documented {
  return { description, content: { 'application/json': { schema } } };
}
