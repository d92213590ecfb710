import { html } from 'ghtml';
import type { Load, LoadShape } from '../../load.ts';
import type { Plan } from '../../plan.ts';
import { type Figures, totalOf } from '../figures.ts';
import { regionTable } from '../summary.ts';
import { allowance, count, moment, percent, span } from '../wording.ts';
import type { ScenarioEvent } from './events.ts';
import type { LimitSeries } from './series.ts';

/** Windows that a report lists; a long run of short ones would be longer than anyone reads. */
const WINDOWS_LISTED_MAX = 700;

/** Every region's figures, and those of all together. */
export function regionsTable(figures: Figures): string {
  const [head = [], ...rows] = regionTable(figures);
  return table(head, rows, 'all');
}

/** What happened, from when to when. */
export function eventsTable(events: readonly ScenarioEvent[]): string {
  return table(
    ['from', 'to', 'what'],
    events.map(({ what, atMs, untilMs }) => [moment(atMs), untilMs > atMs ? moment(untilMs) : '', what]),
    undefined,
    'events',
  );
}

/** What was asked for and admitted in every window, in all and by region. */
export function windowsTable({ windows, regions, keys }: LimitSeries): string {
  const head = [
    'window from',
    'asked for',
    'admitted',
    keys > 1 ? 'possible' : 'limit',
    ...regions.map(({ region }) => region),
  ];
  const rows = windows
    .slice(0, WINDOWS_LISTED_MAX)
    .map(({ atMs, offered, admitted, most, possible }) => [
      atMs < 0 ? 'before the start' : moment(atMs),
      count(totalOf(offered)),
      count(totalOf(admitted)),
      count(keys > 1 ? possible : most),
      ...regions.map(
        ({ region }) => `${count(admitted.get(region) ?? 0)} of ${count(offered.get(region) ?? 0)}`,
      ),
    ]);
  const left = windows.length - rows.length;
  const more = left > 0 ? html`<p class="note">${count(left)} more windows are not listed.</p>` : '';
  return `${table(head, rows)}${more}`;
}

/** The world of a scenario in words: who is there, what is limited, who asks for what, what lies between. */
export function setup({ members, limits, load, recorded, network, journaling }: Plan): string {
  const weights = members.reduce((sum, { weight }) => sum + weight, 0);
  const regions = members.map(
    ({ region, weight }) => `${region} ${percent(weight / weights).replace('.00', '')}`,
  );
  const entry = (name: string, words: readonly string[]) =>
    html`<dt>${name}</dt>!${words.map((text) => html`<dd>${text}</dd>`).join('')}`;
  return html`<dl class="setup">
!${[
    entry('Regions, with their quotas', [regions.join(', ')]),
    entry(
      'Limits',
      limits.map((spec) =>
        [
          `${spec.name}: ${allowance(spec)} on ${spec.resource}`,
          ...Object.entries(spec.dimensions).map(([dimension, value]) =>
            value === '*' ? `for each ${dimension}` : `where ${dimension} is ${value}`,
          ),
          `${spec.reclaimPermille / 10} % of a lost region's share can be reclaimed`,
          ...(spec.shares === 'static' ? ['shares do not follow demand'] : []),
        ].join(', '),
      ),
    ),
    entry('Load', [
      ...load.map(describeLoad),
      ...(recorded === undefined ? [] : [`${count(recorded.length)} recorded requests`]),
    ]),
    entry('Network', [describeNetwork(network)]),
    entry('Journals', [journaling ? 'regions keep one, and find it again after a crash' : 'none']),
  ].join('\n')}
</dl>`;
}

function describeLoad({ resource, keys, permits, perSecond, origins, shape, fromMs, untilMs }: Load): string {
  const all = origins.reduce((sum, [, part]) => sum + part, 0);
  const parts = origins.map(([region, part]) => `${region} ${Math.round((part / all) * 1_000) / 10} %`);
  return [
    `${count(perSecond)} requests a second for ${resource}`,
    permits[1] > 1 ? `${permits[1]} permits each` : '',
    keys.count > 1
      ? `over ${count(keys.count)} values of ${keys.dimension}${keys.skew > 0 ? `, skewed by ${keys.skew}` : ''}`
      : '',
    `from ${parts.join(', ')}`,
    describeShape(shape),
    fromMs > 0 ? `beginning at ${moment(fromMs)}` : '',
    untilMs < Number.MAX_SAFE_INTEGER ? `ending at ${moment(untilMs)}` : '',
  ]
    .filter((text) => text !== '')
    .join('; ');
}

function describeShape(shape: LoadShape): string {
  switch (shape.kind) {
    case 'steady':
      return 'evenly spaced';
    case 'poisson':
      return 'arriving at random';
    case 'bursty':
      return `in bursts of ${span(shape.onMs)} with lulls of ${span(shape.offMs)}`;
    case 'diurnal':
      return `each region with its own day of ${span(shape.dayMs)}`;
    case 'roaming':
      return `all from one region, which changes every ${span(shape.everyMs)}`;
    case 'flash':
      return `${shape.factor} times as much ${moment(shape.atMs)} to ${moment(shape.atMs + shape.forMs)}`;
  }
}

function describeNetwork({ latencyMs, latencies, loss, duplication, replay }: Plan['network']): string {
  const all = latencies.length > 0 ? latencies.map(([, , oneWayMs]) => oneWayMs) : [latencyMs];
  const [least, most] = [Math.min(...all), Math.max(...all)].map((ms) => Math.round(ms));
  return [
    least === most ? `${least} ms from region to region` : `${least} to ${most} ms from region to region`,
    ...(loss > 0 ? [`${loss * 100} % of messages lost`] : []),
    ...(duplication > 0 ? [`${duplication * 100} % doubled`] : []),
    ...(replay > 0 ? [`${replay * 100} % repeated later`] : []),
  ].join(', ');
}

function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  sumRow?: string,
  className = 'numbers',
): string {
  const cells = (row: readonly string[]) =>
    row.map((cell, at) => (at === 0 ? html`<th scope="row">${cell}</th>` : html`<td>${cell}</td>`)).join('');
  return html`<div class="scroll" tabindex="0"><table class="${className}">
<thead><tr>!${head.map((name) => html`<th scope="col">${name}</th>`).join('')}</tr></thead>
<tbody>!${rows.map((row) => html`<tr class="${row[0] === sumRow ? 'sum' : ''}">!${cells(row)}</tr>`).join('\n')}</tbody>
</table></div>`;
}
