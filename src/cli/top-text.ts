import type { HotKeyView } from '../core/view.ts';
import type { HotKeysAnswer } from './answers.ts';
import { shownCount } from './figures.ts';
import { alignedTable } from './table.ts';

/** What one coordinator said, or why it did not. */
export type TopFinding = { readonly url: string } & (HotKeysAnswer | { readonly error: string });

type Seen = { readonly region: string; readonly hot: HotKeyView };

/** The keys of all coordinators together, those first that are asked for most or refused most, in at most `lines` lines below the heading. */
export function topText(
  findings: readonly TopFinding[],
  lines: number,
  by: 'permits' | 'denials' = 'permits',
): string {
  const silent = findings.flatMap((finding) =>
    'error' in finding ? [`${finding.url} does not answer: ${finding.error}`] : [],
  );
  const keys = new Map<string, Seen[]>();
  for (const finding of findings) {
    if ('error' in finding) continue;
    for (const hot of finding.keys) {
      const name = `${hot.limit}\n${hot.key}`;
      keys.set(name, [...(keys.get(name) ?? []), { region: finding.region, hot }]);
    }
  }
  const rank = by === 'permits' ? demandOf : refusedOf;
  const rows = [...keys.values()].sort((a, b) => rank(b) - rank(a)).map(rowOf);
  const shown = rows.slice(0, Math.max(1, lines - silent.length));
  const heading = ['LIMIT', 'KEY', 'ASKED/S', 'REFUSED/S', 'LEFT', 'BY REGION', 'SHORT IN'];
  const table = rows.length === 0 ? 'No key is asked for much.' : alignedTable([heading, ...shown]);
  return [table, ...silent].join('\n');
}

function demandOf(seen: readonly Seen[]): number {
  return seen.reduce((sum, { hot }) => sum + hot.demand, 0);
}

function refusedOf(seen: readonly Seen[]): number {
  return seen.reduce((sum, { hot }) => sum + hot.refused, 0);
}

function rowOf(seen: readonly Seen[]): readonly string[] {
  const byDemand = [...seen].sort((a, b) => b.hot.demand - a.hot.demand);
  // Whoever has heard most of the others knows of the least.
  const left = Math.min(...seen.map(({ hot }) => hot.globalRemaining));
  return [
    seen[0]?.hot.limit ?? '',
    seen[0]?.hot.key || '-',
    shownCount(demandOf(seen)),
    shownCount(refusedOf(seen)),
    shownCount(left),
    byDemand.map(({ region, hot }) => `${region} ${shownCount(hot.demand)}`).join(', '),
    seen
      .filter(({ hot }) => hot.short)
      .map(({ region }) => region)
      .join(', '),
  ];
}
