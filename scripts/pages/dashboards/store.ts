import { type DashboardTable, REGION } from './panel.ts';

export const STORE: DashboardTable = {
  name: 'store',
  title: 'Headgate / Store and journal',
  about: 'What nodes of a region share, and what survives a crash.',
  by: ['node_region'],
  sections: [
    {
      title: 'Store, where nodes of a region share one',
      panels: [
        {
          kind: 'states',
          title: 'Store',
          about: 'Whether it answers.',
          queries: [
            [`min by (node_region, node) (headgate_store_up{${REGION}})`, '{{node_region}} {{node}}'],
          ],
          words: { good: 1, 0: 'lost', 1: 'up' },
        },
        {
          kind: 'time',
          title: 'Answers',
          about: 'How long the newest took.',
          queries: [
            [
              `max by (node_region, node) (headgate_store_latency_seconds{${REGION}})`,
              '{{node_region}} {{node}}',
            ],
          ],
          unit: 's',
          warn: 0.01,
        },
        {
          kind: 'time',
          title: 'Errors',
          about: 'A second, by kind.',
          queries: [
            [
              `sum by (node_region, node, kind) (rate(headgate_store_errors_total{${REGION}}[$__rate_interval]))`,
              '{{node_region}} {{node}} {{kind}}',
            ],
          ],
        },
      ],
    },
    {
      title: 'Journal',
      panels: [
        {
          kind: 'time',
          title: 'Commits',
          about: 'That reached the disk, a second.',
          queries: [
            [
              `sum by (node_region, node) (rate(headgate_journal_commits_total{${REGION}}[$__rate_interval]))`,
              '{{node_region}} {{node}}',
            ],
          ],
        },
        {
          kind: 'time',
          title: 'Bytes written',
          about: 'A second.',
          queries: [
            [
              `sum by (node_region, node) (rate(headgate_journal_bytes_total{${REGION}}[$__rate_interval]))`,
              '{{node_region}} {{node}}',
            ],
          ],
          unit: 'Bps',
        },
        {
          kind: 'time',
          title: 'How long a commit takes',
          about: 'The newest one, and the slowest since the start.',
          queries: [
            [
              `max by (node_region, node) (headgate_journal_commit_last_seconds{${REGION}})`,
              '{{node_region}} {{node}}',
            ],
            [
              `max by (node_region, node) (headgate_journal_commit_max_seconds{${REGION}})`,
              'slowest {{node_region}} {{node}}',
            ],
          ],
          unit: 's',
        },
        {
          kind: 'time',
          title: 'Errors',
          about: 'By the system’s name for them, and records that were found damaged.',
          queries: [
            [
              `sum by (node_region, node, kind) (increase(headgate_journal_errors_total{${REGION}}[$__rate_interval]))`,
              '{{node_region}} {{kind}}',
            ],
            [
              `sum by (node_region, node) (headgate_journal_bad_frames_total{${REGION}})`,
              'damaged {{node_region}}',
            ],
          ],
          warn: 1,
        },
        {
          kind: 'time',
          title: 'Size',
          about: 'Of the file.',
          queries: [
            [
              `max by (node_region, node) (headgate_journal_file_bytes{${REGION}})`,
              '{{node_region}} {{node}}',
            ],
          ],
          unit: 'bytes',
        },
        {
          kind: 'time',
          title: 'Records',
          about: 'That still matter, those that wait for the disk, and how often the file was written anew.',
          queries: [
            [`max by (node_region, node) (headgate_journal_records{${REGION}})`, '{{node_region}} {{node}}'],
            [
              `max by (node_region, node) (headgate_journal_records_waiting{${REGION}})`,
              'waiting {{node_region}}',
            ],
            [
              `sum by (node_region, node) (headgate_journal_compactions_total{${REGION}})`,
              'written anew {{node_region}}',
            ],
          ],
        },
      ],
    },
  ],
};
