import { html } from 'ghtml';
import type { WorstWindow } from '../figures.ts';
import type { ScenarioRun } from '../run-scenario.ts';
import { describeWorst } from '../summary.ts';
import { allowance, count } from '../wording.ts';
import {
  type Canvas,
  overallChart,
  pointWords,
  regionChart,
  regionColor,
  sharesChart,
  stretchWords,
} from './charts.ts';
import { type Drawing, draw } from './draw.ts';
import type { ScenarioEvent } from './events.ts';
import { bandEntries, type Entry, legend } from './legend.ts';
import type { LimitSeries, RegionSeries } from './series.ts';
import { windowsTable } from './tables.ts';

/** Sizes that charts are drawn in: a page's, a telephone's, and that of one among several. */
const WIDE = { width: 920, height: 340 };
const NARROW = { width: 380, height: 320 };
const SMALL = { width: 380, height: 190 };

/** What a section is about: one limit, what happened meanwhile, and the window to point at, if it is of this limit. */
type About = {
  readonly id: string;
  readonly series: LimitSeries;
  readonly events: readonly ScenarioEvent[];
  readonly worst: WorstWindow | undefined;
};

/** What happened under one limit: all regions together, each by itself, and who held what. */
export function limitSection(
  run: ScenarioRun,
  series: LimitSeries,
  { at, events }: { readonly at: number; readonly events: readonly ScenarioEvent[] },
): string {
  const worst = run.figures.worst();
  const isMarked = worst?.limit === series.limit && !isUsedUp(worst);
  const about: About = { id: `limit-${at}`, series, events, worst: isMarked ? worst : undefined };
  const whose = series.keys > 1 ? `${count(series.keys)} keys together` : 'all regions together';
  return html`<section>
<h2>Limit ${series.limit}: ${whose}</h2>
<p class="note">${describeLimit(run, about)}</p>
!${overallFigure(about)}
<h3>Region by region</h3>
!${regionsFigure(about)}
<h3>Who may spend how much</h3>
!${sharesFigure(about)}
<details><summary>The numbers, window by window</summary>!${windowsTable(series)}</details>
</section>`;
}

/** Whether a window was used as far as it could be, and no further. */
export function isUsedUp({ admitted, possible, most }: WorstWindow): boolean {
  return admitted >= possible && admitted <= most;
}

function overallFigure({ id, series, events, worst }: About): string {
  const marked =
    worst === undefined
      ? undefined
      : { ...worst, label: `worst: ${count(worst.admitted)} of ${count(worst.possible)}` };
  const most =
    series.keys > 1
      ? 'most that the limits of the keys allowed'
      : series.isBucket
        ? 'limit, and what a full bucket adds'
        : 'limit';
  const drawing = {
    id,
    title: `${series.limit}: asked for and admitted, all regions together`,
    description: describeOverall(series, events),
    topPermits: topOf(series.offered, series.admitted, series.most),
  };
  const entries: Entry[] = [
    ['offered', 'line', 'asked for'],
    ['admitted', 'area', 'admitted'],
    ['limit', 'dashed', most],
  ];
  if (worst !== undefined) entries.push(['worst', 'dotted', 'the window that was used worst']);
  return html`<figure>
!${legend([...entries, ...bandEntries(events)])}
!${inBothWidths({ series, events }, drawing, (canvas) => overallChart(series, canvas, marked))}
<figcaption>Seconds across; up: ${pointWords(series)}.</figcaption>
</figure>`;
}

function regionsFigure({ id, series, events }: About): string {
  const canvas: Canvas = {
    ...SMALL,
    events,
    labelled: false,
    endMs: series.endMs,
    topPermits: topOf(...series.regions.flatMap((region) => curvesOf(series, region))),
  };
  const charts = series.regions.map((region, at) => {
    const svg = draw({
      ...SMALL,
      id: `${id}-region-${at}`,
      title: `${series.limit} in ${region.region}`,
      description: `Asked for, admitted and share of ${region.region}: ${pointWords(series)}. The table below has the numbers.`,
      option: regionChart(series, region, canvas),
    });
    return html`<div><h4>${region.region}</h4>!${svg}</div>`;
  });
  const entries: Entry[] = [
    ['offered', 'line', 'asked for'],
    ['admitted', 'area', 'admitted'],
  ];
  if (series.keys === 1) {
    entries.push(['share', 'dashed', 'share: what weights and votes entitle it to']);
    entries.push(['held', 'line', 'share with what it borrowed, less what it lent']);
  }
  return html`<figure>
!${legend([...entries, ...bandEntries(events)])}
<div class="multiples">
!${charts.join('\n')}
</div>
<figcaption>The same scale everywhere.</figcaption>
</figure>`;
}

function sharesFigure({ id, series, events }: About): string {
  const held = series.atMs.map((_, at) =>
    series.regions.reduce((sum, region) => sum + (region.held[at] ?? 0), 0),
  );
  const drawing = {
    id: `${id}-shares`,
    title: `${series.limit}: what each region held of the limit`,
    description:
      'What each region was entitled to, with what it borrowed and less what it lent, one on top of the other.',
    topPermits: topOf(held, series.keys > 1 ? [] : series.most),
  };
  const entries = series.regions.map(({ region }, at): Entry => [regionColor(at), 'block', region]);
  return html`<figure>
!${legend([...entries, ...bandEntries(events)])}
!${inBothWidths({ series, events }, drawing, (canvas) => sharesChart(series, canvas))}
<figcaption>What each region was entitled to of ${series.key === '' ? 'the limit' : series.key}, with what it borrowed and less
what it lent. Where they do not reach the limit, the rest was in nobody's hands: nobody could tell whose it was.</figcaption>
</figure>`;
}

function curvesOf({ keys }: LimitSeries, { offered, admitted, share, held }: RegionSeries) {
  return keys > 1 ? [offered, admitted] : [offered, admitted, share, held];
}

/** A round number above everything. */
function topOf(...curves: readonly (readonly number[])[]): number {
  const most = curves.flat().reduce((top, value) => Math.max(top, value), 1);
  const step = 10 ** Math.floor(Math.log10(most)) / 2;
  return Math.max(Math.ceil((most * 1.05) / step) * step, 1);
}

function describeLimit({ scenario }: ScenarioRun, { series, worst }: About): string {
  const spec = scenario.plan.limits.find(({ name }) => name === series.limit);
  const permits = spec === undefined ? '' : allowance(spec);
  const each = series.keys > 1 ? ', for each key' : '';
  const words = worst === undefined ? '' : ` The window that was used worst: ${describeWorst(worst)}.`;
  return `${permits}${each}, in the whole world.${words}`;
}

function describeOverall(series: LimitSeries, events: readonly ScenarioEvent[]): string {
  const happened = events.map((event) => ` ${event.what} ${stretchWords(event)}.`);
  return `Over ${series.endMs / 1_000} seconds: ${pointWords(series)}.${happened.join('')}`;
}

/** Draws a chart for wide pages and for narrow ones, of which the page shows one. */
function inBothWidths(
  { series, events }: Pick<About, 'series' | 'events'>,
  drawing: Omit<Drawing, 'width' | 'height' | 'option'> & { readonly topPermits: number },
  option: (canvas: Canvas) => Drawing['option'],
): string {
  const { topPermits, id, ...words } = drawing;
  const sizes = [
    ['wide', WIDE],
    ['narrow', NARROW],
  ] as const;
  return sizes
    .map(([name, size]) => {
      const canvas = { ...size, events, labelled: true, endMs: series.endMs, topPermits };
      return html`<div class="${name}">!${draw({ ...size, ...words, id: `${id}-${name}`, option: option(canvas) })}</div>`;
    })
    .join('\n');
}
