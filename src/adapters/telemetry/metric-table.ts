import type { PeerView, RegionView } from '../../core/view.ts';
import type { TransportCounters } from '../../ports.ts';

/** What is looked at for a scrape: everything at one moment. */
export type Scene = {
  readonly view: RegionView;
  readonly transport: TransportCounters;
  /** How reloads of the configuration's files went; undefined where none are watched. */
  readonly reloads: { readonly succeeded: number; readonly failed: number } | undefined;
  /** Decisions that no limit matched. */
  readonly unlimited: number;
};

/** One sample: values of the labels in the order of the metric's label names, and its number. */
export type Sample = readonly [labels: readonly string[], value: number];

/** A metric whose samples are read off the scene. Counters only grow while the process lives. */
export type MetricRow = {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly labels: readonly string[];
  readonly samples: (scene: Scene) => readonly Sample[];
};

/** Every metric that is read off the region's own state (api.md §5). Labels are bounded: limits, regions and words; never a key. */
export const METRICS: readonly MetricRow[] = [
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
      [[spec.name, 'global'], countOf(checks, 'denied', 'global_limit_exceeded')],
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
  gauge('keys', ['limit'], 'Counters in memory', ({ view }) =>
    view.limits.map(({ spec, keys }) => [[spec.name], keys]),
  ),
  counter('config_reload_total', ['result'], 'Changes of the configuration files', ({ reloads }) => [
    [['success'], reloads?.succeeded ?? 0],
    [['failure'], reloads?.failed ?? 0],
  ]),
  counter('transfers_total', ['limit', 'direction'], 'Permits moved between regions', ({ view }) =>
    view.limits.flatMap(({ spec, permitsGiven, permitsReceived }): Sample[] => [
      [[spec.name, 'out'], permitsGiven],
      [[spec.name, 'in'], permitsReceived],
    ]),
  ),
  gauge('degraded', [], 'Whether this region may not use its whole share', ({ view }) => [
    [[], Number(view.degraded)],
  ]),
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
    'Frames that were not sent or not accepted',
    ({ transport }) => [
      // The transport sends to all at once and does not trust the name on a frame that it refuses: no peer is blamed.
      [['', 'dropped'], transport.framesDropped],
      [['', 'send'], transport.sendErrors],
      ...Object.entries(transport.framesRejected).map(([reason, count]): Sample => [['', reason], count]),
    ],
  ),
  gauge('config_version', [], 'Number of the configuration version in force', ({ view }) => [
    [[], view.version[0]],
  ]),
  gauge('inbox_depth', [], 'Messages that wait for the driver', ({ view }) => [[[], view.inboxDepth]]),
  counter('inbox_shed_total', [], 'Messages shed because the inbox was full', ({ view }) => [
    [[], view.inboxShed],
  ]),
];

type Samples = MetricRow['samples'];

function counter(name: string, labels: readonly string[], help: string, samples: Samples): MetricRow {
  return { name: `headgate_${name}`, type: 'counter', help, labels, samples };
}

function gauge(name: string, labels: readonly string[], help: string, samples: Samples): MetricRow {
  return { name: `headgate_${name}`, type: 'gauge', help, labels, samples };
}

/** A metric with one sample for each peer of which there is a number. */
function ofPeers(
  type: MetricRow['type'],
  name: string,
  help: string,
  read: (peer: PeerView) => number | undefined,
): MetricRow {
  const samples: Samples = ({ view }) =>
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
