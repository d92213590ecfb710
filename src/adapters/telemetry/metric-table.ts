import type { LimitSpec } from '../../core/limit.ts';
import type { PeerView, RegionView, UsageView } from '../../core/view.ts';
import type { JournalCounters, TransportCounters } from '../../ports.ts';
import { counter, gauge, type MetricRow, type Sample } from './metric-row.ts';

/** What is looked at for a scrape: everything at one moment. */
export type Scene = {
  readonly view: RegionView;
  /** The counters of a limit that has one only. */
  readonly usage: (limit: string) => UsageView | undefined;
  readonly transport: TransportCounters;
  /** The same in detail. */
  readonly traffic: {
    /** `peer` is empty where nobody can be named. */
    readonly errors: readonly { readonly peer: string; readonly kind: string; readonly count: number }[];
    readonly deltaBytes: { readonly sent: number; readonly received: number };
  };
  /** What the journal did; undefined where none is kept. */
  readonly journal: JournalCounters | undefined;
  /** How reloads of the configuration's files went; undefined where none are watched. */
  readonly reloads: { readonly succeeded: number; readonly failed: number } | undefined;
  /** Callers that were not let in. */
  readonly refusals: readonly { readonly interface: string; readonly code: string; readonly count: number }[];
  /** Decisions that no limit matched. */
  readonly unlimited: number;
  /** Checks that were admitted while the region was degraded, by limit. */
  readonly admittedDegraded: ReadonlyMap<string, number>;
};

/**
 * Every metric of the region and of what connects it with others (api.md §5). Labels are bounded: limits, regions and words; never a key.
 * Those of what is not there yet are not either: a store, keys that are evicted.
 */
export const METRICS: readonly MetricRow<Scene>[] = [
  counter(
    'checks_total',
    ['limit', 'outcome', 'reason'],
    'Checks, by limit and what became of them',
    (scene) => [
      ...scene.view.limits.flatMap(({ spec, checks }) =>
        checks.map(({ outcome, reason, count }): Sample => [[spec.name, outcome, reason], count]),
      ),
      [['', 'allowed', 'no_limit'], scene.unlimited],
    ],
  ),
  counter('limit_triggered_total', ['limit', 'scope'], 'Checks denied, by what was used up', ({ view }) =>
    view.limits.flatMap(({ spec, checks }): Sample[] => [
      // What others hold, held anywhere, is what this one lacks.
      [
        [spec.name, 'global'],
        countOf(checks, 'denied', 'global_limit_exceeded') +
          countOf(checks, 'denied', 'concurrency_exceeded'),
      ],
      [[spec.name, 'region'], countOf(checks, 'denied', 'region_share_exhausted')],
    ]),
  ),
  counter('permits_total', ['limit', 'outcome'], 'Permits asked for, by outcome', ({ view }) =>
    view.limits.flatMap(({ spec, permitsAllowed, permitsDenied }): Sample[] => [
      [[spec.name, 'allowed'], permitsAllowed],
      [[spec.name, 'denied'], permitsDenied],
    ]),
  ),
  counter(
    'near_limit_total',
    ['limit'],
    'Checks that left less than a fifth of the entitlement',
    ({ view }) => view.limits.map(({ spec, nearLimit }) => [[spec.name], nearLimit]),
  ),
  counter('shadow_denied_total', ['limit'], 'Checks that would have been denied', ({ view }) =>
    view.limits.map(({ spec, checks }) => [[spec.name], countOf(checks, 'allowed', 'shadow')]),
  ),
  gauge('share_permits', ['limit', 'region'], 'Base share of each region in one window', ({ view }) =>
    view.limits.flatMap(({ spec, bases }) =>
      bases.map(([region, permits]): Sample => [[spec.name, region], permits]),
    ),
  ),
  gauge('entitled_permits', ['limit'], 'What this region may use of the current window', ({ view }) =>
    view.limits.map(({ spec, entitlement }) => [[spec.name], entitlement]),
  ),
  gauge(
    'share_used_ratio',
    ['limit'],
    'Used part of what this region may use of the current window, of windows without a counter per value',
    (scene) =>
      scene.view.limits.flatMap(({ spec }): Sample[] => {
        const ratio = hasOneWindow(spec) ? usedRatio(scene.usage(spec.name), scene.view.region) : undefined;
        return ratio === undefined ? [] : [[[spec.name], ratio]];
      }),
  ),
  gauge('keys', ['limit'], 'Counters in memory', ({ view }) =>
    view.limits.map(({ spec, keys }) => [[spec.name], keys]),
  ),
  counter('config_reload_total', ['result'], 'Changes of the configuration files', ({ reloads }) => [
    [['success'], reloads?.succeeded ?? 0],
    [['failure'], reloads?.failed ?? 0],
  ]),
  counter(
    'callers_refused_total',
    ['interface', 'code'],
    'Requests without a token, with one that is not known, or with one for something else',
    ({ refusals }) => refusals.map(({ interface: through, code, count }): Sample => [[through, code], count]),
  ),
  counter('transfers_total', ['limit', 'direction'], 'Permits moved between regions', ({ view }) =>
    view.limits.flatMap(({ spec, permitsGiven, permitsReceived }): Sample[] => [
      [[spec.name, 'out'], permitsGiven],
      [[spec.name, 'in'], permitsReceived],
    ]),
  ),
  gauge('degraded', [], 'Whether this region may not use its whole share', ({ view }) => [
    [[], Number(view.degraded)],
  ]),
  counter(
    'admitted_degraded_total',
    ['limit'],
    'Checks admitted while this region could not use its whole share',
    ({ view, admittedDegraded }) =>
      view.limits.map(({ spec }) => [[spec.name], admittedDegraded.get(spec.name) ?? 0]),
  ),
  counter(
    'over_admission_permits_total',
    ['limit'],
    'Permits that were found after merging to be admitted beyond the limit; none where the limit is strict',
    ({ view }) => view.limits.map(({ spec, permitsOver }) => [[spec.name], permitsOver]),
  ),
  counter(
    'uncounted_permits_total',
    ['limit'],
    'Permits admitted without being counted, as this region could not decide',
    ({ view }) => view.limits.map(({ spec, permitsUncounted }) => [[spec.name], permitsUncounted]),
  ),
  ofPeers('gauge', 'peer_up', 'Whether there is two-way contact', (peer) => Number(peer.status === 'up')),
  ofPeers('gauge', 'peer_last_heard_seconds', 'Time since the newest heartbeat', (peer) =>
    inSeconds(peer.lastHeardAgoMs),
  ),
  ofPeers('gauge', 'peer_round_trip_seconds', 'Round trip of heartbeats', (peer) =>
    inSeconds(peer.roundTripMs),
  ),
  ofPeers('gauge', 'peer_clock_skew_seconds', 'How far its clock is ahead', (peer) =>
    inSeconds(peer.clockSkewMs),
  ),
  ofPeers('gauge', 'sync_latency_seconds', 'Age of the newest delta on arrival', (peer) =>
    inSeconds(peer.syncLatencyMs),
  ),
  ofPeers('gauge', 'snapshot_age_seconds', 'Time since the newest full snapshot', (peer) =>
    inSeconds(peer.snapshotAgoMs),
  ),
  ofPeers('gauge', 'fenced', 'Whether its leased units are given to others', (peer) => Number(peer.fenced)),
  ofPeers(
    'counter',
    'repaired_entries_total',
    'Rows that anti-entropy had to mend',
    (peer) => peer.repairedEntries,
  ),
  counter('deltas_total', ['direction'], 'Deltas sent and received', ({ view }) => [
    [['sent'], view.deltasSent],
    [['received'], view.peers.reduce((sum, peer) => sum + peer.deltasReceived, 0)],
  ]),
  counter('delta_bytes_total', ['direction'], 'Bytes of the frames that carry deltas', ({ traffic }) => [
    [['sent'], traffic.deltaBytes.sent],
    [['received'], traffic.deltaBytes.received],
  ]),
  counter('frames_total', ['direction'], 'Frames of every kind sent and received', ({ transport }) => [
    [['sent'], transport.framesSent],
    [['received'], transport.framesReceived],
  ]),
  counter('frame_bytes_total', ['direction'], 'Bytes of those frames', ({ transport }) => [
    [['sent'], transport.bytesSent],
    [['received'], transport.bytesReceived],
  ]),
  counter(
    'sync_errors_total',
    ['peer', 'kind'],
    'Frames that were not sent or not accepted; without a peer where nobody can be named',
    // Who signs a frame that is refused is anyone's guess; who refuses ours, and whose name a NATS server lets through, is not.
    ({ traffic }) => traffic.errors.map(({ peer, kind, count }): Sample => [[peer, kind], count]),
  ),
  gauge('config_version', [], 'Number of the configuration version in force', ({ view }) => [
    [[], view.version[0]],
  ]),
  gauge('inbox_depth', [], 'Messages that wait for the driver', ({ view }) => [[[], view.inboxDepth]]),
  counter('inbox_shed_total', [], 'Messages shed because the inbox was full', ({ view }) => [
    [[], view.inboxShed],
  ]),
];

/** A metric with one sample for each peer of which there is a number. */
function ofPeers(
  type: MetricRow<Scene>['type'],
  name: string,
  help: string,
  read: (peer: PeerView) => number | undefined,
): MetricRow<Scene> {
  const samples: MetricRow<Scene>['samples'] = ({ view }) =>
    view.peers.flatMap((peer): Sample[] => {
      const value = read(peer);
      return value === undefined ? [] : [[[peer.region], value]];
    });
  return { name: `headgate_${name}`, type, help, labels: ['peer'], samples };
}

function countOf(checks: RegionView['limits'][number]['checks'], outcome: string, reason: string): number {
  return checks.find((check) => check.outcome === outcome && check.reason === reason)?.count ?? 0;
}

function inSeconds(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : milliseconds / 1000;
}

/** Whether all requests under a limit meet in one counter of one window. */
function hasOneWindow({ algorithm, dimensions }: LimitSpec): boolean {
  return ['fixed-window', 'quota'].includes(algorithm) && !Object.values(dimensions).includes('*');
}

/** How much of its part of the current window a region has used; all of it where it has none. */
function usedRatio(usage: UsageView | undefined, region: string): number | undefined {
  const window = usage?.windows[0];
  if (window === undefined) return undefined;
  const used = window.byRegion.find((part) => part.region === region)?.used ?? 0;
  return window.entitlement > 0 ? used / window.entitlement : 1;
}
