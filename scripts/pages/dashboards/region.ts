import { type DashboardTable, LIMIT, REGION } from './panel.ts';

export const REGION_DETAIL: DashboardTable = {
  name: 'region',
  title: 'Headgate / One region',
  about: 'A region by itself: its decisions, its share, its nodes, and how it sees the others.',
  by: ['node_region', 'limit'],
  sections: [
    {
      title: 'State',
      panels: [
        {
          kind: 'stat',
          title: 'Share',
          about: 'Whether it may use its whole share, or its floor only.',
          queries: [[`max(headgate_degraded{${REGION}})`, '']],
          words: { good: 0, 0: 'whole', 1: 'floor' },
        },
        {
          kind: 'stat',
          title: 'Sitting out',
          about: 'After a start without books nothing may be used yet.',
          queries: [[`max(headgate_sitting_out{${REGION}})`, '']],
          words: { good: 0, 0: 'no', 1: 'yes' },
        },
        {
          kind: 'stat',
          title: 'Draining',
          about: 'It was told to stop.',
          queries: [[`max(headgate_draining{${REGION}})`, '']],
          words: { good: 0, 0: 'no', 1: 'yes' },
        },
        {
          kind: 'stat',
          title: 'Transport',
          about: 'The medium between the regions.',
          queries: [[`min(headgate_transport_up{${REGION}})`, '']],
          words: { good: 1, 0: 'down', 1: 'up' },
        },
        {
          kind: 'stat',
          title: 'Newest configuration',
          about: 'The last good one is in force where it could not be used.',
          queries: [[`min(headgate_config_last_reload_successful{${REGION}})`, '']],
          words: { good: 1, 0: 'refused', 1: 'in force' },
        },
        {
          kind: 'stat',
          title: 'Version',
          about: 'Number of the configuration in force.',
          queries: [[`max(headgate_config_version{${REGION}})`, '']],
        },
      ],
    },
    {
      title: 'Decisions',
      panels: [
        {
          kind: 'stack',
          title: 'Checks by outcome',
          about: 'A second.',
          queries: [
            [
              `sum by (outcome, reason) (rate(headgate_checks_total{${REGION}, ${LIMIT}}[$__rate_interval]))`,
              '{{outcome}} {{reason}}',
            ],
          ],
          unit: 'reqps',
        },
        {
          kind: 'stack',
          title: 'Checks by node',
          about: 'A second.',
          queries: [[`node_region_node:headgate_checks:rate1m{${REGION}}`, '{{node_region}} {{node}}']],
          unit: 'reqps',
        },
        {
          kind: 'time',
          title: 'Demand by limit',
          about: 'Permits asked for in a second, admitted or not.',
          queries: [[`sum by (limit) (headgate_demand_permits{${REGION}, ${LIMIT}}) > 0`, '{{limit}}']],
        },
        {
          kind: 'time',
          title: 'Used part of its share',
          about: 'Of the current window, of limits with one counter.',
          queries: [
            [
              `max by (node_region, limit) (headgate_share_used_ratio{${REGION}, ${LIMIT}})`,
              '{{node_region}} {{limit}}',
            ],
          ],
          unit: 'percentunit',
          warn: 0.8,
          wrong: 1,
        },
        {
          kind: 'time',
          title: 'Checks that left little',
          about: 'Less than a fifth of what the region may use, a second.',
          queries: [
            [
              `sum by (limit) (rate(headgate_near_limit_total{${REGION}, ${LIMIT}}[$__rate_interval])) > 0`,
              '{{limit}}',
            ],
          ],
          unit: 'reqps',
        },
        {
          kind: 'time',
          title: 'Admitted while degraded',
          about: 'Checks a second.',
          queries: [
            [
              `sum by (limit) (rate(headgate_admitted_degraded_total{${REGION}, ${LIMIT}}[$__rate_interval]))`,
              '{{limit}}',
            ],
            [
              `sum by (limit) (rate(headgate_uncounted_permits_total{${REGION}, ${LIMIT}}[$__rate_interval])) > 0`,
              'uncounted {{limit}}',
            ],
          ],
          unit: 'reqps',
        },
      ],
    },
    {
      title: 'How it sees the others',
      panels: [
        {
          kind: 'states',
          title: 'Peers',
          about: 'Two-way contact.',
          queries: [
            [`min by (node_region, peer) (headgate_peer_up{${REGION}})`, '{{node_region}} hears {{peer}}'],
          ],
          words: { good: 1, 0: 'lost', 1: 'up' },
        },
        {
          kind: 'time',
          title: 'Round trips',
          about: 'Of heartbeats.',
          queries: [
            [
              `max by (node_region, peer) (headgate_peer_round_trip_seconds{${REGION}})`,
              '{{node_region}} – {{peer}}',
            ],
          ],
          unit: 's',
        },
        {
          kind: 'time',
          title: 'Requests turned away',
          about: 'A second, as there was more to do than could be done.',
          queries: [
            [
              `sum by (node_region, node) (rate(headgate_requests_shed_total{${REGION}}[$__rate_interval]))`,
              '{{node_region}} {{node}}',
            ],
          ],
          unit: 'reqps',
        },
        {
          kind: 'time',
          title: 'Callers that were refused',
          about: 'A second: without a token, with a wrong one, with one for something else.',
          queries: [
            [
              `sum by (interface, code) (rate(headgate_callers_refused_total{${REGION}}[$__rate_interval]))`,
              '{{interface}} {{code}}',
            ],
          ],
          unit: 'reqps',
        },
      ],
    },
  ],
};
