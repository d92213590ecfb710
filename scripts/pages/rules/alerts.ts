/** Somebody is woken; somebody looks today; it is good to know. */
export type Severity = 'critical' | 'warning' | 'info';

/** One alert. `summary` and `description` are for who is woken, with Prometheus' templates. */
export type Alert = {
  readonly name: string;
  readonly severity: Severity;
  readonly expr: string;
  /** How long it must be true. */
  readonly for: string;
  readonly summary: string;
  readonly description: string;
};

/** What is wrong with regions and what connects them. */
export const REGION_ALERTS: readonly Alert[] = [
  {
    name: 'HeadgateDown',
    severity: 'critical',
    expr: 'up{job="headgate"} == 0',
    for: '30s',
    summary: 'A coordinator in {{ $labels.node_region }} does not answer',
    description:
      '{{ $labels.instance }} could not be scraped. Gateways of its region decide by their own fallback, unless other nodes answer.',
  },
  {
    name: 'HeadgatePeerUnreachable',
    severity: 'warning',
    expr: 'peer:headgate_peer_deaf:count > 0',
    for: '15s',
    summary: '{{ $labels.peer }} is not heard by {{ $value }} of its peers',
    description:
      'A region, or the way to it, is lost. The others take its leased quota into use as soon as that is safe.',
  },
  {
    name: 'HeadgateRegionFenced',
    severity: 'warning',
    expr: 'max by (peer) (headgate_fenced) == 1',
    for: '15s',
    summary: '{{ $labels.peer }} is fenced: its leased quota is given to the others',
    description:
      'Enough of its peers voted that it is lost. It keeps its floor, and takes its share back within seconds of its return.',
  },
  {
    name: 'HeadgateRegionDegraded',
    severity: 'warning',
    expr: 'headgate_degraded == 1',
    for: '1m',
    summary: '{{ $labels.node_region }} may not use its whole share',
    description:
      'Too few peers hear it, so it lives on its floor. It never admits more than its part; it may deny what the world still has.',
  },
  {
    name: 'HeadgateTransportDown',
    severity: 'critical',
    expr: 'headgate_transport_up == 0',
    for: '30s',
    summary: '{{ $labels.node_region }} has lost its connection to the other regions',
    description: 'NATS, or the listener of the mesh, is not there for it.',
  },
  {
    name: 'HeadgateSittingOut',
    severity: 'warning',
    expr: 'headgate_sitting_out == 1',
    for: '1m',
    summary: '{{ $labels.node_region }} has been sitting out for a minute',
    description:
      'It started without books and waits for an informed peer. Until then whatever needs permits is denied there.',
  },
  {
    name: 'HeadgateClockSkew',
    severity: 'warning',
    expr: 'max by (node_region, peer) (abs(headgate_peer_clock_skew_seconds)) > 0.5',
    for: '1m',
    summary:
      'The clocks of {{ $labels.node_region }} and {{ $labels.peer }} are {{ $value | humanizeDuration }} apart',
    description: 'No limit is broken by that; how well quota is used suffers.',
  },
  {
    name: 'HeadgateSyncLag',
    severity: 'warning',
    expr: 'max by (node_region, peer) (headgate_sync_latency_seconds) > 2 or max by (node_region, peer) (headgate_peer_stale) * 2 > 1',
    for: '1m',
    summary: '{{ $labels.node_region }} hears what {{ $labels.peer }} used late, or not all of it',
    description:
      'Deltas arrive more than two seconds old, or one is missing and nothing has mended it for a minute.',
  },
  {
    name: 'HeadgateSnapshotOld',
    severity: 'warning',
    expr: 'max by (node_region, peer) (headgate_snapshot_age_seconds) > 600',
    for: '1m',
    summary:
      '{{ $labels.node_region }} has had no full snapshot of {{ $labels.peer }} for {{ $value | humanizeDuration }}',
    description: 'The periodic exchange does not come through; by default it is due every minute.',
  },
];

/** What is wrong with limits. */
export const LIMIT_ALERTS: readonly Alert[] = [
  {
    name: 'HeadgateOverAdmission',
    severity: 'critical',
    expr: 'sum by (limit) (increase(headgate_over_admission_permits_total[10m])) > 0',
    for: '0s',
    summary: '{{ $labels.limit }} admitted {{ $value | humanize }} permits beyond its limit',
    description:
      'Of a limit with `consistency: available` this is what a partition costs. Of a strict limit it must never be.',
  },
  {
    name: 'HeadgateLimitFiringOften',
    severity: 'warning',
    expr: 'limit:headgate_checks_denied:ratio_rate5m > 0.1',
    for: '10m',
    summary: '{{ $labels.limit }} denies {{ $value | humanizePercentage }} of its requests',
    description: 'More than a tenth for ten minutes: the limit is too low, or somebody asks for too much.',
  },
  {
    name: 'HeadgateNearLimit',
    severity: 'info',
    expr: 'limit:headgate_near_limit:ratio_rate5m > 0.2',
    for: '10m',
    summary: '{{ $labels.limit }} is nearly used up for {{ $value | humanizePercentage }} of what it admits',
    description: 'Less than a fifth was left each time. It will deny when demand grows.',
  },
  {
    name: 'HeadgateUncountedAdmissions',
    severity: 'warning',
    expr: 'sum by (node_region, limit) (increase(headgate_uncounted_permits_total[5m])) > 0',
    for: '0s',
    summary:
      '{{ $labels.node_region }} admitted {{ $value | humanize }} permits of {{ $labels.limit }} without counting them',
    description: 'It could not decide, and the limit says `onError: open`.',
  },
];

/** What is wrong with a node and with what it needs. */
export const NODE_ALERTS: readonly Alert[] = [
  {
    name: 'HeadgateStoreLost',
    severity: 'critical',
    expr: 'headgate_store_up == 0',
    for: '30s',
    summary: 'The store of {{ $labels.node_region }} does not answer {{ $labels.node }}',
    description: 'Its nodes spend what they hold, and then decide by what each limit says for errors.',
  },
  {
    name: 'HeadgateJournalFailing',
    severity: 'critical',
    expr: 'sum by (node_region, node) (increase(headgate_journal_errors_total[5m])) > 0',
    for: '0s',
    summary: 'The journal of {{ $labels.node }} in {{ $labels.node_region }} fails',
    description:
      'Decisions go on from what is on disk already; soon they are denied there. Look at the disk.',
  },
  {
    name: 'HeadgateConfigReloadFailed',
    severity: 'warning',
    expr: 'headgate_config_last_reload_successful == 0',
    for: '1m',
    summary: '{{ $labels.node }} in {{ $labels.node_region }} could not use its newest configuration',
    description: 'The last good one is in force. Its log and `/health` say what is wrong.',
  },
  {
    name: 'HeadgateConfigurationDiffers',
    severity: 'critical',
    expr: 'max by (node_region, peer) (headgate_peer_differs) == 1',
    for: '30s',
    summary: '{{ $labels.node_region }} and {{ $labels.peer }} mean different things by one version',
    description: 'They do not listen to each other until that is settled.',
  },
  {
    name: 'HeadgateVersionsApart',
    severity: 'warning',
    expr: 'max(headgate_config_version) - min(headgate_config_version) > 0',
    for: '2m',
    summary: 'Regions go by different versions of the configuration',
    description:
      'A region that cannot be reached keeps the others from what becomes more; what becomes less is in force.',
  },
  {
    name: 'HeadgateSlowDecisions',
    severity: 'warning',
    expr: 'node_region:headgate_check_duration_seconds:p99_rate5m > 0.01',
    for: '5m',
    summary:
      'One in a hundred decisions in {{ $labels.node_region }} takes more than {{ $value | humanizeDuration }}',
    description:
      'Envoy waits for 20 ms by default. The machine is too small, or something else takes its time.',
  },
  {
    name: 'HeadgateHeapHigh',
    severity: 'warning',
    expr: 'nodejs_heap_size_used_bytes{job="headgate"} / on (instance) headgate_heap_limit_bytes > 0.85',
    for: '5m',
    summary: '{{ $labels.instance }} uses {{ $value | humanizePercentage }} of the heap that Node allows it',
    description: 'Beyond its limit the process ends. More keys than memory, or a leak.',
  },
  {
    name: 'HeadgateEventLoopLag',
    severity: 'warning',
    expr: 'nodejs_eventloop_lag_p99_seconds{job="headgate"} > 0.1',
    for: '5m',
    summary: 'The event loop of {{ $labels.instance }} lags by {{ $value | humanizeDuration }}',
    description: 'Heartbeats and decisions wait for each other: it may be taken for lost.',
  },
  {
    name: 'HeadgateMessagesShed',
    severity: 'warning',
    expr: 'sum by (node_region, node) (increase(headgate_inbox_shed_total[5m])) > 0',
    for: '0s',
    summary: '{{ $labels.node }} in {{ $labels.node_region }} sheds messages of its peers',
    description: 'More comes in than it takes. Anti-entropy mends what was lost.',
  },
  {
    name: 'HeadgateCertificateExpires',
    severity: 'warning',
    expr: 'headgate_certificate_expiry_timestamp_seconds - time() < 7 * 86400',
    for: '0s',
    summary:
      'A certificate of {{ $labels.node }} in {{ $labels.node_region }} expires in {{ $value | humanizeDuration }}',
    description: 'Callers or peers will not be served with it any more. A new file counts without a restart.',
  },
  {
    name: 'HeadgateRequestsShed',
    severity: 'warning',
    expr: 'sum by (node_region, node) (rate(headgate_requests_shed_total[5m])) > 0',
    for: '1m',
    summary:
      '{{ $labels.node }} in {{ $labels.node_region }} turns away {{ $value | humanize }} requests a second',
    description:
      'More is asked for than it can answer. Give the region more coordinators, or a faster machine.',
  },
  {
    name: 'HeadgateCallersRefused',
    severity: 'info',
    expr: 'sum by (node_region) (rate(headgate_callers_refused_total[5m])) > 1',
    for: '5m',
    summary: '{{ $value | humanize }} callers a second are not let in to {{ $labels.node_region }}',
    description: 'They have no token, a wrong one, or one for something else.',
  },
];
