import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { PERMITS_MAX } from './bounds.ts';
import { type BodyFields, bodyField, CheckBody, REQUEST_FIELDS, TEXT } from './check-schema.ts';
import { isPlainText, PLAIN_TEXT } from './plain-text.ts';

const { resource, dimensions } = CheckBody.properties;

const RIGHT = {
  permits: `an integer from 1 to ${PERMITS_MAX}`,
  needed: `an integer from 0 to ${PERMITS_MAX}, and no more than permits`,
  smallest: `an integer from 0 to ${PERMITS_MAX}, and no more than needed`,
  returned: `an integer from 0 to ${PERMITS_MAX}`,
} as const;

const permits = Type.Integer({
  description: `how many to take, those that are needed included: ${RIGHT.permits}`,
  minimum: 1,
  maximum: PERMITS_MAX,
});

const needed = Type.Integer({
  description: `how many requests that wait need at once: ${RIGHT.needed}`,
  minimum: 0,
  maximum: PERMITS_MAX,
  default: 0,
});

const smallest = Type.Integer({
  description: `how many the smallest of those requests needs: ${RIGHT.smallest}; all of them are one request unless it is given`,
  minimum: 0,
  maximum: PERMITS_MAX,
});

const returned = Type.Integer({
  description: `how many were not spent: ${RIGHT.returned}`,
  minimum: 0,
  maximum: PERMITS_MAX,
});

const block = Type.Refine(
  Type.String({ ...TEXT, description: 'the `block` of the answer that gave it' }),
  isPlainText,
);

/** The body of `POST /lease`. */
export const LeaseAskBody = Type.Object(
  { resource, dimensions, permits, needed: Type.Optional(needed), smallest: Type.Optional(smallest) },
  { title: 'LeaseAsk', additionalProperties: false },
);

/** The body of `POST /lease/return`. */
export const ReturnBody = Type.Object(
  { block, permits: returned },
  { title: 'BlockReturn', additionalProperties: false },
);

/** A valid body of `POST /lease`, but for that no more may be needed than is wanted. */
export type LeaseAskBody = Static<typeof LeaseAskBody>;

/** A valid body of `POST /lease/return`. */
export type ReturnBody = Static<typeof ReturnBody>;

const compiledAsk = Compile(LeaseAskBody);
const compiledReturn = Compile(ReturnBody);

/** Whether `value` is a valid body that asks for a block. */
export function isLeaseAskBody(value: unknown): value is LeaseAskBody {
  return compiledAsk.Check(value);
}

/** Whether `value` is a valid body that gives a block back. */
export function isReturnBody(value: unknown): value is ReturnBody {
  return compiledReturn.Check(value);
}

const { requestId: _, ...asked } = REQUEST_FIELDS;

/** What the fields of a request for a block must be. */
export const LEASE_ASK_FIELDS: BodyFields = {
  ...asked,
  permits: bodyField(permits, RIGHT.permits, true),
  needed: bodyField(needed, RIGHT.needed),
  smallest: bodyField(smallest, RIGHT.smallest),
};

/** What the fields of a return must be. */
export const RETURN_FIELDS: BodyFields = {
  block: bodyField(block, PLAIN_TEXT, true),
  permits: bodyField(returned, RIGHT.returned, true),
};
