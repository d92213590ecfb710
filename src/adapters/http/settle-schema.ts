import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { PERMITS_MAX } from './bounds.ts';
import { type BodyFields, bodyField, CheckBody, REQUEST_FIELDS, TEXT } from './check-schema.ts';
import { isPlainText, PLAIN_TEXT } from './plain-text.ts';

const { resource, dimensions, requestId } = CheckBody.properties;

const PERMITS_RIGHT = `an integer from 0 to ${PERMITS_MAX}`;

const permits = Type.Integer({
  description: `how many to give back: ${PERMITS_RIGHT}`,
  minimum: 0,
  maximum: PERMITS_MAX,
});

const DECIDED_RIGHT = 'the `decidedAt` of the answer that allowed the request, in Unix milliseconds';

/** The last instant that there is, in Unix milliseconds (ECMA-262, *Time Values*). */
const INSTANT_MS_MAX = 8.64e15;

const decidedAt = Type.Integer({
  description: `${DECIDED_RIGHT}: only in the windows of then can permits come back`,
  minimum: 0,
  maximum: INSTANT_MS_MAX,
});

const lease = Type.Refine(
  Type.String({ ...TEXT, description: 'the `lease` of the answer that allowed the request' }),
  isPlainText,
);

/** The body of `POST /check/release` and `POST /check/renew`. */
export const LeaseBody = Type.Object({ lease }, { title: 'Lease', additionalProperties: false });

/** The body of `POST /check/refund`. */
export const RefundBody = Type.Object(
  { resource, dimensions, permits, decidedAt: decidedAt, requestId },
  { title: 'Refund', additionalProperties: false },
);

/** A valid body of `POST /check/release` and `POST /check/renew`. */
export type LeaseBody = Static<typeof LeaseBody>;

/** A valid body of `POST /check/refund`. */
export type RefundBody = Static<typeof RefundBody>;

const compiledLease = Compile(LeaseBody);
const compiledRefund = Compile(RefundBody);

/** Whether `value` is a valid body that names a lease. */
export function isLeaseBody(value: unknown): value is LeaseBody {
  return compiledLease.Check(value);
}

/** Whether `value` is a valid body of a refund. */
export function isRefundBody(value: unknown): value is RefundBody {
  return compiledRefund.Check(value);
}

/** What the fields of a body that names a lease must be. */
export const LEASE_FIELDS: BodyFields = { lease: bodyField(lease, PLAIN_TEXT, true) };

/** What the fields of a refund must be. */
export const REFUND_FIELDS: BodyFields = {
  ...REQUEST_FIELDS,
  permits: bodyField(permits, PERMITS_RIGHT, true),
  decidedAt: bodyField(decidedAt, DECIDED_RIGHT, true),
};
