import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Awaitable } from '../../awaitable.ts';
import { callersSpan } from './callers-span.ts';
import { answerBody } from './check-answer.ts';
import { headMaker } from './check-head.ts';
import { type CheckInput, inputFromBody, inputFromQuery } from './check-input.ts';
import { CHECK_PATH } from './check-paths.ts';
import type { HttpContext } from './context.ts';
import type { Decided, Decider } from './decider.ts';
import { GET_CHECK, POST_CHECK } from './document/check-operations.ts';
import type { Query } from './query.ts';
import { tracedRequest } from './traced-request.ts';

/** Sends a decision in the form that its request asked for. */
export type Answer = (reply: FastifyReply, input: CheckInput, decided: Decided) => void;

/** Adds `GET`, `HEAD` and `POST /check`, the decision endpoint. */
export function addCheckRoute(server: FastifyInstance, decider: Decider, answer: Answer): void {
  const handler = (request: FastifyRequest, reply: FastifyReply): Awaitable<FastifyReply> => {
    decider.refuseUnlessServing();
    const input = readInput(request);
    const decided = decider.decideOnce(request.raw, input);
    if (decided instanceof Promise)
      return decided.then((late) => sent(reply, answer, { input, decided: late }));
    answer(reply, input, decided);
    return reply;
  };
  server.route({ method: 'GET', url: CHECK_PATH, exposeHeadRoute: false, schema: GET_CHECK, handler });
  const config = { swagger: { exposeHeadRoute: true } };
  server.route({ method: 'HEAD', url: CHECK_PATH, schema: GET_CHECK, handler, config });
  server.route({ method: 'POST', url: CHECK_PATH, schema: POST_CHECK, handler });
}

/** Sends a decision that was waited for. */
export function sent(
  reply: FastifyReply,
  answer: Answer,
  { input, decided }: { readonly input: CheckInput; readonly decided: Decided },
): FastifyReply {
  answer(reply, input, decided);
  return reply;
}

/** What sends decisions, in the header dialect of `context`, and measures them. */
export function answerer(context: HttpContext): Answer {
  const makeHead = headMaker(context);
  return (reply, input, decided) => {
    const { decision } = decided;
    const { status, fields } = makeHead(input, decided, reply.request.headers.accept);
    for (let at = 0; at < fields.length; at += 2) reply.header(fields[at] ?? '', fields[at + 1]);
    const { denyStatus, detail } = input;
    reply.code(status).send(answerBody(decision, { region: context.region, denyStatus, detail }));
    const durationMs = context.clock.now().monoMs - reply.request.startedMonoMs;
    const span = context.recordSpan
      ? context.recordSpan(tracedRequest(reply, durationMs, [decision]))
      : callersSpan(reply.request.headers['traceparent']);
    context.telemetry.observeCheck(durationMs, decision, span);
  };
}

function readInput(request: FastifyRequest): CheckInput {
  const beside = {
    query: request.query as Query,
    isSubPath: request.originalUrl !== request.raw.url,
    idempotencyKey: request.headers['idempotency-key'],
  };
  return request.method === 'POST' ? inputFromBody(request.body, beside) : inputFromQuery(beside);
}
