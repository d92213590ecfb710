import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Decision, Verdict } from '../../core/decision.ts';
import { spendableMs } from './block-size.ts';
import { Blocks, type Grant, type Unleasable } from './blocks.ts';
import { UNLEASABLE_MS_MIN } from './bounds.ts';
import { LEASE_PATH, LEASE_RETURN_PATH } from './check-paths.ts';
import type { HttpContext } from './context.ts';
import type { Decider } from './decider.ts';
import { POST_LEASE, POST_LEASE_RETURN } from './document/lease-operations.ts';
import { leaseAskFromBody, returnFromBody } from './lease-input.ts';
import { JSON_TYPE } from './problem.ts';
import type { Query } from './query.ts';
import { tracedRequest } from './traced-request.ts';
import { waitMsOf } from './waiting.ts';

/** Adds `POST /lease`, which gives blocks of permits to gateways that decide in their own process, and `POST /lease/return`. */
export function addLeaseRoutes(server: FastifyInstance, decider: Decider, context: HttpContext): void {
  const { coordinator, clock, region, telemetry, phase } = context;
  const blocks = new Blocks(coordinator, clock);

  server.post(LEASE_PATH, { schema: POST_LEASE }, async (request, reply) => {
    decider.refuseUnlessServing();
    const { request: asked, wanted } = leaseAskFromBody(request.body, request.query as Query);
    // Whoever is about to go gives nothing that might come back.
    if (phase() === 'draining') return answer(reply, { ...unleasable(DRAINING), region });
    const taken = await blocks.take(asked, wanted);
    if (taken.kind === 'unleasable') return answer(reply, { ...unleasable(taken), region });
    answer(reply, { ...granted(taken), region });
    const decision = taken.denial ?? taken.decision;
    const durationMs = clock.now().monoMs - request.startedMonoMs;
    const span = context.recordSpan?.(tracedRequest(reply, durationMs, [decision]));
    telemetry.observeCheck(durationMs, decision, span);
    return reply;
  });

  server.post(LEASE_RETURN_PATH, { schema: POST_LEASE_RETURN }, async (request, reply) => {
    decider.refuseUnlessServing();
    const { block, permits } = returnFromBody(request.body, request.query as Query);
    const returned = await blocks.giveBack(block, permits);
    return answer(reply, {
      returned: returned.map(({ limit, permits }) => ({ limit: limit.name, permits })),
    });
  });
}

const DRAINING: Unleasable = {
  kind: 'unleasable',
  reason: 'draining',
  limit: undefined,
  forMs: UNLEASABLE_MS_MIN,
  degraded: false,
};

function unleasable({ reason, limit, forMs, degraded }: Unleasable): object {
  return { leasable: false, reason, limit: limit ?? null, forMs, degraded };
}

function granted({ permits, block, expiresInMs, wallMs, decision, denial }: Grant): object {
  return {
    leasable: true,
    permits,
    ...(block !== undefined && { block }),
    expiresInMs: block === undefined ? 0 : expiresInMs,
    limits: decision.verdicts.map((verdict) => limitOf(verdict, permits, wallMs)),
    ...(denial !== undefined && { denial: denialOf(denial) }),
    degraded: decision.degraded,
  };
}

function limitOf(verdict: Verdict, permits: number, wallMs: number): object {
  const { limit, windowId, remaining, globalRemaining, resetAtMs } = verdict;
  return {
    limit: limit.name,
    permits,
    windowId,
    windowEndsAt: limit.windows.endMs(windowId),
    expiresInMs: spendableMs(verdict, wallMs),
    quota: verdict.permits,
    windowMs: limit.spec.windowMs,
    remaining,
    globalRemaining,
    resetInMs: Math.max(0, Math.ceil(resetAtMs - wallMs)),
  };
}

function denialOf(denial: Decision): object {
  const waitMs = waitMsOf(denial);
  return {
    reason: denial.reason,
    limit: denial.verdict?.limit.name ?? null,
    retryAfterMs: Number.isFinite(waitMs) ? Math.ceil(waitMs) : null,
  };
}

function answer(reply: FastifyReply, body: object): FastifyReply {
  return reply
    .header('cache-control', 'no-store')
    .header('content-type', JSON_TYPE)
    .send(JSON.stringify(body));
}
