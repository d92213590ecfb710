import type { Decision } from '../../core/decision.ts';
import type { Clock, Coordinator, Log, Random } from '../../ports.ts';

/** `starting`: listening, but the region does not run yet; `draining`: about to stop. Only `serving` decides. */
export type Phase = 'starting' | 'serving' | 'draining';

/** Where what the server measures goes to, and comes back from as text for a scrape. */
export type HttpTelemetry = {
  /** One decision, and the milliseconds from the request's head to the answer. */
  observeCheck(milliseconds: number, decision: Decision): void;
  scrape(): Promise<{ readonly contentType: string; readonly text: string }>;
};

declare module 'fastify' {
  interface FastifyRequest {
    /** When the request's head was read, in monotonic milliseconds. */
    startedMonoMs: number;
  }
}

/** What every route may use. */
export type HttpContext = {
  readonly region: string;
  readonly coordinator: Coordinator;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly telemetry: HttpTelemetry;
  /** Whether the medium between the regions is up. */
  readonly transportConnected: () => boolean;
  /** What is wrong with the configuration's files since they last changed; undefined while nothing is. */
  readonly reloadProblem: () => string | undefined;
  readonly phase: () => Phase;
};
