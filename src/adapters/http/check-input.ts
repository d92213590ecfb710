import type { CheckRequest } from '../../core/decision.ts';
import { type FieldProblem, HeadgateError } from '../../errors.ts';
import { bodyProblems, type CheckBody, isCheckBody, unknownField } from './check-schema.ts';
import { NO_BODY } from './json-body.ts';
import { describe, echo, isPlainText, PLAIN_TEXT } from './plain-text.ts';
import type { Query } from './query.ts';

/** What one call of `/check` asks for, validated, however it was written. */
export type CheckInput = {
  readonly request: CheckRequest;
  readonly denyStatus: NonNullable<CheckBody['denyStatus']>;
  readonly requestId: string | undefined;
  readonly detail: boolean;
};

const QUERY_NAMES = ['resource', 'permits', 'deny_status', 'detail'];

/** What to do instead, where a name is right but its place is not. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  requestId: 'is not a parameter; send it as the header Idempotency-Key',
  dimensions: 'is not a parameter; write each dimension as d.NAME=value',
};
const DIMENSION_PREFIX = 'd.';
const NO_DIMENSIONS: Readonly<Record<string, string>> = Object.freeze({});

/** What a request says beside its body. */
export type Beside = {
  readonly query: Query;
  /** Below `/check/` the query may be that of a request which a gateway forwards: names that mean nothing here are passed over. */
  readonly isSubPath: boolean;
  readonly idempotencyKey: unknown;
};

/**
 * Reads `POST /check`: everything is in the JSON body, but for `detail` in the query and the header `Idempotency-Key`.
 * Throws `HeadgateError` `invalid_request` with every field that is not right.
 */
export function inputFromBody(body: unknown, { query, isSubPath, idempotencyKey }: Beside): CheckInput {
  const asked = objectIn(body, ' Several requests go to /check/batch.');
  if (!isCheckBody(asked)) throw invalidRequest(bodyProblems(asked));
  const problems = isSubPath ? [] : misplaced(query);
  const detail = readDetail(query, problems);
  const requestId = readRequestId(asked.requestId, idempotencyKey, problems);
  if (problems.length > 0) throw invalidRequest(problems);
  return inputOf(asked, requestId, detail);
}

/** A body that is a JSON object. Throws `HeadgateError` `malformed_json` for any other, with `ofArrays` said of those. */
export function objectIn(body: unknown, ofArrays = ''): Readonly<Record<string, unknown>> {
  if (body === undefined) throw new HeadgateError('malformed_json', { detail: NO_BODY });
  if (typeof body === 'object' && body !== null && !Array.isArray(body))
    return body as Readonly<Record<string, unknown>>;
  throw new HeadgateError('malformed_json', {
    detail: `The body must be a JSON object, not ${describe(body)}.${Array.isArray(body) ? ofArrays : ''}`,
  });
}

/** The id of a request, from its body or its header. Adds to `problems` when these are not the same. */
export function readRequestId(
  requestId: string | undefined,
  idempotencyKey: unknown,
  problems: FieldProblem[],
): string | undefined {
  const key = readIdempotencyKey(idempotencyKey, problems);
  if (key !== undefined && requestId !== undefined && key !== requestId) {
    problems.push({
      field: 'requestId',
      detail: 'must be the same as the header Idempotency-Key, or absent',
    });
  }
  return requestId ?? key;
}

/**
 * Reads `GET /check` and `HEAD /check`: everything is in the query, but for the header `Idempotency-Key`.
 * Throws `HeadgateError` `invalid_request` with every parameter that is not right.
 */
export function inputFromQuery({ query, isSubPath, idempotencyKey }: Beside): CheckInput {
  const { body, problems } = bodyInQuery(query, isSubPath);
  const detail = readDetail(query, problems);
  const key = readIdempotencyKey(idempotencyKey, problems);
  if (problems.length === 0 && isCheckBody(body)) return inputOf(body, key, detail);
  const known = new Set(problems.map(({ field }) => field));
  const others = bodyProblems(body)
    .map(asParameter)
    .filter(({ field }) => !known.has(field));
  throw invalidRequest([...others, ...problems]);
}

/** What the query asks for in the form of a body, not yet judged, and what is wrong with how it is written. */
export function bodyInQuery(
  query: Query,
  isSubPath: boolean,
): { readonly body: Record<string, unknown>; readonly problems: FieldProblem[] } {
  const problems = writingProblems(query, isSubPath);
  const body: Record<string, unknown> = {};
  const dimensions: Record<string, string> = {};
  let hasDimensions = false;
  for (const [name, value] of query.values) {
    if (name === 'resource') body['resource'] = value;
    else if (name === 'permits') body['permits'] = numberIn(value);
    else if (name === 'deny_status') body['denyStatus'] = numberIn(value);
    else if (name.startsWith(DIMENSION_PREFIX)) {
      setOwn(dimensions, name.slice(DIMENSION_PREFIX.length), value);
      hasDimensions = true;
    } else if (name !== 'detail' && !isSubPath) problems.push(unknownParameter(name));
  }
  if (hasDimensions) body['dimensions'] = dimensions;
  return { body, problems };
}

/** Parameters that say in the query what a body must say. */
export function misplaced({ values }: Query): FieldProblem[] {
  if (values.size === 0) return [];
  return [...values.keys()]
    .filter((name) => name !== 'detail')
    .map((name) => ({
      field: echo(name).slice(1, -1),
      detail: 'is not a parameter of a POST; say it in the body',
    }));
}

function unknownParameter(name: string): FieldProblem {
  const elsewhere = Object.hasOwn(ELSEWHERE, name) ? ELSEWHERE[name] : undefined;
  if (elsewhere !== undefined) return { field: name, detail: elsewhere };
  return unknownField(name, [...QUERY_NAMES, 'd.NAME']);
}

/** What a valid body asks for. */
export function inputOf(body: CheckBody, requestId: string | undefined, detail: boolean): CheckInput {
  // Adding 0 turns -0, which JSON can write, into 0.
  const permits = body.permits === undefined ? 1 : body.permits + 0;
  return {
    request: { resource: body.resource, dimensions: body.dimensions ?? NO_DIMENSIONS, permits },
    denyStatus: body.denyStatus ?? 429,
    requestId,
    detail,
  };
}

/** Whether one entry for each matched limit is wanted. Adds to `problems` when that cannot be told. */
export function readDetail(query: Query, problems: FieldProblem[]): boolean {
  const detail = query.values.get('detail');
  if (detail !== undefined && detail !== '0' && detail !== '1') {
    problems.push({ field: 'detail', detail: `must be 0 or 1, not ${describe(detail)}` });
  }
  return detail === '1';
}

/** Takes the key as the draft writes it, as a quoted string, and as most callers do, bare. */
function readIdempotencyKey(header: unknown, problems: FieldProblem[]): string | undefined {
  if (header === undefined) return undefined;
  const text = typeof header === 'string' ? header : '';
  const key = text.length > 1 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
  if (isPlainText(key)) return key;
  problems.push({ field: 'Idempotency-Key', detail: `must be ${PLAIN_TEXT}` });
  return undefined;
}

function writingProblems(query: Query, isSubPath: boolean): FieldProblem[] {
  if (query.repeated.length === 0 && query.malformed.length === 0) return [];
  const isOurs = (name: string) =>
    !isSubPath || QUERY_NAMES.includes(name) || name.startsWith(DIMENSION_PREFIX);
  const repeated = [...new Set(query.repeated)].filter(isOurs).map((name) => ({
    field: echo(name).slice(1, -1),
    detail: 'must be given once',
  }));
  const malformed = query.malformed
    .filter((pair) => isOurs(pair.split('=', 1)[0] ?? ''))
    .map((pair) => ({
      field: echo(pair.split('=', 1)[0] ?? '').slice(1, -1),
      detail: 'must be percent-encoded UTF-8',
    }));
  return [...repeated, ...malformed];
}

/** Decimal digits as a number; anything else stays the text it is, for the schema to refuse. */
function numberIn(text: string): number | string {
  return /^\d{1,9}$/.test(text) ? Number(text) : text;
}

/** Sets an own property whatever its name; `__proto__` by plain assignment would set none. */
function setOwn(target: Record<string, string>, name: string, value: string): void {
  if (name === '__proto__')
    Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
  else target[name] = value;
}

function asParameter({ field, detail }: FieldProblem): FieldProblem {
  if (field === 'denyStatus') return { field: 'deny_status', detail };
  if (field.startsWith('dimensions.'))
    return { field: field.replace('dimensions.', DIMENSION_PREFIX), detail };
  return { field, detail };
}

/** The error of a request with these fields wrong, the first of them in its sentence. */
export function invalidRequest(problems: readonly FieldProblem[]): HeadgateError {
  const [first] = problems;
  const more = problems.length > 1 ? `, and ${problems.length - 1} more` : '';
  const sentence = first === undefined ? undefined : `${first.field} ${first.detail}${more}`;
  const detail = sentence?.endsWith('?') ? sentence : sentence?.concat('.');
  return new HeadgateError('invalid_request', { detail, problems });
}
