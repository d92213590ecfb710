import { type DashboardTable, LIMIT, REGION } from './panel.ts';

export const OVERVIEW: DashboardTable = {
  name: 'overview',
  title: 'Headgate / Overview',
  about: 'The world: what is asked for, what becomes of it, and how the regions are.',
  by: ['node_region', 'limit'],
  sections: [
    {
      title: 'Now',
      panels: [
        {
          kind: 'stat',
          title: 'Coordinators up',
          about: 'Processes that answer a scrape.',
          queries: [['sum(up{job="headgate"})', '']],
        },
        {
          kind: 'stat',
          title: 'Coordinators down',
          about: 'Those that do not.',
          queries: [['count(up{job="headgate"} == 0) or vector(0)', '']],
          warn: 1,
          wrong: 1,
        },
        {
          kind: 'stat',
          title: 'Regions fenced',
          about: 'Their leased quota is in use by others.',
          queries: [['count(max by (peer) (headgate_fenced) == 1) or vector(0)', '']],
          warn: 1,
        },
        {
          kind: 'stat',
          title: 'Requests',
          about: 'Checks a second, everywhere.',
          queries: [[`sum(rate(headgate_checks_total{${REGION}}[$__rate_interval]))`, '']],
          unit: 'reqps',
        },
        {
          kind: 'stat',
          title: 'Denied',
          about: 'Part of all checks.',
          queries: [
            [
              `sum(rate(headgate_checks_total{${REGION}, ${LIMIT}, outcome="denied"}[5m])) / (sum(rate(headgate_checks_total{${REGION}, ${LIMIT}}[5m])) > 0) or vector(0)`,
              '',
            ],
          ],
          unit: 'percentunit',
          warn: 0.1,
          wrong: 0.5,
        },
        {
          kind: 'stat',
          title: 'Admitted beyond a limit',
          about: 'Permits, in the time that is looked at. Zero where limits are strict.',
          queries: [['sum(increase(headgate_over_admission_permits_total[$__range]))', '']],
          warn: 1,
          wrong: 1,
        },
      ],
    },
    {
      title: 'Requests',
      panels: [
        {
          kind: 'stack',
          title: 'Admitted by region',
          about: 'Checks a second that were let through.',
          queries: [
            [
              `sum by (node_region) (rate(headgate_checks_total{${REGION}, ${LIMIT}, outcome="allowed"}[$__rate_interval]))`,
              '{{node_region}}',
            ],
          ],
          unit: 'reqps',
        },
        {
          kind: 'stack',
          title: 'Denied by reason',
          about: 'Checks a second that were not.',
          queries: [
            [
              `sum by (reason) (rate(headgate_checks_total{${REGION}, ${LIMIT}, outcome="denied"}[$__rate_interval]))`,
              '{{reason}}',
            ],
          ],
          unit: 'reqps',
        },
        {
          kind: 'time',
          title: 'Limits that deny',
          about: 'Part of the checks of each limit that is denied.',
          queries: [[`limit:headgate_checks_denied:ratio_rate5m{${LIMIT}} > 0`, '{{limit}}']],
          unit: 'percentunit',
          warn: 0.1,
        },
        {
          kind: 'time',
          title: 'Response time',
          about: "From a request's head to its answer: the middle one, and one in a hundred.",
          queries: [
            [`node_region:headgate_check_duration_seconds:p99_rate5m{${REGION}}`, 'p99 {{node_region}}'],
            [`node_region:headgate_check_duration_seconds:p50_rate5m{${REGION}}`, 'p50 {{node_region}}'],
          ],
          unit: 's',
          warn: 0.01,
        },
      ],
    },
    {
      title: 'Regions',
      panels: [
        {
          kind: 'states',
          title: 'Reached by its peers',
          about: 'A region is red while some other region does not hear it.',
          queries: [['min by (peer) (headgate_peer_up)', '{{peer}}']],
          words: { good: 1, 0: 'not heard', 1: 'heard' },
        },
        {
          kind: 'time',
          title: 'Quota that moves',
          about: 'Permits a second that regions receive of others, as demand moves.',
          queries: [
            [
              `sum by (node_region) (rate(headgate_transferred_permits_total{${REGION}, ${LIMIT}, direction="in"}[$__rate_interval]))`,
              'to {{node_region}}',
            ],
          ],
        },
        {
          kind: 'time',
          title: 'Quota of fenced regions in use',
          about: 'Permits of one window.',
          queries: [[`sum by (peer) (headgate_reclaimed_permits{${REGION}, ${LIMIT}})`, 'of {{peer}}']],
        },
      ],
    },
  ],
};
