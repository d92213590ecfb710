import { type DashboardTable, LIMIT, REGION } from './panel.ts';

export const INCIDENT: DashboardTable = {
  name: 'incident',
  title: 'Headgate / What happened',
  about:
    'One page to read an incident from, top to bottom: what was wrong, who felt it, what moved. Choose the time, and the limit that was hit.',
  by: ['limit', 'node_region'],
  sections: [
    {
      title: 'What was wrong',
      panels: [
        {
          kind: 'states',
          title: 'Alerts',
          about: 'Those that fired.',
          queries: [
            [
              'max by (alertname, node_region, peer, limit) (ALERTS{alertname=~"Headgate.+", alertstate="firing"})',
              '{{alertname}} {{node_region}}{{peer}}{{limit}}',
            ],
          ],
        },
        {
          kind: 'states',
          title: 'Processes',
          about: 'Whether they answered.',
          queries: [
            [
              `min by (node_region, instance) (up{job="headgate", ${REGION}})`,
              '{{node_region}} {{instance}}',
            ],
          ],
          words: { good: 1, 0: 'down', 1: 'up' },
        },
        {
          kind: 'states',
          title: 'Who was fenced',
          about: 'By whatever region knew it.',
          queries: [['max by (peer) (headgate_fenced)', '{{peer}}']],
          words: { good: 0, 0: 'owned', 1: 'fenced' },
        },
        {
          kind: 'states',
          title: 'Who lived on its floor',
          about: 'It may have denied what the world still had.',
          queries: [[`max by (node_region) (headgate_degraded{${REGION}})`, '{{node_region}}']],
          words: { good: 0, 0: 'whole share', 1: 'floor' },
        },
      ],
    },
    {
      title: 'Who felt it',
      panels: [
        {
          kind: 'stack',
          title: 'Denied',
          about: 'Checks a second, by region and reason.',
          queries: [
            [
              `sum by (node_region, reason) (rate(headgate_checks_total{${REGION}, ${LIMIT}, outcome="denied"}[$__rate_interval]))`,
              '{{node_region}} {{reason}}',
            ],
          ],
          unit: 'reqps',
        },
        {
          kind: 'stack',
          title: 'Offered',
          about: 'Permits a second. Did demand grow, or move?',
          queries: [
            [`sum by (node_region) (headgate_demand_permits{${REGION}, ${LIMIT}})`, '{{node_region}}'],
          ],
        },
        {
          kind: 'time',
          title: 'What each region could use',
          about: 'Did its share shrink?',
          queries: [
            [`sum by (node_region) (headgate_entitled_permits{${REGION}, ${LIMIT}})`, '{{node_region}}'],
          ],
        },
        {
          kind: 'time',
          title: 'Response time',
          about: 'One in a hundred took longer.',
          queries: [[`node_region:headgate_check_duration_seconds:p99_rate5m{${REGION}}`, '{{node_region}}']],
          unit: 's',
        },
      ],
    },
    {
      title: 'What moved, and what it cost',
      panels: [
        {
          kind: 'stack',
          title: 'Reclaimed of fenced regions',
          about: 'Permits of one window.',
          queries: [[`sum by (peer) (headgate_reclaimed_permits{${LIMIT}})`, 'of {{peer}}']],
        },
        {
          kind: 'time',
          title: 'Moved by demand',
          about: 'Permits a second.',
          queries: [
            [
              `sum by (node_region) (rate(headgate_transferred_permits_total{${REGION}, ${LIMIT}, direction="in"}[$__rate_interval]))`,
              'to {{node_region}}',
            ],
          ],
        },
        {
          kind: 'time',
          title: 'Beyond the limit, uncounted, or while degraded',
          about: 'Permits and checks in each step.',
          queries: [
            [
              `sum by (limit) (increase(headgate_over_admission_permits_total{${LIMIT}}[$__rate_interval]))`,
              'beyond {{limit}}',
            ],
            [
              `sum by (limit) (increase(headgate_uncounted_permits_total{${REGION}, ${LIMIT}}[$__rate_interval]))`,
              'uncounted {{limit}}',
            ],
            [
              `sum by (limit) (increase(headgate_admitted_degraded_total{${REGION}, ${LIMIT}}[$__rate_interval]))`,
              'degraded {{limit}}',
            ],
          ],
        },
        {
          kind: 'time',
          title: 'Version in force',
          about: 'Was a limit changed?',
          queries: [[`max by (node_region) (headgate_config_version{${REGION}})`, '{{node_region}}']],
        },
      ],
    },
  ],
};
