import { versionName } from '../administration/version-name.ts';
import type { LimitView, PeerView, RegionView, UsageView } from '../core/view.ts';
import type { Alert } from './alerts.ts';
import { LIMITS_TOLD_MAX } from './bounds.ts';

/** Everything that is looked at, at one moment. */
export type Scene = {
  readonly wallMs: number;
  readonly monoMs: number;
  readonly view: RegionView;
  /** What is wrong with what is between the regions, and with the configuration's files; undefined while nothing is. */
  readonly transportTrouble: string | undefined;
  readonly configurationTrouble: string | undefined;
  /** All decisions of this process, and the milliseconds that they took together. */
  readonly decisions: number;
  readonly responseMs: number;
};

/** Permits a second under one limit, here. */
export type Rates = { readonly offered: number; readonly admitted: number; readonly denied: number };

/** Who may use how much of one counter in the current window, and has used how much, as far as is known here. */
export type SharesNow = {
  /** The hottest key of limits with a counter for each value, where one is hot; empty otherwise. */
  readonly key: string;
  readonly permits: number;
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly byRegion: readonly { readonly region: string; readonly used: number; readonly share: number }[];
};

/** One limit in one second. */
export type LimitNow = {
  readonly name: string;
  /** Absent in the first look, which has nothing to compare with. */
  readonly rates?: Rates;
  /** Checks a second that left less than a fifth of this region's entitlement. */
  readonly near: number;
  /** Permits given to other regions and received from them, and admitted beyond the limit, since the process started. */
  readonly given: number;
  readonly received: number;
  readonly over: number;
  readonly keys: number;
  readonly shares?: SharesNow;
};

/** One peer in one second. Times are milliseconds, absent where nothing was measured. */
export type PeerNow = Pick<
  PeerView,
  'region' | 'weight' | 'status' | 'differs' | 'stale' | 'owns' | 'fenced'
> & {
  readonly lastHeardAgoMs?: number;
  readonly roundTripMs?: number;
  readonly clockSkewMs?: number;
  readonly syncLatencyMs?: number;
  readonly snapshotAgoMs?: number;
};

/** What is told once a second: the whole of what this region knows of the world, in numbers that can be shown as they are. */
export type Frame = {
  readonly atMs: number;
  readonly region: string;
  readonly weight: number;
  readonly epoch: number;
  readonly sitting: boolean;
  readonly draining: boolean;
  readonly degraded: boolean;
  readonly owns: boolean;
  readonly transport: string;
  readonly configuration: string;
  /** Decisions a second, and their mean response time; absent in the first look or where there were none. */
  readonly decisions?: number;
  readonly meanResponseMs?: number;
  readonly version: string;
  readonly versions: readonly { readonly id: string; readonly adoptedBy: readonly string[] }[];
  readonly peers: readonly PeerNow[];
  readonly limits: readonly LimitNow[];
  /** Limits that are not among them, as only the busiest are told. */
  readonly limitsLeftOut: number;
  /** What is wrong now. */
  readonly alerts: readonly Alert[];
};

/** What a frame is made of beside the scene: what others look at once for all. */
export type FrameParts = {
  readonly earlier: Scene | undefined;
  readonly usage: (limit: string) => UsageView | undefined;
};

/** Makes the numbers of one second, without its alerts. */
export function frameOf(scene: Scene, { earlier, usage }: FrameParts): Omit<Frame, 'alerts'> {
  const { view } = scene;
  const limits = limitsOf(scene, earlier);
  const told = limits.length <= LIMITS_TOLD_MAX ? limits : busiest(limits);
  return {
    atMs: Math.round(scene.wallMs),
    region: view.region,
    weight: view.weight,
    epoch: view.epoch,
    sitting: view.sitting,
    draining: view.draining,
    degraded: view.degraded,
    owns: view.owns,
    transport: scene.transportTrouble ?? 'ok',
    configuration: scene.configurationTrouble ?? 'ok',
    ...pace(scene, earlier),
    version: versionName(view.version),
    versions: view.versions.map(({ id, adopted }) => ({
      id: versionName(id),
      adoptedBy: adopted.filter(([, epoch]) => epoch <= view.epoch).map(([region]) => region),
    })),
    peers: view.peers.map(peerOf),
    limits: told.map((limit) => withShares(limit, usage(limit.name))),
    limitsLeftOut: limits.length - told.length,
  };
}

function pace(scene: Scene, earlier: Scene | undefined): Pick<Frame, 'decisions' | 'meanResponseMs'> {
  if (earlier === undefined) return {};
  const decided = scene.decisions - earlier.decisions;
  const decisions = perSecond(decided, scene, earlier);
  if (decided <= 0) return { decisions };
  return { decisions, meanResponseMs: rounded((scene.responseMs - earlier.responseMs) / decided) };
}

function limitsOf(scene: Scene, earlier: Scene | undefined): LimitNow[] {
  const before = new Map(earlier?.view.limits.map((limit) => [limit.spec.name, limit]));
  return scene.view.limits.map((now) => {
    const { spec, keys, permitsGiven, permitsReceived, permitsOver } = now;
    const was = before.get(spec.name);
    const about = {
      name: spec.name,
      given: permitsGiven,
      received: permitsReceived,
      over: permitsOver,
      keys,
      near: 0,
    };
    if (earlier === undefined) return about;
    const rate = (count: (limit: LimitView) => number) =>
      perSecond(grownBy(count(now), was === undefined ? 0 : count(was)), scene, earlier);
    const admitted = rate((limit) => limit.permitsAllowed);
    const denied = rate((limit) => limit.permitsDenied);
    const rates = { offered: rounded(admitted + denied), admitted, denied };
    return { ...about, rates, near: rate((limit) => limit.nearLimit) };
  });
}

/** A limit that was changed counts from zero again. */
function grownBy(now: number, before: number): number {
  return now >= before ? now - before : now;
}

function perSecond(count: number, { monoMs }: Scene, earlier: Scene): number {
  return rounded((count * 1_000) / Math.max(1, monoMs - earlier.monoMs));
}

/** The limits with the most permits offered, in the order they came in. */
function busiest(limits: readonly LimitNow[]): readonly LimitNow[] {
  const offered = (limit: LimitNow) => limit.rates?.offered ?? 0;
  const chosen = new Set(limits.toSorted((a, b) => offered(b) - offered(a)).slice(0, LIMITS_TOLD_MAX));
  return limits.filter((limit) => chosen.has(limit));
}

function withShares(limit: LimitNow, usage: UsageView | undefined): LimitNow {
  const window = usage?.windows[0];
  if (usage === undefined || window === undefined) return limit;
  const { startsAtMs, endsAtMs } = window;
  const byRegion = window.byRegion.map((part) => ({ ...part, share: rounded(part.share) }));
  return {
    ...limit,
    shares: { key: usage.key, permits: usage.limitPermits, startsAtMs, endsAtMs, byRegion },
  };
}

function peerOf(peer: PeerView): PeerNow {
  const { region, weight, status, differs, stale, owns, fenced } = peer;
  const times = ['lastHeardAgoMs', 'roundTripMs', 'clockSkewMs', 'syncLatencyMs', 'snapshotAgoMs'] as const;
  const measured = times.flatMap((name) => {
    const value = peer[name];
    return value === undefined ? [] : [[name, rounded(value)] as const];
  });
  return { region, weight, status, differs, stale, owns, fenced, ...Object.fromEntries(measured) };
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
