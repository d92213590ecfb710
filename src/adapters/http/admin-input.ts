import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Request } from '../../administration/answers.ts';
import { type FieldProblem, HeadgateError } from '../../errors.ts';
import { AUDIT_ENTRIES_LISTED, AUDIT_ENTRIES_LISTED_MAX } from './bounds.ts';
import { invalidRequest } from './check-input.ts';
import { unknownField } from './check-schema.ts';
import { isPlainText, PLAIN_TEXT } from './plain-text.ts';
import type { Query } from './query.ts';

/** The body of a change as text. Throws `malformed_json` where there is none, or none in UTF-8. */
export function bodyText(body: unknown): string {
  if (!Buffer.isBuffer(body) || body.length === 0)
    throw new HeadgateError('malformed_json', {
      detail: 'There is no body. Send what it is to be, in YAML or JSON.',
    });
  if (!isUtf8(body)) throw new HeadgateError('malformed_json', { detail: 'The body is not UTF-8.' });
  return body.toString();
}

/** Who asks for a change and how: `?dryRun=1`, `?comment=`, `If-Match`. Throws `invalid_request` with every parameter that is not right. */
export function readRequest(request: FastifyRequest, also: readonly string[] = []): Request {
  const query = request.query as Query;
  const problems = strange(query, ['dryRun', 'comment', ...also]);
  const dryRun = query.values.get('dryRun') ?? '0';
  const comment = query.values.get('comment');
  if (!/^(0|1|true|false)$/.test(dryRun)) problems.push({ field: 'dryRun', detail: 'must be 1 or 0' });
  if (comment !== undefined && !isPlainText(comment))
    problems.push({ field: 'comment', detail: `must be ${PLAIN_TEXT}` });
  if (problems.length > 0) throw invalidRequest(problems);
  const { name = 'unknown', role = 'admin', address } = request.caller ?? {};
  const { 'if-match': ifMatch, 'x-request-id': requestId } = request.headers;
  return {
    actor: { name, role, address },
    requestId: typeof requestId === 'string' && isPlainText(requestId) ? requestId : randomUUID(),
    comment,
    ifMatch: ifMatch?.split(',').map((tag) => tag.trim().replace(/^"(.*)"$/, '$1')),
    dryRun: dryRun === '1' || dryRun === 'true',
  };
}

/** The dimensions in `d.NAME=value`, as for decisions. Throws `invalid_request` without any that could be those of an override. */
export function readDimensions({ values }: Query): Readonly<Record<string, string>> {
  const entries = [...values].filter(([name]) => name.startsWith('d.'));
  if (entries.length > 0) return Object.fromEntries(entries.map(([name, value]) => [name.slice(2), value]));
  throw invalidRequest([
    { field: 'd.NAME', detail: 'is missing; say which override, such as d.tenant=acme' },
  ]);
}

/** What `GET /v1/admin/audit` is asked for. */
export function readAuditQuery(query: Query): { readonly sinceMs: number; readonly limit: number } {
  const problems = strange(query, ['since', 'limit']);
  const since = query.values.get('since') ?? '0';
  const sinceMs = /^\d+$/.test(since) ? Number(since) : Date.parse(since);
  if (!Number.isFinite(sinceMs))
    problems.push({
      field: 'since',
      detail: 'must be a time such as 2026-01-31T12:00:00Z, or Unix milliseconds',
    });
  const limit = Number(query.values.get('limit') ?? AUDIT_ENTRIES_LISTED);
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= AUDIT_ENTRIES_LISTED_MAX))
    problems.push({ field: 'limit', detail: `must be a whole number from 1 to ${AUDIT_ENTRIES_LISTED_MAX}` });
  if (problems.length > 0) throw invalidRequest(problems);
  return { sinceMs, limit };
}

/** What is asked for a route that takes no parameters. */
export function refuseParameters(query: Query): void {
  const problems = strange(query, []);
  if (problems.length > 0) throw invalidRequest(problems);
}

/** The fields of the body of `POST /v1/admin/rollback`. */
export function readRollback(body: unknown): string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(bodyText(body));
  } catch (cause) {
    if (cause instanceof HeadgateError) throw cause;
    throw new HeadgateError('malformed_json', { cause });
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new HeadgateError('malformed_json', { detail: 'Send a JSON object such as {"to":"7@us-east"}.' });
  const problems = Object.keys(parsed)
    .filter((name) => name !== 'to')
    .map((name) => unknownField(name, ['to']));
  const to = (parsed as { readonly to?: unknown }).to;
  const name = typeof to === 'number' ? String(to) : to;
  if (typeof name !== 'string' || !isPlainText(name))
    problems.push({ field: 'to', detail: 'must be a version, such as "7@us-east"' });
  if (problems.length > 0) throw invalidRequest(problems);
  return name as string;
}

function strange({ values, repeated, malformed }: Query, known: readonly string[]): FieldProblem[] {
  const isKnown = (name: string) => known.includes(name) || (known.includes('d.*') && /^d\../.test(name));
  return [
    ...[...values.keys()].filter((name) => !isKnown(name)).map((name) => unknownField(name, known)),
    ...repeated.map((field) => ({ field, detail: 'must be given once' })),
    ...malformed.map((field) => ({ field, detail: 'must be percent-encoded UTF-8' })),
  ];
}
