import { type DashboardTable, LIMIT, PEER, REGION } from './panel.ts';

export const PARTITIONS: DashboardTable = {
  name: 'partitions',
  title: 'Headgate / Partitions, fences and reclaimed quota',
  about: 'Who hears whom, who is fenced, and who uses what the fenced held.',
  by: ['node_region', 'peer', 'limit'],
  sections: [
    {
      title: 'Contact',
      panels: [
        {
          kind: 'states',
          title: 'Who hears whom',
          about: 'Each line is one direction of one link.',
          queries: [
            [
              `min by (node_region, peer) (headgate_peer_up{${REGION}, ${PEER}})`,
              '{{node_region}} hears {{peer}}',
            ],
          ],
          words: { good: 1, 0: 'lost', 1: 'heard' },
        },
        {
          kind: 'states',
          title: 'Who is fenced',
          about: 'By the votes that each region knows.',
          queries: [
            [
              `max by (node_region, peer) (headgate_fenced{${REGION}, ${PEER}})`,
              '{{peer}}, as {{node_region}} knows',
            ],
          ],
          words: { good: 0, 0: 'owns', 1: 'fenced' },
        },
        {
          kind: 'states',
          title: 'Who lives on its floor',
          about: 'As it says itself.',
          queries: [[`max by (node_region) (headgate_degraded{${REGION}})`, '{{node_region}}']],
          words: { good: 0, 0: 'whole share', 1: 'floor' },
        },
        {
          kind: 'states',
          title: 'Transport',
          about: 'Whether the medium itself is up.',
          queries: [[`min by (node_region) (headgate_transport_up{${REGION}})`, '{{node_region}}']],
          words: { good: 1, 0: 'down', 1: 'up' },
        },
      ],
    },
    {
      title: 'Quota',
      panels: [
        {
          kind: 'stack',
          title: 'Reclaimed of fenced regions',
          about: 'Permits of one window of which a fenced region’s leased part is in use elsewhere.',
          queries: [
            [`sum by (peer) (headgate_reclaimed_permits{${REGION}, ${PEER}, ${LIMIT}})`, 'of {{peer}}'],
          ],
        },
        {
          kind: 'stack',
          title: 'Who uses it',
          about: 'The same by the region that has it.',
          queries: [
            [
              `sum by (node_region) (headgate_reclaimed_permits{${REGION}, ${PEER}, ${LIMIT}})`,
              '{{node_region}}',
            ],
          ],
        },
        {
          kind: 'time',
          title: 'What may be used, of what there is',
          about:
            'Entitlement of all regions that answer, as a part of the limits. A dead region’s floor lies idle.',
          queries: [
            [
              `sum by (limit) (headgate_entitled_permits{${LIMIT}}) / sum by (limit) (max by (limit) (headgate_limit_permits{${LIMIT}}) > 0)`,
              '{{limit}}',
            ],
          ],
          unit: 'percentunit',
        },
        {
          kind: 'time',
          title: 'Denied because of the share',
          about: 'Checks a second that the region’s share denied, not the limit.',
          queries: [
            [
              `sum by (node_region) (rate(headgate_limit_triggered_total{${REGION}, ${LIMIT}, scope="region"}[$__rate_interval]))`,
              '{{node_region}}',
            ],
          ],
          unit: 'reqps',
        },
      ],
    },
  ],
};
