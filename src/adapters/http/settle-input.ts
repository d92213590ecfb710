import type { CheckRequest } from '../../core/decision.ts';
import type { FieldProblem } from '../../errors.ts';
import { invalidRequest, objectIn, readRequestId } from './check-input.ts';
import { bodyProblems } from './check-schema.ts';
import { echo } from './plain-text.ts';
import type { Query } from './query.ts';
import { isLeaseBody, isRefundBody, LEASE_FIELDS, REFUND_FIELDS } from './settle-schema.ts';

/** What is to be given back, when it was spent, and the id to do it once by. */
export type RefundInput = {
  readonly request: CheckRequest;
  /** Wall milliseconds of the decision by which it was spent. */
  readonly decidedAtMs: number;
  readonly requestId: string | undefined;
};

/**
 * Reads `POST /check/release` and `POST /check/renew`: the name of a lease.
 * Throws `HeadgateError` `malformed_json` or `invalid_request` with every field that is not right.
 */
export function leaseFromBody(body: unknown, query: Query): string {
  const asked = objectIn(body);
  if (!isLeaseBody(asked)) throw invalidRequest(bodyProblems(asked, LEASE_FIELDS));
  refuseParameters(query);
  return asked.lease;
}

/**
 * Reads `POST /check/refund`: everything is in the JSON body, but for the header `Idempotency-Key`.
 * Throws `HeadgateError` `malformed_json` or `invalid_request` with every field that is not right.
 */
export function refundFromBody(
  body: unknown,
  { query, idempotencyKey }: { readonly query: Query; readonly idempotencyKey: unknown },
): RefundInput {
  const asked = objectIn(body);
  if (!isRefundBody(asked)) throw invalidRequest(bodyProblems(asked, REFUND_FIELDS));
  const problems = parameterProblems(query);
  const requestId = readRequestId(asked.requestId, idempotencyKey, problems);
  if (problems.length > 0) throw invalidRequest(problems);
  const { resource, dimensions = {}, permits, decidedAt: decidedAtMs } = asked;
  // Adding 0 turns -0, which JSON can write, into 0.
  return { request: { resource, dimensions, permits: permits + 0 }, decidedAtMs, requestId };
}

/** Throws `HeadgateError` `invalid_request` when anything stands in the query of what is said in a body alone. */
export function refuseParameters(query: Query): void {
  const problems = parameterProblems(query);
  if (problems.length > 0) throw invalidRequest(problems);
}

/** Nothing is said in the query here: what stands there was meant for the body. */
function parameterProblems({ values }: Query): FieldProblem[] {
  return [...values.keys()].map((name) => ({
    field: echo(name).slice(1, -1),
    detail: 'is not a parameter; say it in the body',
  }));
}
