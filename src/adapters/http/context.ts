import type { FastifyInstance } from 'fastify';
import type { Decision } from '../../core/decision.ts';
import type { Gateway } from '../../gateway.ts';
import type {
  Cancel,
  Clock,
  Coordinator,
  Log,
  Random,
  RecordSpan,
  SecureIdentity,
  SpanLink,
} from '../../ports.ts';
import type { AlertLog } from '../../watch/alert-log.ts';
import type { ThrottlingHistory } from '../../watch/throttling/history.ts';
import type { Told } from '../../watch/watch.ts';
import type { AdminContext } from './admin-routes.ts';
import type { TransportDiagnosis } from './connection-checks.ts';
import type { HeaderDialect } from './header-dialects.ts';
import type { ReportFigures } from './report-routes.ts';
import type { RolesOptions } from './roles.ts';

/**
 * `starting`: listening, but the region does not run yet. `serving`: decides. `draining`: decides too, but is not ready any more and
 * closes each connection with its next answer, so that callers go elsewhere. `stopping`: finishes what is in flight and decides nothing.
 */
export type Phase = 'starting' | 'serving' | 'draining' | 'stopping';

/** Where what the server measures goes to, and comes back from as text for a scrape. */
export type HttpTelemetry = {
  /** One decision, the milliseconds from the request's head to the answer, and the span of it where one was recorded. */
  observeCheck(milliseconds: number, decision: Decision, span?: SpanLink): void;
  scrape(
    format: 'prometheus' | 'openmetrics',
  ): Promise<{ readonly contentType: string; readonly text: string }>;
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
  /** Undefined where requests are not traced. */
  readonly recordSpan?: RecordSpan | undefined;
  /** What limits did in the last quarter of an hour. */
  readonly throttling: Pick<ThrottlingHistory, 'of' | 'all'>;
  /** What is wrong here, and was. */
  readonly alerts: Pick<AlertLog, 'list'>;
  /** Whether the medium between the regions is up. */
  readonly transportConnected: () => boolean;
  /** What is wrong with it, where it can tell. */
  readonly transportDiagnosis?: () => TransportDiagnosis;
  /** `ok`, or what is wrong with the store that the region's nodes share; undefined where the region is one process. */
  readonly storeCheck?: (() => string) | undefined;
  /** What the process counted; for the report. */
  readonly figures?: () => ReportFigures;
  /** What is wrong with the configuration's files since they last changed; undefined while nothing is. */
  readonly reloadProblem: () => string | undefined;
  readonly phase: () => Phase;
  /** Asked once for each request: whether it is to be refused because there is more to do than can be done. */
  readonly isOverloaded?: () => boolean;
  /** How answers tell what is left. */
  readonly headers: HeaderDialect;
  /** What requests of a gateway mean; undefined where none asks. */
  readonly gateway: Gateway | undefined;
  /** Of the program, for the document. */
  readonly version: string;
  /** With it TLS is spoken, and nothing else. */
  readonly identity?: SecureIdentity | undefined;
  /** Who may ask for what. */
  readonly roles: RolesOptions;
  /** What changes limits; undefined where none can be changed here. */
  readonly admin?: AdminContext;
  /** Tells a listener everything, at once and then as it happens, until cancelled. */
  readonly listen: (listener: (told: Told) => void) => Cancel;
  /** Adds routes of other interfaces that are spoken over HTTP too; `refusal` says why nothing is decided now. */
  readonly addRoutes?: (server: FastifyInstance, refusal: () => 'starting' | 'draining' | undefined) => void;
};
