import { type DashboardTable, PEER, REGION } from './panel.ts';

const LINK = `${REGION}, ${PEER}`;

export const REPLICATION: DashboardTable = {
  name: 'replication',
  title: 'Headgate / Replication and anti-entropy',
  about: 'What regions tell each other, how old it is on arrival, what was lost and mended.',
  by: ['node_region', 'peer'],
  sections: [
    {
      title: 'How old it is',
      panels: [
        {
          kind: 'time',
          title: 'Age of deltas on arrival',
          about: 'By the clock of who sent them, as far as it is known.',
          queries: [
            [
              `max by (node_region, peer) (headgate_sync_latency_seconds{${LINK}})`,
              '{{peer}} → {{node_region}}',
            ],
          ],
          unit: 's',
          warn: 2,
        },
        {
          kind: 'time',
          title: 'Time since the newest full snapshot',
          about: 'Due every minute unless it is set otherwise.',
          queries: [
            [
              `max by (node_region, peer) (headgate_snapshot_age_seconds{${LINK}})`,
              '{{peer}} → {{node_region}}',
            ],
          ],
          unit: 's',
          warn: 600,
        },
        {
          kind: 'time',
          title: 'Time since the newest heartbeat',
          about: 'Suspected after 1.5 s unless it is set otherwise.',
          queries: [
            [
              `max by (node_region, peer) (headgate_peer_last_heard_seconds{${LINK}})`,
              '{{peer}} → {{node_region}}',
            ],
          ],
          unit: 's',
        },
        {
          kind: 'time',
          title: 'Clocks',
          about: 'How far a peer’s clock is ahead.',
          queries: [
            [
              `max by (node_region, peer) (abs(headgate_peer_clock_skew_seconds{${LINK}}))`,
              '{{node_region}} – {{peer}}',
            ],
          ],
          unit: 's',
          warn: 0.5,
        },
      ],
    },
    {
      title: 'What is lost and mended',
      panels: [
        {
          kind: 'states',
          title: 'A delta is missing',
          about: 'And nothing has mended it yet.',
          queries: [
            [`max by (node_region, peer) (headgate_peer_stale{${LINK}})`, '{{peer}} → {{node_region}}'],
          ],
          words: { good: 0, 0: 'whole', 1: 'missing' },
        },
        {
          kind: 'time',
          title: 'Rows mended',
          about: 'By digests and snapshots, a second.',
          queries: [
            [
              `sum by (node_region, peer) (rate(headgate_repaired_entries_total{${LINK}}[$__rate_interval]))`,
              '{{peer}} → {{node_region}}',
            ],
          ],
        },
        {
          kind: 'time',
          title: 'Frames not sent, or not accepted',
          about: 'A second. Without a peer where nobody can be named.',
          queries: [
            [
              `sum by (node_region, peer, kind) (rate(headgate_sync_errors_total{${REGION}}[$__rate_interval]))`,
              '{{node_region}} {{kind}} {{peer}}',
            ],
          ],
        },
      ],
    },
    {
      title: 'What it costs',
      panels: [
        {
          kind: 'time',
          title: 'Bytes',
          about: 'Of all frames, a second.',
          queries: [
            [
              `sum by (node_region, direction) (rate(headgate_frame_bytes_total{${REGION}}[$__rate_interval]))`,
              '{{node_region}} {{direction}}',
            ],
          ],
          unit: 'Bps',
        },
        {
          kind: 'time',
          title: 'Frames',
          about: 'A second.',
          queries: [
            [
              `sum by (node_region, direction) (rate(headgate_frames_total{${REGION}}[$__rate_interval]))`,
              '{{node_region}} {{direction}}',
            ],
          ],
        },
        {
          kind: 'time',
          title: 'Deltas',
          about: 'A second.',
          queries: [
            [
              `sum by (node_region, direction) (rate(headgate_deltas_total{${REGION}}[$__rate_interval]))`,
              '{{node_region}} {{direction}}',
            ],
          ],
        },
        {
          kind: 'time',
          title: 'Bytes of deltas',
          about: 'A second.',
          queries: [
            [
              `sum by (node_region, direction) (rate(headgate_delta_bytes_total{${REGION}}[$__rate_interval]))`,
              '{{node_region}} {{direction}}',
            ],
          ],
          unit: 'Bps',
        },
        {
          kind: 'time',
          title: 'Inbox',
          about: 'Messages that wait, and those that were shed a second.',
          queries: [
            [`max by (node_region) (headgate_inbox_depth{${REGION}})`, '{{node_region}}'],
            [
              `sum by (node_region) (rate(headgate_inbox_shed_total{${REGION}}[$__rate_interval]))`,
              'shed {{node_region}}',
            ],
          ],
        },
        {
          kind: 'time',
          title: 'Transfers',
          about: 'Given, refused, asked for and received; a second.',
          queries: [
            [
              `sum by (node_region, direction, result) (rate(headgate_transfers_total{${REGION}}[$__rate_interval]))`,
              '{{node_region}} {{result}}',
            ],
          ],
        },
      ],
    },
  ],
};
