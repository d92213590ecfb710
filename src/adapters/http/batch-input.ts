import { type FieldProblem, HeadgateError } from '../../errors.ts';
import { BATCH_ITEMS_MAX } from './bounds.ts';
import { type CheckInput, inputOf, invalidRequest, misplaced, readDetail } from './check-input.ts';
import { bodyProblems, isCheckBody } from './check-schema.ts';
import { NO_BODY } from './json-body.ts';
import { describe } from './plain-text.ts';
import type { Query } from './query.ts';
import { fingerprint, type Replay } from './replay.ts';

/**
 * Reads `POST /check/batch`, an array of what `POST /check` takes. One request that is not right refuses all of them before anything
 * is spent. Throws `HeadgateError` `malformed_json`, `invalid_request` with a JSON pointer to every field that is not right, or
 * `request_id_reused` with a pointer to every id that came with another request before, in this batch or in the last minute.
 */
export function batchFromBody(
  body: unknown,
  {
    query,
    idempotencyKey,
    replay,
  }: { query: Query; idempotencyKey: unknown; replay: Pick<Replay<unknown>, 'asked'> },
): readonly CheckInput[] {
  if (!Array.isArray(body)) {
    const detail = body === undefined ? NO_BODY : `A batch is an array of requests, not ${describe(body)}.`;
    throw new HeadgateError('malformed_json', { detail });
  }
  const problems = misplaced(query);
  const detail = readDetail(query, problems);
  if (idempotencyKey !== undefined) {
    problems.push({
      field: 'Idempotency-Key',
      detail: 'is for single requests; give each its own requestId',
    });
  }
  if (body.length > BATCH_ITEMS_MAX) {
    problems.push({ field: '', detail: `must be at most ${BATCH_ITEMS_MAX} requests, not ${body.length}` });
  }
  if (problems.length > 0) throw invalidRequest(problems);
  const inputs = body.map((item, index) => readItem(item, index, { detail, problems }));
  if (problems.length > 0) throw invalidRequest(problems);
  refuseReusedIds(inputs as readonly CheckInput[], replay);
  return inputs as readonly CheckInput[];
}

type Reading = { readonly detail: boolean; readonly problems: FieldProblem[] };

function readItem(item: unknown, index: number, { detail, problems }: Reading): CheckInput | undefined {
  if (isCheckBody(item)) return inputOf(item, item.requestId, detail);
  if (typeof item !== 'object' || item === null || Array.isArray(item)) {
    problems.push({ field: `/${index}`, detail: `must be an object, not ${describe(item)}` });
  } else {
    for (const problem of bodyProblems(item as Readonly<Record<string, unknown>>)) {
      problems.push({ field: pointer(index, problem.field), detail: problem.detail });
    }
  }
  return undefined;
}

/** The JSON pointer (RFC 6901) of a field of one item. */
function pointer(index: number, field: string): string {
  const dot = field.startsWith('dimensions.') ? field.indexOf('.') : field.length;
  const names = [field.slice(0, dot), ...(dot < field.length ? [field.slice(dot + 1)] : [])];
  return `/${[String(index), ...names].map((name) => name.replaceAll('~', '~0').replaceAll('/', '~1')).join('/')}`;
}

function refuseReusedIds(inputs: readonly CheckInput[], replay: Pick<Replay<unknown>, 'asked'>): void {
  const asked = new Map<string, string>();
  const problems: FieldProblem[] = [];
  for (const [index, { requestId, request }] of inputs.entries()) {
    if (requestId === undefined) continue;
    const print = fingerprint(request);
    const before = asked.get(requestId) ?? replay.asked(requestId);
    if (before === undefined) asked.set(requestId, print);
    else if (before !== print) {
      problems.push({ field: `/${index}/requestId`, detail: 'came with another request before' });
    }
  }
  if (problems.length > 0) throw new HeadgateError('request_id_reused', { problems });
}
