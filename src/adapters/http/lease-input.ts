import type { CheckRequest } from '../../core/decision.ts';
import type { Wanted } from './block-size.ts';
import { invalidRequest, objectIn } from './check-input.ts';
import { bodyProblems } from './check-schema.ts';
import {
  isLeaseAskBody,
  isReturnBody,
  LEASE_ASK_FIELDS,
  RETURN_FIELDS,
  type ReturnBody,
} from './lease-schema.ts';
import type { Query } from './query.ts';
import { refuseParameters } from './settle-input.ts';

/** What a block is asked for. */
export type LeaseInput = { readonly request: CheckRequest; readonly wanted: Wanted };

/**
 * Reads `POST /lease`: everything is in the JSON body.
 * Throws `HeadgateError` `malformed_json` or `invalid_request` with every field that is not right.
 */
export function leaseAskFromBody(body: unknown, query: Query): LeaseInput {
  const asked = objectIn(body);
  if (!isLeaseAskBody(asked)) throw invalidRequest(bodyProblems(asked, LEASE_ASK_FIELDS));
  refuseParameters(query);
  const { resource, dimensions = {}, permits, needed = 0, smallest = needed } = asked;
  if (needed > permits)
    throw invalidRequest([{ field: 'needed', detail: `must be at most permits, which is ${permits}` }]);
  if (smallest > needed)
    throw invalidRequest([{ field: 'smallest', detail: `must be at most needed, which is ${needed}` }]);
  // Adding 0 turns -0, which JSON can write, into 0.
  return {
    request: { resource, dimensions, permits },
    wanted: { permits, needed: needed + 0, smallest: smallest + 0 },
  };
}

/**
 * Reads `POST /lease/return`: the name of a block and how much of it was not spent.
 * Throws `HeadgateError` `malformed_json` or `invalid_request` with every field that is not right.
 */
export function returnFromBody(body: unknown, query: Query): ReturnBody {
  const asked = objectIn(body);
  if (!isReturnBody(asked)) throw invalidRequest(bodyProblems(asked, RETURN_FIELDS));
  refuseParameters(query);
  return { block: asked.block, permits: asked.permits + 0 };
}
