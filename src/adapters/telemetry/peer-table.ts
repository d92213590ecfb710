import type { PeerView } from '../../core/view.ts';
import { counter, gauge, type MetricRow, type Sample } from './metric-row.ts';
import type { Scraped } from './scene.ts';

/** Every metric of peers (api.md §5): of each by its region; without a sample where nothing was measured yet. */
export const PEER_METRICS: readonly MetricRow<Scraped>[] = [
  ofPeers(gauge, 'peer_up', 'Whether there is two-way contact', (peer) => Number(peer.status === 'up')),
  ofPeers(gauge, 'peer_last_heard_seconds', 'Time since the newest heartbeat', (peer) =>
    inSeconds(peer.lastHeardAgoMs),
  ),
  ofPeers(gauge, 'peer_round_trip_seconds', 'Round trip of heartbeats', (peer) =>
    inSeconds(peer.roundTripMs),
  ),
  ofPeers(gauge, 'peer_clock_skew_seconds', 'How far its clock is ahead', (peer) =>
    inSeconds(peer.clockSkewMs),
  ),
  ofPeers(
    gauge,
    'peer_differs',
    'Whether it means something else by the same configuration version',
    (peer) => Number(peer.differs),
  ),
  ofPeers(gauge, 'peer_stale', 'Whether a delta of it is missing and nothing has mended that yet', (peer) =>
    Number(peer.stale),
  ),
  ofPeers(gauge, 'fenced', 'Whether its leased units are given to others', (peer) => Number(peer.fenced)),
  ofPeers(gauge, 'sync_latency_seconds', 'Age of the newest delta on arrival', (peer) =>
    inSeconds(peer.syncLatencyMs),
  ),
  ofPeers(gauge, 'snapshot_age_seconds', 'Time since the newest full snapshot', (peer) =>
    inSeconds(peer.snapshotAgoMs),
  ),
  ofPeers(
    counter,
    'repaired_entries_total',
    'Rows that anti-entropy had to mend',
    (peer) => peer.repairedEntries,
  ),
  counter(
    'sync_errors_total',
    ['peer', 'kind'],
    'Frames that were not sent or not accepted; without a peer where nobody can be named',
    // Who signs a frame that is refused is anyone's guess; who refuses ours, and whose name a NATS server lets through, is not.
    ({ traffic }) => traffic.errors.map(({ peer, kind, count }): Sample => [[peer, kind], count]),
  ),
];

/** A metric with one sample for each peer of which there is a number. */
function ofPeers(
  kind: typeof counter,
  name: string,
  help: string,
  read: (peer: PeerView) => number | undefined,
): MetricRow<Scraped> {
  return kind(name, ['peer'], help, ({ view }: Scraped) =>
    view.peers.flatMap((peer): Sample[] => {
      const value = read(peer);
      return value === undefined ? [] : [[[peer.region], value]];
    }),
  );
}

function inSeconds(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : milliseconds / 1000;
}
