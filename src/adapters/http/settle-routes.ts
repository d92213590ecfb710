import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { andThen } from '../../awaitable.ts';
import { HeadgateError } from '../../errors.ts';
import { REFUND_PATH, RELEASE_PATH, RENEW_PATH } from './check-paths.ts';
import type { HttpContext } from './context.ts';
import type { Decider } from './decider.ts';
import { POST_REFUND, POST_RELEASE, POST_RENEW } from './document/settle-operations.ts';
import { JSON_TYPE } from './problem.ts';
import type { Query } from './query.ts';
import { leaseFromBody, refundFromBody } from './settle-input.ts';

/** Adds what follows a decision: `POST /check/release`, `POST /check/renew` and `POST /check/refund`. */
export function addSettleRoutes(server: FastifyInstance, decider: Decider, context: HttpContext): void {
  const { coordinator } = context;

  server.post(RELEASE_PATH, { schema: POST_RELEASE }, (request, reply) => {
    decider.refuseUnlessServing();
    return andThen(coordinator.release(leaseIn(request)), (released) => {
      if (!released) throw new HeadgateError('unknown_lease');
      return answer(reply, { released: true });
    });
  });

  server.post(RENEW_PATH, { schema: POST_RENEW }, (request, reply) => {
    decider.refuseUnlessServing();
    return andThen(coordinator.renew(leaseIn(request)), (renewal) => {
      if (!renewal.renewed) throw new HeadgateError(renewal.reason);
      return answer(reply, { renewed: true, expiresAt: renewal.expiresAtMs });
    });
  });

  server.post(REFUND_PATH, { schema: POST_REFUND }, (request, reply) => {
    decider.refuseUnlessServing();
    const input = refundFromBody(request.body, {
      query: request.query as Query,
      idempotencyKey: request.headers['idempotency-key'],
    });
    const { answer: awaited, isReplayed } = decider.refund(input);
    return andThen(awaited, (refunded) => {
      if (isReplayed) reply.header('idempotent-replayed', 'true');
      return answer(reply, {
        refunded: refunded.map(({ limit, permits }) => ({ limit: limit.name, permits })),
      });
    });
  });
}

function leaseIn({ body, query }: FastifyRequest): string {
  return leaseFromBody(body, query as Query);
}

function answer(reply: FastifyReply, body: object): FastifyReply {
  return reply
    .header('cache-control', 'no-store')
    .header('content-type', JSON_TYPE)
    .send(JSON.stringify(body));
}
