import type { LineSeriesOption } from 'echarts/charts';
import type { EChartsCoreOption } from 'echarts/core';
import { count, moment, span } from '../wording.ts';
import type { ScenarioEvent } from './events.ts';
import { labelRows, type Placed, ROW_HEIGHT } from './label-rows.ts';
import type { LimitSeries, RegionSeries } from './series.ts';

/** A window that a chart points at. */
export type Marked = { readonly atMs: number; readonly untilMs: number; readonly label: string };

/** How large a chart is, what it shows bands for, and where its scale ends. */
export type Canvas = {
  readonly width: number;
  readonly height: number;
  readonly events: readonly ScenarioEvent[];
  readonly labelled: boolean;
  readonly endMs: number;
  readonly topPermits: number;
};

/** Colours by what they stand for; the page gives them values for light and dark. */
const INK = 'var(--ink-soft)';
const BANDS = { fault: 'var(--band-fault)', change: 'var(--band-change)', load: 'var(--band-load)' } as const;

/** Room around the plot, in pixels. */
const MARGIN = { left: 52, right: 14, bottom: 38, top: 12 };

/** All regions together against the limit. */
export function overallChart(
  series: LimitSeries,
  canvas: Canvas,
  worst: Marked | undefined,
): EChartsCoreOption {
  const lines = [
    line(series, series.offered, { color: 'var(--offered)', width: 1.5 }),
    line(series, series.admitted, { color: 'var(--admitted)', width: 2, fill: 0.25 }),
    line(series, series.most, LIMIT),
  ];
  return framed(lines, canvas, worst);
}

/** One region: what was asked for there, what it let through, and its share. */
export function regionChart(series: LimitSeries, region: RegionSeries, canvas: Canvas): EChartsCoreOption {
  const shares =
    series.keys > 1
      ? []
      : [
          line(series, region.held, { color: 'var(--held)', width: 1.5 }),
          line(series, region.share, { color: 'var(--share)', width: 1.5, dashed: true }),
        ];
  return framed(
    [
      line(series, region.offered, { color: 'var(--offered)', width: 1 }),
      line(series, region.admitted, { color: 'var(--admitted)', width: 1.5, fill: 0.25 }),
      ...shares,
    ],
    canvas,
  );
}

/** Who holds how much of the limit, one region on top of the other. */
export function sharesChart(series: LimitSeries, canvas: Canvas): EChartsCoreOption {
  const limit = series.keys > 1 ? [] : [line(series, series.most, LIMIT)];
  const layers = series.regions.map(({ held }, at) => ({
    ...line(series, held, { color: `var(--${regionColor(at)})`, width: 0.5, fill: 0.85 }),
    stack: 'shares',
  }));
  return framed([...layers, ...limit], canvas);
}

/** The name of the colour of the region at a place in the scenario. */
export function regionColor(at: number): string {
  return `region-${at % 8}`;
}

type Look = {
  readonly color: string;
  readonly width: number;
  readonly dashed?: boolean;
  /** How opaque the area under the line is. */
  readonly fill?: number;
};

const LIMIT: Look = { color: 'var(--limit)', width: 2, dashed: true };

function line(series: LimitSeries, values: readonly number[], look: Look): LineSeriesOption {
  const { atMs, endMs, of } = series;
  const points = atMs.map((at, index): [number, number] => [at / 1_000, values[index] ?? 0]);
  const last = values.at(-1);
  // A step needs its end, too.
  if (of === 'whole windows' && last !== undefined) points.push([endMs / 1_000, last]);
  return {
    type: 'line',
    data: points,
    silent: true,
    showSymbol: false,
    ...(of === 'whole windows' ? { step: 'end' as const } : {}),
    lineStyle: { color: look.color, width: look.width, type: look.dashed === true ? 'dashed' : 'solid' },
    ...(look.fill === undefined ? {} : { areaStyle: { color: look.color, opacity: look.fill } }),
  };
}

/** Axes and bands around lines. */
function framed(lines: readonly LineSeriesOption[], canvas: Canvas, worst?: Marked): EChartsCoreOption {
  const { width, events, labelled, endMs, topPermits } = canvas;
  const plot = { left: MARGIN.left, width: width - MARGIN.left - MARGIN.right };
  const placed = labelRows(events, { endMs, widthPixels: plot.width });
  // What is marked has the row next to the plot.
  const lowest = worst === undefined ? 0 : 1;
  const rows = lowest + (labelled ? 1 + Math.max(-1, ...placed.map(({ row }) => row)) : 0);
  const bands: LineSeriesOption = {
    type: 'line',
    data: [],
    silent: true,
    markArea: { silent: true, data: placed.map((band) => bandOf(band, labelled ? lowest : undefined)) },
    ...(worst === undefined ? {} : { markLine: worstLine(worst, endMs) }),
  };
  return {
    textStyle: { fontFamily: 'inherit' },
    grid: { ...MARGIN, top: MARGIN.top + rows * ROW_HEIGHT },
    xAxis: axis({
      max: endMs / 1_000,
      interval: tick(endMs / 1_000, plot.width / 58),
      formatter: (at) => `${at} s`,
    }),
    yAxis: axis({ max: topPermits, interval: tick(topPermits, 5), formatter: count }),
    series: [bands, ...lines],
  };
}

type Band = NonNullable<NonNullable<LineSeriesOption['markArea']>['data']>[number];

/** A band; with a label above the plot when it is known which row is the lowest that is free. */
function bandOf({ event, row, shift }: Placed, lowest: number | undefined): Band {
  const label =
    lowest !== undefined
      ? {
          show: true,
          formatter: event.what,
          position: [shift, -(lowest + row + 1) * ROW_HEIGHT] as [number, number],
          align: 'left' as const,
          color: 'var(--ink)',
          fontSize: 12,
        }
      : { show: false };
  const [from, to] = [event.atMs / 1_000, event.untilMs / 1_000];
  const itemStyle = { color: BANDS[event.kind], borderColor: `var(--edge-${event.kind})`, borderWidth: 1 };
  return [{ xAxis: from, label, itemStyle }, { xAxis: to }];
}

function worstLine(
  { atMs, untilMs, label }: Marked,
  endMs: number,
): NonNullable<LineSeriesOption['markLine']> {
  const middle = (Math.max(0, atMs) + Math.min(untilMs, endMs)) / 2;
  return {
    silent: true,
    symbol: ['none', 'triangle'],
    symbolSize: 9,
    symbolRotate: 180,
    lineStyle: { color: 'var(--worst)', width: 1.5, type: 'dotted' },
    label: {
      formatter: label,
      color: 'var(--worst)',
      fontWeight: 'bold',
      fontSize: 12,
      position: 'end',
      align: middle < endMs / 3 ? 'left' : middle > (endMs * 2) / 3 ? 'right' : 'center',
    },
    data: [{ xAxis: middle / 1_000 }],
  };
}

function axis(about: {
  readonly max: number;
  readonly interval: number;
  readonly formatter: (value: number) => string;
}) {
  const { max, interval, formatter } = about;
  return {
    type: 'value',
    min: 0,
    max,
    interval,
    axisLine: { show: true, onZero: false, lineStyle: { color: 'var(--rule)' } },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: 'var(--rule)', width: 0.5 } },
    axisLabel: { color: INK, fontSize: 12, formatter, showMaxLabel: max % interval === 0 },
  };
}

/** A round step that cuts `max` into about so many parts. */
function tick(max: number, parts: number): number {
  const least = max / Math.max(1, parts);
  const power = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= least) ?? 10;
  return step * power;
}

/** What a chart of whole windows or of windows so far shows, in words. */
export function pointWords({ of, windowMs }: LimitSeries): string {
  return of === 'whole windows'
    ? `permits in each window of ${span(windowMs)}`
    : `permits since the beginning of the window, which lasts ${span(windowMs)}`;
}

/** A stretch of time in words. */
export function stretchWords({ atMs, untilMs }: { readonly atMs: number; readonly untilMs: number }): string {
  return untilMs > atMs ? `from ${moment(atMs)} to ${moment(untilMs)}` : `at ${moment(atMs)}`;
}
