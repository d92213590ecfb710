import type { LimitSpec } from '../../core/limit.ts';
import type { LimitView, UsageView } from '../../core/view.ts';
import { counter, gauge, type MetricRow, type Sample } from './metric-row.ts';
import type { Scraped } from './scene.ts';

/** Every metric of limits (api.md §5): of each by its name, never by key. */
export const LIMIT_METRICS: readonly MetricRow<Scraped>[] = [
  counter(
    'checks_total',
    ['limit', 'outcome', 'reason'],
    'Checks, by limit and what became of them; without a limit where none matched',
    (scene) => [
      ...scene.view.limits.flatMap(({ spec, checks }) =>
        checks.map(({ outcome, reason, count }): Sample => {
          const exemplar = outcome === 'denied' ? scene.denied.get(spec.name)?.get(reason) : undefined;
          return [[spec.name, outcome, reason], count, exemplar];
        }),
      ),
      [['', 'allowed', 'no_limit'], scene.unlimited],
    ],
  ),
  counter('limit_triggered_total', ['limit', 'scope'], 'Checks denied, by what was used up', ({ view }) =>
    view.limits.flatMap(({ spec, checks }): Sample[] => [
      // What others hold, held anywhere, is what this one lacks.
      [
        [spec.name, 'global'],
        countOf(checks, 'denied', 'global_limit_exceeded') +
          countOf(checks, 'denied', 'concurrency_exceeded'),
      ],
      [[spec.name, 'region'], countOf(checks, 'denied', 'region_share_exhausted')],
    ]),
  ),
  counter('permits_total', ['limit', 'outcome'], 'Permits asked for, by outcome', ({ view }) =>
    view.limits.flatMap(({ spec, permitsAllowed, permitsDenied }): Sample[] => [
      [[spec.name, 'allowed'], permitsAllowed],
      [[spec.name, 'denied'], permitsDenied],
    ]),
  ),
  ofLimits(
    counter,
    'near_limit_total',
    'Checks that left less than a fifth of the entitlement',
    ({ nearLimit }) => nearLimit,
  ),
  ofLimits(counter, 'shadow_denied_total', 'Checks that would have been denied', ({ checks }) =>
    countOf(checks, 'allowed', 'shadow'),
  ),
  ofLimits(
    gauge,
    'demand_permits',
    'Permits asked for in a second here, admitted or not',
    ({ demand }) => demand,
  ),
  ofLimits(gauge, 'limit_permits', 'Permits of one window in all regions together', ({ spec }) => spec.limit),
  gauge('share_permits', ['limit', 'region'], 'Base share of each region in one window', ({ view }) =>
    view.limits.flatMap(({ spec, bases }) =>
      bases.map(([region, permits]): Sample => [[spec.name, region], permits]),
    ),
  ),
  ofLimits(
    gauge,
    'entitled_permits',
    'What this region may use of the current window',
    ({ entitlement }) => entitlement,
  ),
  gauge(
    'reclaimed_permits',
    ['peer', 'limit'],
    'Part of that which is a fenced region’s: none while it is not fenced',
    ({ view }) => {
      const regions = view.peers.map(({ region }) => region);
      return view.limits.flatMap(({ spec, reclaimed }) => {
        const known = new Map(reclaimed);
        return regions.map((region): Sample => [[region, spec.name], known.get(region) ?? 0]);
      });
    },
  ),
  gauge(
    'share_used_ratio',
    ['limit'],
    'Used part of what this region may use of the current window, of windows without a counter per value',
    (scene) =>
      scene.view.limits.flatMap(({ spec }): Sample[] => {
        const ratio = hasOneWindow(spec) ? usedRatio(scene.usage(spec.name), scene.view.region) : undefined;
        return ratio === undefined ? [] : [[[spec.name], ratio]];
      }),
  ),
  ofLimits(gauge, 'keys', 'Counters in memory', ({ keys }) => keys),
  ofLimits(
    counter,
    'keys_evicted_total',
    'Counters that were dropped from memory: their window is over, or their bucket full again',
    ({ keysForgotten }) => keysForgotten,
  ),
  counter('transferred_permits_total', ['limit', 'direction'], 'Permits moved between regions', ({ view }) =>
    view.limits.flatMap(({ spec, permitsGiven, permitsReceived }): Sample[] => [
      [[spec.name, 'out'], permitsGiven],
      [[spec.name, 'in'], permitsReceived],
    ]),
  ),
  counter(
    'admitted_degraded_total',
    ['limit'],
    'Checks admitted while this region could not use its whole share',
    ({ view, admittedDegraded }) =>
      view.limits.map(({ spec }) => [[spec.name], admittedDegraded.get(spec.name) ?? 0]),
  ),
  ofLimits(
    counter,
    'over_admission_permits_total',
    'Permits that were found after merging to be admitted beyond the limit; none where the limit is strict',
    ({ permitsOver }) => permitsOver,
  ),
  ofLimits(
    counter,
    'uncounted_permits_total',
    'Permits admitted without being counted, as this region could not decide',
    ({ permitsUncounted }) => permitsUncounted,
  ),
];

/** A metric with one sample for each limit. */
function ofLimits(
  kind: typeof counter,
  name: string,
  help: string,
  read: (limit: LimitView) => number,
): MetricRow<Scraped> {
  return kind(name, ['limit'], help, ({ view }: Scraped) =>
    view.limits.map((limit): Sample => [[limit.spec.name], read(limit)]),
  );
}

function countOf(checks: LimitView['checks'], outcome: string, reason: string): number {
  return checks.find((check) => check.outcome === outcome && check.reason === reason)?.count ?? 0;
}

/** Whether all requests under a limit meet in one counter of one window. */
function hasOneWindow({ algorithm, dimensions }: LimitSpec): boolean {
  return ['fixed-window', 'quota'].includes(algorithm) && !Object.values(dimensions).includes('*');
}

/** How much of its part of the current window a region has used; all of it where it has none. */
function usedRatio(usage: UsageView | undefined, region: string): number | undefined {
  const window = usage?.windows[0];
  if (window === undefined) return undefined;
  const used = window.byRegion.find((part) => part.region === region)?.used ?? 0;
  return window.entitlement > 0 ? used / window.entitlement : 1;
}
