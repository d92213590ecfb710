import type { FastifyInstance } from 'fastify';
import { batchFromBody } from './batch-input.ts';
import { BATCH_BYTES_MAX } from './bounds.ts';
import { answerBody } from './check-answer.ts';
import { BATCH_PATH } from './check-paths.ts';
import type { HttpContext } from './context.ts';
import type { Decider } from './decider.ts';
import { POST_BATCH } from './document/check-operations.ts';
import { JSON_TYPE } from './problem.ts';
import type { Query } from './query.ts';

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
    const decided = inputs.map((input) => ({ input, decision: decider.decide(input).decision }));
    const answers = decided.map(({ input: { denyStatus, detail }, decision }) =>
      answerBody(decision, { region, denyStatus, detail }),
    );
    reply.header('cache-control', 'no-store').header('content-type', JSON_TYPE);
    reply.send(`[${answers.join(',')}]`);
    const eachMs = (clock.now().monoMs - request.startedMonoMs) / Math.max(1, decided.length);
    for (const { decision } of decided) telemetry.observeCheck(eachMs, decision);
    return reply;
  });
}
