import type { FastifyInstance } from 'fastify';
import { andThen, together } from '../../awaitable.ts';
import type { Decision } from '../../core/decision.ts';
import { batchFromBody } from './batch-input.ts';
import { BATCH_BYTES_MAX } from './bounds.ts';
import { callersSpan } from './callers-span.ts';
import { answerBody } from './check-answer.ts';
import { BATCH_PATH } from './check-paths.ts';
import type { HttpContext } from './context.ts';
import type { Decider } from './decider.ts';
import { POST_BATCH } from './document/check-operations.ts';
import { JSON_TYPE } from './problem.ts';
import type { Query } from './query.ts';
import { tracedRequest } from './traced-request.ts';

/** Adds `POST /check/batch`: an array of requests, each decided by itself, and their answers in the same order. */
export function addBatchRoute(server: FastifyInstance, decider: Decider, context: HttpContext): void {
  const { region, clock, telemetry } = context;
  server.post(BATCH_PATH, { bodyLimit: BATCH_BYTES_MAX, schema: POST_BATCH }, (request, reply) => {
    decider.refuseUnlessServing();
    const inputs = batchFromBody(request.body, {
      query: request.query as Query,
      idempotencyKey: request.headers['idempotency-key'],
      replay: decider.replay,
    });
    return andThen(together(inputs.map((input) => decider.decide(input))), (decided) => {
      const decisions = decided.map(({ decision }) => decision);
      const answers = inputs.map(({ denyStatus, detail }, at) =>
        answerBody(decisions[at] as Decision, { region, denyStatus, detail }),
      );
      reply.header('cache-control', 'no-store').header('content-type', JSON_TYPE);
      reply.send(`[${answers.join(',')}]`);
      const durationMs = clock.now().monoMs - request.startedMonoMs;
      const span = context.recordSpan
        ? context.recordSpan(tracedRequest(reply, durationMs, decisions))
        : callersSpan(request.headers['traceparent']);
      for (const decision of decisions)
        telemetry.observeCheck(durationMs / Math.max(1, decisions.length), decision, span);
      return reply;
    });
  });
}
