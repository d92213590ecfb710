import type { FastifyInstance } from 'fastify';
import type { LimitView, PeerView } from '../../core/view.ts';
import type { HttpContext } from './context.ts';
import { GET_REPORT } from './document/report-operations.ts';
import { type Health, healthOf } from './health-routes.ts';

/** What the process counted that the region's own state does not tell. */
export type ReportFigures = {
  readonly uptimeMs: number;
  readonly decisions: number;
  readonly rejections: number;
  /** From a request's head to its answer; undefined before the first. */
  readonly meanResponseMs: number | undefined;
  /** What went wrong between regions, by peer and kind; the peer is empty where nobody can be named. */
  readonly syncErrors: readonly { readonly peer: string; readonly kind: string; readonly count: number }[];
};

/** How often a limit fired: because the world's quota was used up, or this region's part of it. */
type Triggers = { readonly global: number; readonly region: number };

/** What one limit came to here since the process started. */
export type LimitReport = {
  readonly name: string;
  readonly checks: number;
  readonly rejections: number;
  readonly triggers: Triggers;
  readonly permitsAllowed: number;
  readonly permitsDenied: number;
};

/** How it goes between this region and a peer; times are milliseconds, absent where nothing was measured. */
export type LinkReport = {
  readonly region: string;
  readonly status: string;
  readonly lastHeardAgoMs?: number;
  readonly snapshotAgoMs?: number;
  readonly latencyMs?: number;
  readonly errors: number;
};

/** The answer of `/v1/report`: what this region did since its process started. */
export type Report = {
  readonly region: string;
  readonly status: Health['status'];
  readonly atMs: number;
  readonly uptimeMs: number;
  readonly decisions: number;
  readonly rejections: number;
  readonly triggers: Triggers;
  readonly meanResponseMs?: number;
  readonly limits: readonly LimitReport[];
  readonly synchronisation: {
    /** Since some peer was heard last. */
    readonly lastSyncAgoMs?: number;
    readonly meanLatencyMs?: number;
    readonly errors: number;
    readonly peers: readonly LinkReport[];
  };
};

const NO_FIGURES: ReportFigures = {
  uptimeMs: 0,
  decisions: 0,
  rejections: 0,
  meanResponseMs: undefined,
  syncErrors: [],
};

/** Adds `/v1/report`. */
export function addReportRoute(server: FastifyInstance, context: HttpContext): void {
  server.get('/v1/report', { schema: GET_REPORT }, () => reportOf(context));
}

function reportOf(context: HttpContext): Report {
  const { limits, peers } = context.coordinator.view();
  const figures = context.figures?.() ?? NO_FIGURES;
  const entries = limits.map(limitReport);
  const links = peers.map((peer) => linkReport(peer, figures));
  const heard = links.flatMap(({ lastHeardAgoMs }) => lastHeardAgoMs ?? []);
  const latencies = links.flatMap(({ latencyMs }) => latencyMs ?? []);
  return {
    region: context.region,
    status: healthOf(context).status,
    atMs: Math.round(context.clock.now().wallMs),
    uptimeMs: Math.round(figures.uptimeMs),
    decisions: figures.decisions,
    rejections: figures.rejections,
    triggers: {
      global: sumOf(entries.map(({ triggers }) => triggers.global)),
      region: sumOf(entries.map(({ triggers }) => triggers.region)),
    },
    ...measured('meanResponseMs', figures.meanResponseMs),
    limits: entries,
    synchronisation: {
      ...measured('lastSyncAgoMs', heard.length === 0 ? undefined : Math.min(...heard)),
      ...measured('meanLatencyMs', latencies.length === 0 ? undefined : sumOf(latencies) / latencies.length),
      errors: sumOf(figures.syncErrors.map(({ count }) => count)),
      peers: links,
    },
  };
}

function limitReport({ spec, checks, permitsAllowed, permitsDenied }: LimitView): LimitReport {
  const count = (outcome: string, reason?: string) =>
    sumOf(
      checks
        .filter((check) => check.outcome === outcome && (reason === undefined || check.reason === reason))
        .map((check) => check.count),
    );
  return {
    name: spec.name,
    checks: count('allowed') + count('denied'),
    rejections: count('denied'),
    triggers: {
      global: count('denied', 'global_limit_exceeded') + count('denied', 'concurrency_exceeded'),
      region: count('denied', 'region_share_exhausted'),
    },
    permitsAllowed,
    permitsDenied,
  };
}

function linkReport(
  { region, status, lastHeardAgoMs, snapshotAgoMs, syncLatencyMs }: PeerView,
  { syncErrors }: ReportFigures,
): LinkReport {
  return {
    region,
    status,
    ...measured('lastHeardAgoMs', lastHeardAgoMs),
    ...measured('snapshotAgoMs', snapshotAgoMs),
    ...measured('latencyMs', syncLatencyMs),
    errors: sumOf(syncErrors.filter(({ peer }) => peer === region).map(({ count }) => count)),
  };
}

/** A time in whole microseconds under its name; nothing where none was measured. */
function measured<Name extends string>(
  name: Name,
  milliseconds: number | undefined,
): { readonly [Key in Name]?: number } {
  if (milliseconds === undefined) return {};
  return { [name]: Math.round(milliseconds * 1_000) / 1_000 } as { readonly [Key in Name]: number };
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
