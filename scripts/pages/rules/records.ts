/** A number that Prometheus works out ahead, because several places ask for it. Names are level:metric:operation. */
export type Recorded = { readonly record: string; readonly expr: string };

/** How much is asked for and what becomes of it. */
export const RECORDS: readonly Recorded[] = [
  {
    record: 'node_region_limit_outcome:headgate_checks:rate1m',
    expr: 'sum by (node_region, limit, outcome) (rate(headgate_checks_total[1m]))',
  },
  {
    record: 'limit_outcome:headgate_checks:rate5m',
    expr: 'sum by (limit, outcome) (rate(headgate_checks_total[5m]))',
  },
  {
    record: 'limit:headgate_checks_denied:ratio_rate5m',
    expr: 'sum by (limit) (rate(headgate_checks_total{outcome="denied"}[5m])) / (sum by (limit) (rate(headgate_checks_total[5m])) > 0)',
  },
  {
    record: 'limit:headgate_near_limit:ratio_rate5m',
    expr: 'sum by (limit) (rate(headgate_near_limit_total[5m])) / (sum by (limit) (rate(headgate_checks_total{outcome="allowed"}[5m])) > 0)',
  },
  {
    record: 'node_region_limit_outcome:headgate_permits:rate1m',
    expr: 'sum by (node_region, limit, outcome) (rate(headgate_permits_total[1m]))',
  },
  {
    record: 'node_region_node:headgate_checks:rate1m',
    expr: 'sum by (node_region, node) (rate(headgate_checks_total[1m]))',
  },
  {
    record: 'node_region:headgate_check_duration_seconds:p50_rate5m',
    expr: 'histogram_quantile(0.5, sum by (node_region, le) (rate(headgate_check_duration_seconds_bucket[5m])))',
  },
  {
    record: 'node_region:headgate_check_duration_seconds:p99_rate5m',
    expr: 'histogram_quantile(0.99, sum by (node_region, le) (rate(headgate_check_duration_seconds_bucket[5m])))',
  },
  {
    record: 'peer:headgate_peer_deaf:count',
    expr: 'count by (peer) (headgate_peer_up == 0)',
  },
];
