import type { IncomingHttpHeaders, IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { holderOf } from '../../access/token.ts';
import { HeadgateError } from '../../errors.ts';
import { BODY_BYTES_MAX, TARGET_BYTES_MAX } from './bounds.ts';
import { callersSpan } from './callers-span.ts';
import { answerBody } from './check-answer.ts';
import { headMaker } from './check-head.ts';
import { type CheckInput, inputFromBody, inputFromQuery } from './check-input.ts';
import { CHECK_PATH } from './check-paths.ts';
import type { HttpContext } from './context.ts';
import type { Decided, Decider } from './decider.ts';
import { parseJsonBody } from './json-body.ts';
import { parseQuery, type Query } from './query.ts';
import type { RolesOptions } from './roles.ts';
import { routedTarget } from './target.ts';

/** Media types of a body that need no second look. */
const PLAIN_JSON: ReadonlySet<string> = new Set(['application/json', 'application/json; charset=utf-8']);

/** What was asked, and what was decided about it. */
type Done = { readonly input: CheckInput; readonly decided: Decided };

/**
 * Answers the plain case of `GET` and `POST /check` at once, where the framework's routing, hooks and replies would cost more than the
 * decision does. Whatever is not plain, or not right, goes to `routes` as if nobody had looked at it: so it is refused and explained in one
 * place, and what is answered here would be answered there in the same way.
 */
export function checkShortcut(
  context: HttpContext,
  decider: Decider,
  routes: RequestListener,
): RequestListener {
  const answer = plainAnswerer(context);
  const { clock } = context;
  return (request, response) => {
    const query = plainQuery(request, context);
    if (query === undefined) return routes(request, response);
    const startedMonoMs = clock.now().monoMs;
    const beside = { query, isSubPath: false, idempotencyKey: request.headers['idempotency-key'] };
    if (request.method === 'GET') {
      const done = doneAtOnce(decider, request, () => inputFromQuery(beside));
      if (done === undefined) routes(request, response);
      else answer(request, response, done, startedMonoMs);
      return;
    }
    readBody(request, (body) => {
      const done = doneAtOnce(decider, request, () => inputFromBody(parseJsonBody(body, undefined), beside));
      if (done !== undefined) return answer(request, response, done, startedMonoMs);
      // Its end has not been told of yet, so that it can be read once more.
      request.pause();
      request.unshift(body);
      routes(request, response);
    });
  };
}

/**
 * What is decided at once. Undefined where the input or the id is not right, which is found again on the other way; and where the decision
 * takes its time or failed inside, which is taken up there.
 */
function doneAtOnce(decider: Decider, request: IncomingMessage, read: () => CheckInput): Done | undefined {
  try {
    decider.refuseUnlessServing();
    const input = read();
    const decided = decider.decide(input);
    if (!(decided instanceof Promise)) return { input, decided };
    begin(decider, request, decided);
  } catch (error) {
    if (!(error instanceof HeadgateError)) begin(decider, request, Promise.reject(error));
  }
  return undefined;
}

function begin(decider: Decider, request: IncomingMessage, decided: Promise<Decided>): void {
  // Whoever takes it up hears of its failure.
  decided.catch(() => undefined);
  decider.begun.set(request, decided);
}

/** The query of a request that is plain; undefined of every other. */
function plainQuery(request: IncomingMessage, context: HttpContext): Query | undefined {
  const { method, url = '', headers } = request;
  const isGet = method === 'GET';
  if (!url.startsWith(CHECK_PATH) || !(isGet || method === 'POST')) return undefined;
  if (url.length !== CHECK_PATH.length && url.charCodeAt(CHECK_PATH.length) !== QUESTION_MARK)
    return undefined;
  if (url.length > TARGET_BYTES_MAX || headers.host === undefined || !isOpen(headers, context))
    return undefined;
  if (headers['transfer-encoding'] !== undefined) return undefined;
  if (isGet ? headers['content-length'] !== undefined : !hasPlainBody(headers)) return undefined;
  // What a gateway asks is decided by what it says of somebody else's request.
  if (context.gateway !== undefined && routedTarget(request, context.gateway) !== url) return undefined;
  return parseQuery(url.slice(CHECK_PATH.length + 1));
}

const QUESTION_MARK = 0x3f;

/** Whether nothing but its own contents can keep a request from being decided here. */
function isOpen(headers: IncomingHttpHeaders, { phase, roles, recordSpan }: HttpContext): boolean {
  return phase() === 'serving' && recordSpan === undefined && mayCheck(headers, roles);
}

function mayCheck({ authorization }: IncomingHttpHeaders, { tokens }: RolesOptions): boolean {
  const known = tokens();
  if (known.length === 0) return true;
  try {
    holderOf(authorization, 'check', known);
    return true;
  } catch {
    return false;
  }
}

function hasPlainBody(headers: IncomingHttpHeaders): boolean {
  const length = Number(headers['content-length']);
  return (
    length > 0 &&
    length <= BODY_BYTES_MAX &&
    headers['content-encoding'] === undefined &&
    PLAIN_JSON.has(headers['content-type'] ?? '')
  );
}

/** Reads a body whose length is told; `read` is called with the last of it, before the request has ended. A body that breaks off is never read. */
function readBody(request: IncomingMessage, read: (body: Buffer) => void): void {
  const length = Number(request.headers['content-length']);
  let before: Buffer[] | undefined;
  let got = 0;
  const take = (chunk: Buffer) => {
    got += chunk.length;
    if (got < length) {
      before ??= [];
      before.push(chunk);
      return;
    }
    request.off('data', take);
    read(before === undefined ? chunk : Buffer.concat([...before, chunk]));
  };
  request.on('data', take);
}

function plainAnswerer(context: HttpContext) {
  const makeHead = headMaker(context);
  const { region, clock, telemetry } = context;
  return (
    request: IncomingMessage,
    response: ServerResponse,
    { input, decided }: Done,
    startedMonoMs: number,
  ): void => {
    const { status, fields } = makeHead(input, decided, request.headers.accept);
    const body = answerBody(decided.decision, {
      region,
      denyStatus: input.denyStatus,
      detail: input.detail,
    });
    fields.push('content-length', String(body.length));
    response.writeHead(status, fields).end(body, 'latin1');
    const span = callersSpan(request.headers['traceparent']);
    telemetry.observeCheck(clock.now().monoMs - startedMonoMs, decided.decision, span);
  };
}
