import type { IncomingMessage } from 'node:http';
import { type Awaitable, andThen } from '../../awaitable.ts';
import type { Decision, Refunded } from '../../core/decision.ts';
import { HeadgateError } from '../../errors.ts';
import { REPLAY_MS } from './bounds.ts';
import type { CheckInput } from './check-input.ts';
import type { HttpContext } from './context.ts';
import { decisionKeptMs, Replay, type Replayed } from './replay.ts';
import type { RefundInput } from './settle-input.ts';

/** A decision, and whether it was made for an earlier request with the same id. */
export type Decided = { readonly decision: Decision; readonly isReplayed: boolean };

/** Makes decisions for all routes of one server, and takes permits back, each at most once for an id. */
export class Decider {
  readonly #context: HttpContext;
  readonly replay: Replay<Decision>;
  /** Decisions that were begun before their requests came to a route, and were not made at once: nothing may be spent twice. */
  readonly begun = new WeakMap<IncomingMessage, Promise<Decided>>();
  // Of their own: whoever settles a request may well do so by the id that it was asked with.
  readonly #refunds: Replay<readonly Refunded[]>;

  /** Decides by the coordinator of `context`. */
  constructor(context: HttpContext) {
    this.#context = context;
    const monoMs = () => context.clock.now().monoMs;
    this.replay = new Replay(monoMs, decisionKeptMs);
    this.#refunds = new Replay(monoMs, () => REPLAY_MS);
  }

  /** Why the server may not decide now; undefined while it may. */
  refusal(): 'starting' | 'draining' | undefined {
    const phase = this.#context.phase();
    if (phase === 'starting') return 'starting';
    return phase === 'stopping' ? 'draining' : undefined;
  }

  /** Throws `HeadgateError` `starting` or `draining` unless the server may decide. */
  refuseUnlessServing(): void {
    const refusal = this.refusal();
    if (refusal !== undefined) throw new HeadgateError(refusal);
  }

  /** Decides for a request that came to a route, unless that was begun before. */
  decideOnce(request: IncomingMessage, input: CheckInput): Awaitable<Decided> {
    return this.begun.get(request) ?? this.decide(input);
  }

  /** Decides; at once where the coordinator can. Throws `HeadgateError` `request_id_reused` when the id came with another request. */
  decide({ request, requestId }: CheckInput): Awaitable<Decided> {
    const { coordinator } = this.#context;
    if (requestId === undefined) {
      const decision = coordinator.check(request);
      return decision instanceof Promise ? decision.then(decidedNow) : { decision, isReplayed: false };
    }
    const { answer, isReplayed } = this.replay.once(requestId, request, () => coordinator.check(request));
    return andThen(answer, (decision) => ({ decision, isReplayed }));
  }

  /** Gives permits back in the windows of when they were spent. Throws `HeadgateError` `request_id_reused` when the id came with another refund. */
  refund({ request, decidedAtMs, requestId }: RefundInput): Replayed<Awaitable<readonly Refunded[]>> {
    const { coordinator } = this.#context;
    const give = () => coordinator.refund(request, { atMs: decidedAtMs });
    if (requestId === undefined) return { answer: give(), isReplayed: false };
    return this.#refunds.once(requestId, request, give);
  }
}

function decidedNow(decision: Decision): Decided {
  return { decision, isReplayed: false };
}
