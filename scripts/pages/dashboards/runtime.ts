import { type DashboardTable, JOB, REGION } from './panel.ts';

const OWN = `${JOB}, ${REGION}`;

export const RUNTIME: DashboardTable = {
  name: 'runtime',
  title: 'Headgate / Node runtime',
  about: 'The processes: processor, memory, event loop, garbage collection.',
  by: ['node_region'],
  sections: [
    {
      title: 'Processes',
      panels: [
        {
          kind: 'table',
          title: 'What runs',
          about: 'Versions of Headgate and of Node.',
          queries: [
            [`max by (node_region, instance, version, node_version) (headgate_build_info{${REGION}})`, ''],
          ],
        },
        {
          kind: 'time',
          title: 'Up for',
          about: 'Time since each started.',
          queries: [[`time() - process_start_time_seconds{${OWN}}`, '{{instance}}']],
          unit: 's',
        },
        {
          kind: 'time',
          title: 'Processor',
          about: 'Of one core. Decisions are made on one.',
          queries: [[`rate(process_cpu_seconds_total{${OWN}}[$__rate_interval])`, '{{instance}}']],
          unit: 'percentunit',
          warn: 0.8,
          wrong: 1,
        },
        {
          kind: 'time',
          title: 'Memory',
          about: 'Resident.',
          queries: [[`process_resident_memory_bytes{${OWN}}`, '{{instance}}']],
          unit: 'bytes',
        },
      ],
    },
    {
      title: 'Node',
      panels: [
        {
          kind: 'time',
          title: 'Heap',
          about: 'Used part of what Node lets it have.',
          queries: [
            [`nodejs_heap_size_used_bytes{${OWN}} / on (instance) headgate_heap_limit_bytes`, '{{instance}}'],
          ],
          unit: 'percentunit',
          warn: 0.85,
        },
        {
          kind: 'time',
          title: 'Event loop',
          about: 'How late it is, one time in a hundred.',
          queries: [[`nodejs_eventloop_lag_p99_seconds{${OWN}}`, '{{instance}}']],
          unit: 's',
          warn: 0.1,
        },
        {
          kind: 'time',
          title: 'Garbage collection',
          about: 'Part of the time.',
          queries: [
            [
              `sum by (instance, kind) (rate(nodejs_gc_duration_seconds_sum{${OWN}}[$__rate_interval]))`,
              '{{instance}} {{kind}}',
            ],
          ],
          unit: 'percentunit',
        },
        {
          kind: 'time',
          title: 'Handles and files',
          about: 'What Node holds open.',
          queries: [
            [`nodejs_active_resources_total{${OWN}}`, 'resources {{instance}}'],
            [`process_open_fds{${OWN}}`, 'files {{instance}}'],
          ],
        },
        {
          kind: 'time',
          title: 'Time of a scrape',
          about: 'As Prometheus measures it.',
          queries: [[`scrape_duration_seconds{${OWN}}`, '{{instance}}']],
          unit: 's',
          warn: 0.05,
        },
        {
          kind: 'time',
          title: 'Certificates',
          about: 'How long those in use are good for.',
          queries: [
            [
              `headgate_certificate_expiry_timestamp_seconds{${REGION}} - time()`,
              '{{node_region}} {{node}} {{purpose}}',
            ],
            [
              `sum by (node_region, purpose, result) (increase(headgate_certificate_reload_total{${REGION}}[5m]))`,
              'exchanged {{node_region}} {{purpose}} {{result}}',
            ],
          ],
          unit: 's',
        },
        {
          kind: 'time',
          title: 'Reloads of the configuration',
          about: 'In the last five minutes.',
          queries: [
            [
              `sum by (node_region, result) (increase(headgate_config_reload_total{${REGION}}[5m]))`,
              '{{node_region}} {{result}}',
            ],
          ],
        },
      ],
    },
  ],
};
