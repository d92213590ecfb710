import { type DashboardTable, LIMIT, REGION } from './panel.ts';

export const LIMIT_DETAIL: DashboardTable = {
  name: 'limit',
  title: 'Headgate / One limit',
  about: 'A limit in all regions: what is asked for, who holds which part, what it denies.',
  by: ['limit', 'node_region'],
  sections: [
    {
      title: 'Now',
      panels: [
        {
          kind: 'stat',
          title: 'Limit',
          about: 'Permits of one window, in all regions together.',
          queries: [[`max by (limit) (headgate_limit_permits{${LIMIT}})`, '{{limit}}']],
          width: 6,
        },
        {
          kind: 'stat',
          title: 'Offered',
          about: 'Permits asked for in a second.',
          queries: [[`sum(headgate_demand_permits{${LIMIT}, ${REGION}})`, '']],
          width: 6,
        },
        {
          kind: 'stat',
          title: 'Denied',
          about: 'Part of its checks.',
          queries: [[`limit:headgate_checks_denied:ratio_rate5m{${LIMIT}}`, '{{limit}}']],
          unit: 'percentunit',
          width: 6,
          warn: 0.1,
          wrong: 0.5,
        },
        {
          kind: 'stat',
          title: 'Counters',
          about: 'In memory, of all regions.',
          queries: [[`sum(headgate_keys{${LIMIT}, ${REGION}})`, '']],
          width: 6,
        },
      ],
    },
    {
      title: 'Demand and shares',
      panels: [
        {
          kind: 'stack',
          title: 'Offered by region',
          about: 'Permits asked for in a second, admitted or not.',
          queries: [
            [`sum by (node_region) (headgate_demand_permits{${LIMIT}, ${REGION}})`, '{{node_region}}'],
          ],
        },
        {
          kind: 'stack',
          title: 'Admitted by region',
          about: 'Permits a second.',
          queries: [
            [
              `sum by (node_region) (rate(headgate_permits_total{${LIMIT}, ${REGION}, outcome="allowed"}[$__rate_interval]))`,
              '{{node_region}}',
            ],
          ],
        },
        {
          kind: 'time',
          title: 'What each region may use',
          about: 'Of the current window by votes, before transfers; dashed, what the weights give it.',
          queries: [
            [`sum by (node_region) (headgate_entitled_permits{${LIMIT}, ${REGION}})`, '{{node_region}}'],
            [`max by (region, limit) (headgate_share_permits{${LIMIT}})`, 'base of {{region}}'],
          ],
        },
        {
          kind: 'time',
          title: 'Used part of the share',
          about: 'Of limits with one counter.',
          queries: [
            [`max by (node_region) (headgate_share_used_ratio{${LIMIT}, ${REGION}})`, '{{node_region}}'],
          ],
          unit: 'percentunit',
          warn: 0.8,
          wrong: 1,
        },
        {
          kind: 'time',
          title: 'Quota that moves',
          about: 'Permits a second, received and given away.',
          queries: [
            [
              `sum by (node_region) (rate(headgate_transferred_permits_total{${LIMIT}, ${REGION}, direction="in"}[$__rate_interval]))`,
              'to {{node_region}}',
            ],
            [
              `-sum by (node_region) (rate(headgate_transferred_permits_total{${LIMIT}, ${REGION}, direction="out"}[$__rate_interval]))`,
              'from {{node_region}}',
            ],
          ],
        },
        {
          kind: 'time',
          title: 'Out of fenced regions',
          about: 'Permits of the current window that are a fenced region’s.',
          queries: [
            [
              `sum by (node_region, peer) (headgate_reclaimed_permits{${LIMIT}, ${REGION}})`,
              '{{node_region}} has of {{peer}}',
            ],
          ],
        },
      ],
    },
    {
      title: 'Denials',
      panels: [
        {
          kind: 'stack',
          title: 'Denied by what was used up',
          about: 'The global limit, or the share of the region; checks a second.',
          queries: [
            [
              `sum by (node_region, scope) (rate(headgate_limit_triggered_total{${LIMIT}, ${REGION}}[$__rate_interval]))`,
              '{{node_region}} {{scope}}',
            ],
          ],
          unit: 'reqps',
        },
        {
          kind: 'time',
          title: 'Would be denied',
          about: 'By limits in shadow mode; checks a second.',
          queries: [
            [
              `sum by (limit) (rate(headgate_shadow_denied_total{${LIMIT}, ${REGION}}[$__rate_interval]))`,
              '{{limit}}',
            ],
          ],
          unit: 'reqps',
        },
        {
          kind: 'time',
          title: 'Beyond the limit',
          about: 'Permits found after merging. Zero where the limit is strict.',
          queries: [
            [
              `sum by (limit) (increase(headgate_over_admission_permits_total{${LIMIT}}[$__rate_interval]))`,
              '{{limit}}',
            ],
          ],
          warn: 1,
        },
        {
          kind: 'time',
          title: 'Counters',
          about: 'In memory, and dropped a second.',
          queries: [
            [`sum by (node_region) (headgate_keys{${LIMIT}, ${REGION}})`, '{{node_region}}'],
            [
              `sum by (node_region) (rate(headgate_keys_evicted_total{${LIMIT}, ${REGION}}[$__rate_interval]))`,
              'dropped {{node_region}}',
            ],
          ],
        },
      ],
    },
  ],
};
