import type { LimitReport, Report } from '../adapters/http/report-routes.ts';
import { shownCount, shownMs } from './figures.ts';
import type { Reported } from './report.ts';

type Row = readonly string[];

/**
 * The report of several regions as one page of Markdown: each region and all together, each limit, and what goes between regions.
 * A region that is known to its peers only is shown as they see it.
 */
export function reportIn(reported: readonly Reported[]): string {
  const reports = reported.flatMap(({ report }) => report ?? []);
  const atMs = Math.max(0, ...reports.map((report) => report.atMs));
  const when = atMs === 0 ? '' : `${new Date(atMs).toISOString().replace('T', ' ').slice(0, 19)} UTC. `;
  const silent = reported.filter(({ error }) => error !== undefined);
  return [
    '# Headgate report',
    '',
    `${when}What the regions did since their processes started.`,
    ...silent.map(({ url, error }) => `\n**${url} does not answer: ${error}**`),
    '',
    '## Regions',
    '',
    ...tableOf(REGIONS, regionRows(reports)),
    '',
    '## Limits, in all these regions',
    '',
    ...tableOf(LIMITS, limitRows(reports)),
    '',
    '## Synchronisation',
    '',
    ...tableOf(LINKS, linkRows(reports)),
    '',
  ].join('\n');
}

const REGIONS = [
  'Region',
  'Status',
  'Up for',
  'Decisions',
  'Rejections',
  'Global limit fired',
  'Share fired',
  'Mean response',
];

function regionRows(reports: readonly Report[]): readonly Row[] {
  const rows = reports.map((report) => [
    report.region,
    report.status,
    shownMs(report.uptimeMs),
    ...countsOf(report),
    shownMs(report.meanResponseMs),
  ]);
  const asked = new Set(reports.map(({ region }) => region));
  const seen = new Map(
    reports.flatMap(({ region, synchronisation }) =>
      synchronisation.peers.map((peer) => [peer.region, `${peer.status}, as ${region} sees it`] as const),
    ),
  );
  const unasked = [...seen].filter(([region]) => !asked.has(region));
  const others = unasked.map(([region, status]) => [region, status, '-', '-', '-', '-', '-', '-']);
  return [...rows, ...others, allOf(reports)];
}

function allOf(reports: readonly Report[]): Row {
  const all = {
    decisions: sum(reports, ({ decisions }) => decisions),
    rejections: sum(reports, ({ rejections }) => rejections),
    triggers: {
      global: sum(reports, ({ triggers }) => triggers.global),
      region: sum(reports, ({ triggers }) => triggers.region),
    },
  };
  const spentMs = sum(reports, ({ meanResponseMs = 0, decisions }) => meanResponseMs * decisions);
  const mean = all.decisions === 0 ? undefined : spentMs / all.decisions;
  return ['**all**', '', '', ...countsOf(all), shownMs(mean)];
}

function countsOf(counted: Pick<Report, 'decisions' | 'rejections' | 'triggers'>): Row {
  const { decisions, rejections, triggers } = counted;
  return [decisions, rejections, triggers.global, triggers.region].map(shownCount);
}

const LIMITS = [
  'Limit',
  'Checks',
  'Rejections',
  'Global limit fired',
  'Share fired',
  'Permits allowed',
  'Permits denied',
];

function limitRows(reports: readonly Report[]): readonly Row[] {
  const names = [...new Set(reports.flatMap(({ limits }) => limits.map(({ name }) => name)))];
  return names.map((name) => {
    const entries = reports.flatMap(({ limits }) => limits.filter((limit) => limit.name === name));
    const total = (read: (limit: LimitReport) => number) => shownCount(sum(entries, read));
    return [
      name,
      total(({ checks }) => checks),
      total(({ rejections }) => rejections),
      total(({ triggers }) => triggers.global),
      total(({ triggers }) => triggers.region),
      total(({ permitsAllowed }) => permitsAllowed),
      total(({ permitsDenied }) => permitsDenied),
    ];
  });
}

const LINKS = ['Link', 'Status', 'Last heard', 'Last snapshot', 'Latency', 'Errors'];

function linkRows(reports: readonly Report[]): readonly Row[] {
  const rows = reports.flatMap(({ region, synchronisation }) =>
    synchronisation.peers.map((peer) => [
      `${region} → ${peer.region}`,
      peer.status,
      shownMs(peer.lastHeardAgoMs),
      shownMs(peer.snapshotAgoMs),
      shownMs(peer.latencyMs),
      shownCount(peer.errors),
    ]),
  );
  const latencies = reports.flatMap(({ synchronisation }) => synchronisation.meanLatencyMs ?? []);
  const mean = latencies.length === 0 ? undefined : sum(latencies, (ms) => ms) / latencies.length;
  // Some errors are nobody's: they are in the sum only.
  const errors = sum(reports, ({ synchronisation }) => synchronisation.errors);
  return [...rows, ['**all**', '', '', '', shownMs(mean), shownCount(errors)]];
}

/** A table of Markdown that is aligned as text too; numbers stand to the right when it is rendered. */
function tableOf(heading: Row, rows: readonly Row[]): readonly string[] {
  const escaped = [heading, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = heading.map((_, column) => Math.max(3, ...escaped.map((row) => row[column]?.length ?? 0)));
  const line = (row: Row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = widths.map((width, column) => (column < 2 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  const [first = [], ...others] = escaped;
  return [line(first), line(rule), ...others.map(line)];
}

function sum<Item>(items: readonly Item[], read: (item: Item) => number): number {
  return items.reduce((total, item) => total + read(item), 0);
}
