import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Decision } from '../../core/decision.ts';
import { HeadgateError } from '../../errors.ts';
import { answerBody } from './check-answer.ts';
import { type CheckInput, inputFromBody, inputFromQuery } from './check-input.ts';
import type { HttpContext } from './context.ts';
import { JSON_TYPE, PROBLEM_TYPE } from './problem.ts';
import type { Query } from './query.ts';
import { availableField, policyField, retryAfterField } from './rate-limit-fields.ts';
import { Replay } from './replay.ts';

const CHECK_PATH = '/check';

/** The target that routing sees: everything below `/check/` is `/check`, since gateways append the path they ask about. */
export function withoutSubPath(target: string): string {
  if (!target.startsWith('/check/')) return target;
  const query = target.indexOf('?');
  return query === -1 ? CHECK_PATH : CHECK_PATH + target.slice(query);
}

/** Adds `GET`, `HEAD` and `POST /check`, the decision endpoint. */
export function addCheckRoute(server: FastifyInstance, context: HttpContext): void {
  const replay = new Replay();
  server.route({
    method: ['GET', 'HEAD', 'POST'],
    url: CHECK_PATH,
    handler(request, reply) {
      refuseUnlessServing(context);
      const input = readInput(request);
      const { requestId } = input;
      let decision: Decision;
      if (requestId === undefined) decision = context.coordinator.check(input.request);
      else {
        let isReplayed = true;
        decision = replay.once(requestId, input.request, context.clock.now().monoMs, () => {
          isReplayed = false;
          return context.coordinator.check(input.request);
        });
        if (isReplayed) reply.header('idempotent-replayed', 'true');
      }
      answer(reply, decision, input, context);
      context.telemetry.observeCheck(context.clock.now().monoMs - request.startedMonoMs, decision);
      return reply;
    },
  });
}

function refuseUnlessServing(context: HttpContext): void {
  const phase = context.phase();
  if (phase !== 'serving') throw new HeadgateError(phase);
}

function readInput(request: FastifyRequest): CheckInput {
  const query = request.query as Query;
  const key = request.headers['idempotency-key'];
  if (request.method === 'POST') return inputFromBody(request.body, query, key);
  return inputFromQuery(query, request.originalUrl !== request.raw.url, key);
}

function answer(reply: FastifyReply, decision: Decision, input: CheckInput, context: HttpContext): void {
  const { allowed, verdict } = decision;
  const { denyStatus, detail } = input;
  reply.header('cache-control', 'no-store');
  reply.header('x-headgate-status', allowed ? '200' : '429');
  if (verdict !== undefined) {
    reply.header('ratelimit-policy', policyField(decision));
    reply.header('ratelimit', availableField(decision, context.clock.now().wallMs));
  }
  if (allowed) reply.header('content-type', JSON_TYPE);
  else {
    const retryAfter = retryAfterField(decision, context.random);
    if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
    // A caller that wants its denials as 200 does not want them as problems either.
    reply.header('content-type', denyStatus === 200 ? JSON_TYPE : PROBLEM_TYPE);
    reply.code(denyStatus);
  }
  reply.send(answerBody(decision, { region: context.region, denyStatus, detail }));
}
