import { html } from 'ghtml';
import type { ScenarioEvent } from './events.ts';

/** What a line or an area stands for; `color` is one of the page's. */
export type Entry = readonly [
  color: string,
  shape: 'line' | 'dashed' | 'dotted' | 'area' | 'block',
  what: string,
];

/** What the colours of a chart stand for. */
export function legend(entries: readonly Entry[]): string {
  const items = entries.map(
    ([color, shape, what]) => html`<li><i class="${shape}" style="--color: var(--${color})"></i>${what}</li>`,
  );
  return html`<ul class="legend">!${items.join('')}</ul>`;
}

/** Entries for the bands that events leave in a chart. */
export function bandEntries(events: readonly ScenarioEvent[]): Entry[] {
  const words = { fault: 'something is wrong', change: 'configuration changes', load: 'more load' } as const;
  const kinds = [...new Set(events.map(({ kind }) => kind))];
  return kinds.map((kind) => [`edge-${kind}`, 'block', words[kind]]);
}
