import type { FastifyInstance } from 'fastify';
import { andThen } from '../../awaitable.ts';
import type { CheckRequest, Decision, Verdict } from '../../core/decision.ts';
import { inputFromQuery, invalidRequest } from './check-input.ts';
import { unknownField } from './check-schema.ts';
import type { HttpContext } from './context.ts';
import { GET_EXPLAIN } from './document/explain-operation.ts';
import { echo, isPlainText, PLAIN_TEXT } from './plain-text.ts';
import type { Query } from './query.ts';

const NAMES = ['resource', 'domain', 'permits', 'd.NAME'];

/** Adds `GET /v1/explain`: what would be decided about a request, by the very rules of `/check`, with nothing spent. */
export function addExplainRoute(server: FastifyInstance, { region, coordinator }: HttpContext): void {
  server.get('/v1/explain', { schema: GET_EXPLAIN }, (request) =>
    andThen(coordinator.explain(requestIn(request.query as Query)), (decision) => bodyOf(decision, region)),
  );
}

/** Reads the query as `GET /check` does. Throws `HeadgateError` `invalid_request` with every parameter that is not right. */
function requestIn(query: Query): CheckRequest {
  const values = new Map(query.values);
  const domain = values.get('domain');
  values.delete('domain');
  const problems = ['deny_status', 'detail']
    .filter((name) => values.has(name))
    .map((name) => unknownField(name, NAMES));
  if (domain !== undefined && !isPlainText(domain))
    problems.push({ field: 'domain', detail: `must be ${PLAIN_TEXT}, not ${echo(domain)}` });
  if (problems.length > 0) throw invalidRequest(problems);
  // A request that comes with a domain has no other resource.
  if (domain !== undefined && !values.has('resource')) values.set('resource', domain);
  const { request } = inputFromQuery({
    query: { ...query, values },
    isSubPath: false,
    idempotencyKey: undefined,
  });
  return { ...request, ...(domain !== undefined && { domain }) };
}

function bodyOf({ allowed, reason, verdict, verdicts, delayMs, degraded, atMs }: Decision, region: string) {
  return {
    region,
    degraded,
    decidedAt: Math.floor(atMs),
    allowed,
    reason,
    limit: verdict?.limit.name ?? null,
    delayMs: Math.ceil(delayMs),
    limits: verdicts.map(entryOf),
  };
}

function entryOf({ limit, key, allowed, reason, ...counts }: Verdict) {
  return {
    limit: limit.name,
    key,
    allowed,
    reason,
    remaining: finite(counts.remaining),
    globalRemaining: finite(counts.globalRemaining),
    resetAt: finite(counts.resetAtMs),
    retryAfterMs: finite(counts.retryAfterMs),
    delayMs: Math.ceil(counts.delayMs),
  };
}

/** Whole and, as JSON has no infinity, null for a wait that never ends. */
function finite(value: number): number | null {
  return Number.isFinite(value) ? Math.ceil(value) : null;
}
