import { shownCount, shownMs, shownShare } from './figures.ts';
import { alignedTable } from './table.ts';

/** One limit in the answer of `/v1/throttling`. */
export type ThrottledLimit = {
  readonly limit: string;
  readonly offered: number;
  readonly denied: number;
  readonly episodes: readonly {
    readonly fromMs: number;
    readonly toMs: number;
    readonly offered: number;
    readonly denied: number;
    readonly byShare: number;
    readonly offeredPerSecondMax: number;
  }[];
  readonly causes: readonly { readonly text: string; readonly likely: boolean; readonly atMs?: number }[];
  readonly keys: readonly {
    readonly key: string;
    readonly demand: number;
    readonly seconds: number;
    readonly byRegion?: readonly { readonly region: string; readonly used: number; readonly share: number }[];
  }[];
  readonly events: readonly { readonly atMs: number; readonly text: string }[];
  readonly seconds: readonly { readonly atMs: number; readonly offered: number; readonly denied: number }[];
};

export type ThrottlingAnswer = {
  readonly region: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly limits: readonly ThrottledLimit[];
};

/** What one coordinator said, or why it said nothing. */
export type ThrottlingFinding = { readonly url: string } & (ThrottlingAnswer | { readonly error: string });

/** Episodes, keys and events of one limit in one region that are shown. */
const ROWS_SHOWN = 5;

/** Columns of the picture of demand. */
const COLUMNS = 60;

const BARS = ' ▁▂▃▄▅▆▇█';

/** What was throttled and why: where most was denied first, and of that the likeliest cause first. */
export function throttlingText(
  findings: readonly ThrottlingFinding[],
  asked: { readonly limit: string | undefined; readonly since: string },
): string {
  const answers = findings.filter((finding) => 'limits' in finding);
  const throttled = answers
    .flatMap((answer) => answer.limits.map((limit) => ({ answer, limit })))
    .filter(({ limit }) => limit.denied > 0)
    .sort((a, b) => b.limit.denied - a.limit.denied);
  const parts = throttled.map(({ answer, limit }) => limitText(answer, limit));
  if (throttled.length === 0 && answers.length > 0)
    parts.push(
      `${asked.limit ?? 'No limit'} denied ${asked.limit === undefined ? 'any' : 'no'}thing in the last ${asked.since}.`,
    );
  for (const finding of findings)
    if ('error' in finding) parts.push(`${finding.url} said nothing of it: ${finding.error}`);
  return parts.join('\n\n');
}

function limitText(answer: ThrottlingAnswer, limit: ThrottledLimit): string {
  const { offered, denied, episodes, causes, events, keys } = limit;
  const part = shownShare(denied / Math.max(1, offered));
  const heading = `${limit.limit} in ${answer.region}: ${shownCount(denied)} of ${shownCount(offered)} permits denied (${part})`;
  const rows = [
    ...causes.map(({ text, likely, atMs }, at) => [
      at === 0 ? 'Likely cause' : likely ? 'And' : 'Meanwhile',
      `${atMs === undefined ? '' : `${clock(atMs)} `}${text}`,
    ]),
    ...events.slice(-ROWS_SHOWN).map(({ atMs, text }) => ['Happened', `${clock(atMs)} ${text}`]),
    ...picture(answer, limit),
  ];
  const parts = [`${heading}\n${alignedTable(rows)}`, episodesTable(episodes)];
  if (keys.length > 0) parts.push(keysTable(keys));
  return parts.join('\n\n');
}

function episodesTable(episodes: ThrottledLimit['episodes']): string {
  const rows = episodes
    .slice(0, ROWS_SHOWN)
    .map(({ fromMs, toMs, offered, denied, byShare, offeredPerSecondMax }) => [
      clock(fromMs),
      shownMs(toMs - fromMs),
      shownCount(offered),
      shownCount(denied),
      shownShare(Math.round(byShare * 100) / 100),
      shownCount(offeredPerSecondMax),
    ]);
  return alignedTable([['FROM', 'LASTED', 'ASKED', 'DENIED', 'BY SHARE', 'MOST/S'], ...rows]);
}

function keysTable(keys: ThrottledLimit['keys']): string {
  const rows = keys
    .slice(0, ROWS_SHOWN)
    .map(({ key, demand, seconds, byRegion = [] }) => [
      key === '' ? '(one counter)' : key,
      shownCount(demand),
      shownMs(seconds * 1_000),
      byRegion
        .map(({ region, used, share }) => `${region} ${shownCount(used)}/${shownCount(share)}`)
        .join('  '),
    ]);
  return alignedTable([['KEY', 'ASKED/S', 'REFUSED FOR', 'USED/SHARE NOW'], ...rows]);
}

/** Demand and denials as bars, over the time that was asked about. */
function picture({ fromMs, toMs }: ThrottlingAnswer, { seconds }: ThrottledLimit): readonly string[][] {
  const columns = Math.min(COLUMNS, Math.max(1, Math.round((toMs - fromMs) / 1_000)));
  const stepMs = (toMs - fromMs) / columns;
  const sums = { offered: new Array<number>(columns).fill(0), denied: new Array<number>(columns).fill(0) };
  for (const { atMs, offered, denied } of seconds) {
    const column = Math.min(columns - 1, Math.max(0, Math.floor((atMs - fromMs) / stepMs)));
    sums.offered[column] = (sums.offered[column] ?? 0) + offered;
    sums.denied[column] = (sums.denied[column] ?? 0) + denied;
  }
  const most = Math.max(1, ...sums.offered);
  const bars = (numbers: readonly number[]) =>
    numbers.map((number) => BARS[Math.ceil((number / most) * (BARS.length - 1))]).join('');
  return [
    ['Asked', `|${bars(sums.offered)}|`],
    ['Denied', `|${bars(sums.denied)}|  ${clock(fromMs)} to ${clock(toMs)}`],
  ];
}

/** The time of day, in UTC as logs have it. */
function clock(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 19);
}
