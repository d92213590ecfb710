import { getHeapStatistics } from 'node:v8';
import type { LimitView, RegionView } from '../../core/view.ts';
import { counter, gauge, type MetricRow, type Sample } from './metric-row.ts';
import type { Scraped } from './scene.ts';

/** Every metric of a coordinator itself and of what it says to others (api.md §5). */
export const NODE_METRICS: readonly MetricRow<Scraped>[] = [
  flag('degraded', 'Whether this region may not use its whole share', ({ view }) => view.degraded),
  flag(
    'sitting_out',
    'Whether it may use nothing yet, after a start without books',
    ({ view }) => view.sitting,
  ),
  flag(
    'draining',
    'Whether it was told to stop, or to let callers go elsewhere',
    ({ view }) => view.draining,
  ),
  flag('transport_up', 'Whether the medium between the regions is up', (scene) => scene.transportConnected),
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
    'transfers_total',
    ['direction', 'result'],
    'Transfers of quota: out, given or, to who asked, refused; in, asked for and received',
    ({ view }) => [
      [['out', 'given'], sumOf(view, ({ given }) => given)],
      [['out', 'refused'], sumOf(view, ({ refused }) => refused)],
      [['in', 'asked'], sumOf(view, ({ asked }) => asked)],
      [['in', 'received'], sumOf(view, ({ received }) => received)],
    ],
  ),
  counter(
    'callers_refused_total',
    ['interface', 'code'],
    'Requests without a token, with one that is not known, or with one for something else',
    ({ refusals }) => refusals.map(({ interface: through, code, count }): Sample => [[through, code], count]),
  ),
  counter(
    'certificate_reload_total',
    ['purpose', 'result'],
    'Exchanges of certificates while running',
    ({ certificates }) =>
      certificates.flatMap(({ purpose, succeeded, failed }): Sample[] => [
        [[purpose, 'success'], succeeded],
        [[purpose, 'failure'], failed],
      ]),
  ),
  gauge(
    'certificate_expiry_timestamp_seconds',
    ['purpose'],
    'When the certificate in use runs out, as Unix time',
    ({ certificates }) =>
      certificates.map(({ purpose, expiresMs }): Sample => [[purpose], Math.floor(expiresMs / 1_000)]),
  ),
  gauge('inbox_depth', [], 'Messages that wait for the driver', ({ view }) => [[[], view.inboxDepth]]),
  counter('inbox_shed_total', [], 'Messages shed because the inbox was full', ({ view }) => [
    [[], view.inboxShed],
  ]),
  counter(
    'requests_shed_total',
    [],
    'Requests refused because there was more to do than could be done',
    (scene) => [[[], scene.requestsShed]],
  ),
  counter('config_reload_total', ['result'], 'Changes of the configuration files', ({ reloads }) => [
    [['success'], reloads?.succeeded ?? 0],
    [['failure'], reloads?.failed ?? 0],
  ]),
  flag(
    'config_last_reload_successful',
    'Whether the files that changed last could be used; the last good configuration is in force otherwise',
    ({ reloads }) => reloads?.problem === undefined,
  ),
  gauge('heap_limit_bytes', [], 'How large Node lets its heap grow', () => [
    [[], getHeapStatistics().heap_size_limit],
  ]),
  gauge('config_version', [], 'Number of the configuration version in force', ({ view }) => [
    [[], view.version[0]],
  ]),
];

function flag(name: string, help: string, read: (scene: Scraped) => boolean): MetricRow<Scraped> {
  return gauge(name, [], help, (scene: Scraped) => [[[], Number(read(scene))]]);
}

function sumOf({ limits }: RegionView, read: (transfers: LimitView['transfers']) => number): number {
  return limits.reduce((sum, { transfers }) => sum + read(transfers), 0);
}
