import {
  logVerbosity,
  type Metadata,
  Server,
  type ServerUnaryCall,
  type sendUnaryData,
  setLogVerbosity,
  status,
} from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import { isAccessCode, type Refused } from '../../access/refusals.ts';
import { holderOf, type Token } from '../../access/token.ts';
import type { Awaitable } from '../../awaitable.ts';
import { HeadgateError } from '../../errors.ts';
import type { Cancel, Log, SecureIdentity } from '../../ports.ts';
import {
  DRAIN_MS,
  HEALTH_INTERVAL_MS,
  KEEPALIVE_ANSWER_MS,
  KEEPALIVE_MS,
  MESSAGE_BYTES_MAX,
  PROBLEMS_LISTED_MAX,
  STREAMS_PER_CONNECTION_MAX,
} from './bounds.ts';
import { credentialsOf } from './credentials.ts';
import type { RateLimitRequest, RateLimitResponse } from './messages.ts';
import { loadProtocol, RATE_LIMIT_SERVICE } from './protocol.ts';
import { type Carried, type RateLimitContext, shouldRateLimit } from './service.ts';

/** What the gRPC interface needs. */
export type GrpcServerOptions = RateLimitContext & {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly log: Log;
  /** Whether the region can grant what it is asked for: what the health service says. */
  readonly ready: () => boolean;
  /** Asked once for each call: whether it is to be refused because there is more to do than can be done. */
  readonly isOverloaded?: () => boolean;
  /** Bearer tokens that are known now; looked at for every call. With none, anybody may ask. */
  readonly tokens?: () => readonly Token[];
  /** With it TLS is spoken, and nothing else; with authorities only those are let in that show a certificate of theirs. */
  readonly identity?: SecureIdentity | undefined;
  /** Told of every caller that is not let in. */
  readonly refused?: (refused: Refused) => void;
};

/**
 * The gRPC interface of one coordinator: Envoy's rate limit service, for the role `check` where there are tokens; health and reflection,
 * for anybody.
 *
 * `start` resolves with the port once connections are accepted; until `serve` calls end `UNAVAILABLE`. `drain` tells the health service's
 * watchers that nothing new should come; what comes all the same is decided, because a gateway that is told nothing lets it pass. `stop`
 * accepts no further connection, lets calls in flight finish within `DRAIN_MS`, then closes what is left. Rejects when the address cannot
 * be listened on.
 */
export class GrpcServer {
  readonly #options: GrpcServerOptions;
  readonly #server: Server;
  readonly #health = new HealthImplementation({ '': 'NOT_SERVING', [RATE_LIMIT_SERVICE]: 'NOT_SERVING' });
  #phase: 'starting' | 'serving' | 'draining' = 'starting';
  #isHealthy = false;
  #cancelWatch: Cancel | undefined;
  #failures = 0;

  constructor(options: GrpcServerOptions) {
    this.#options = options;
    // The library would write to standard error in its own way; what matters comes back as an error.
    setLogVerbosity(logVerbosity.NONE);
    this.#server = new Server({
      'grpc.max_receive_message_length': MESSAGE_BYTES_MAX,
      'grpc.max_concurrent_streams': STREAMS_PER_CONNECTION_MAX,
      'grpc.keepalive_time_ms': KEEPALIVE_MS,
      'grpc.keepalive_timeout_ms': KEEPALIVE_ANSWER_MS,
    });
  }

  async start(): Promise<number> {
    const { rateLimit, reflection } = await loadProtocol();
    this.#server.addService(rateLimit, {
      ShouldRateLimit: (
        call: ServerUnaryCall<RateLimitRequest, RateLimitResponse>,
        answer: sendUnaryData<RateLimitResponse>,
      ) => this.#answer(call, answer),
    });
    this.#health.addToServer(this.#server);
    reflection.addToServer(this.#server);
    const { host, port, clock, identity } = this.#options;
    const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    const bound = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync(address, credentialsOf(identity), (error, actual) => {
        if (error === null) resolve(actual);
        else reject(withSystemCode(error));
      });
    });
    this.#cancelWatch = clock.every(HEALTH_INTERVAL_MS, () => this.#tellHealth());
    return bound;
  }

  serve(): void {
    if (this.#phase === 'starting') this.#phase = 'serving';
    this.#tellHealth();
  }

  drain(): void {
    this.#phase = 'draining';
    this.#tellHealth();
  }

  async stop(): Promise<void> {
    this.drain();
    this.#cancelWatch?.();
    const deadline = setTimeout(() => this.#server.forceShutdown(), DRAIN_MS);
    try {
      // It fails only where there is nothing left to stop.
      await new Promise<void>((resolve) => this.#server.tryShutdown(() => resolve()));
    } finally {
      clearTimeout(deadline);
    }
  }

  #answer(
    call: ServerUnaryCall<RateLimitRequest, RateLimitResponse>,
    answer: sendUnaryData<RateLimitResponse>,
  ): void {
    // Whoever asked has stopped waiting: nothing may be spent on that.
    if (call.cancelled || Number(call.getDeadline()) <= Date.now()) {
      answer({
        code: status.DEADLINE_EXCEEDED,
        details: 'the deadline had passed before the request was read',
      });
      return;
    }
    if (this.#phase === 'starting') {
      answer({ code: status.UNAVAILABLE, details: 'this region is starting' });
      return;
    }
    if (this.#options.isOverloaded?.() === true) {
      answer({ code: status.UNAVAILABLE, details: 'this coordinator has more to do than it can' });
      return;
    }
    let response: Awaitable<RateLimitResponse>;
    try {
      this.#letIn(call);
      response = shouldRateLimit(
        this.#options,
        call.request,
        this.#options.recordSpan && carriedBy(call.metadata),
      );
    } catch (error) {
      answer(this.#refusal(error));
      return;
    }
    if (response instanceof Promise)
      response.then(
        (late) => answer(null, late),
        (error: unknown) => answer(this.#refusal(error)),
      );
    else answer(null, response);
  }

  #letIn(call: ServerUnaryCall<RateLimitRequest, RateLimitResponse>): void {
    const { tokens = () => [], refused } = this.#options;
    const known = tokens();
    if (known.length === 0) return;
    try {
      holderOf(call.metadata.get('authorization')[0]?.toString(), 'check', known);
    } catch (error) {
      if (error instanceof HeadgateError && isAccessCode(error.code)) {
        const { code } = error;
        refused?.({ interface: 'grpc', code, route: call.getPath(), address: hostOf(call.getPeer()) });
      }
      throw error;
    }
  }

  #refusal(error: unknown): { readonly code: status; readonly details: string } {
    if (error instanceof HeadgateError && isAccessCode(error.code)) {
      const code = error.code === 'role_missing' ? status.PERMISSION_DENIED : status.UNAUTHENTICATED;
      return { code, details: error.message };
    }
    if (error instanceof HeadgateError && error.code === 'invalid_request') {
      const listed = error.problems.slice(0, PROBLEMS_LISTED_MAX);
      return {
        code: status.INVALID_ARGUMENT,
        details: listed.map(({ field, detail }) => `${field} ${detail}`).join('; '),
      };
    }
    this.#failures += 1;
    // At every doubling, so that a defect that every request meets does not fill the disk.
    if (Number.isInteger(Math.log2(this.#failures))) {
      this.#options.log.error('grpc_request_failed', { count: this.#failures, error });
    }
    return {
      code: status.UNAVAILABLE,
      details: 'something went wrong inside; the log of this region says what',
    };
  }

  #tellHealth(): void {
    const isHealthy = this.#phase === 'serving' && this.#options.ready();
    if (isHealthy === this.#isHealthy) return;
    this.#isHealthy = isHealthy;
    for (const service of ['', RATE_LIMIT_SERVICE]) {
      this.#health.setStatus(service, isHealthy ? 'SERVING' : 'NOT_SERVING');
    }
  }
}

/** Source: OpenTelemetry semantic conventions for RPC server spans. */
function carriedBy(metadata: Metadata): Carried {
  const text = (name: string) => metadata.get(name)[0]?.toString();
  return {
    traceparent: text('traceparent'),
    tracestate: text('tracestate'),
    about: {
      'rpc.system.name': 'grpc',
      'rpc.method': `${RATE_LIMIT_SERVICE}/ShouldRateLimit`,
      'rpc.response.status_code': 'OK',
    },
    name: `${RATE_LIMIT_SERVICE}/ShouldRateLimit`,
  };
}

/** A peer's address without its port. */
function hostOf(peer: string): string {
  return peer.replace(/:\d+$/, '');
}

/** The library tells the system's word for what went wrong in its text only; others look for it where the system puts it. */
function withSystemCode(error: Error): Error {
  const code = /\bE[A-Z]{3,}\b/.exec(error.message)?.[0];
  return code === undefined ? error : Object.assign(error, { code });
}
