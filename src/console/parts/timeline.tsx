import { signal } from '@preact/signals';
import type { Happening, Kind } from '../../watch/happening.ts';
import { happenings, nodeNowMs } from '../live.ts';
import { shownAgo, shownTime } from '../wording.ts';
import { Lanes } from './lanes.tsx';
import { Mark } from './mark.tsx';
import { Panel } from './panel.tsx';

const KINDS: readonly (readonly [Kind | 'all', string])[] = [
  ['all', 'Everything'],
  ['partition', 'Partitions'],
  ['fence', 'Fences'],
  ['alert', 'Alerts'],
  ['version', 'Limits'],
];

const shown = signal<Kind | 'all'>('all');

/** What happened, newest first, and the last minutes of each region as a picture. */
export function Timeline() {
  const kind = shown.value;
  const listed = happenings.value.filter((each) => kind === 'all' || each.kind === kind);
  return (
    <Panel id="timeline" title="What happened">
      <Lanes />
      <fieldset class="chips">
        <legend class="visually-hidden">Show</legend>
        {KINDS.map(([name, words]) => (
          <label key={name} class="chip">
            <input
              type="radio"
              name="timeline-kind"
              value={name}
              checked={kind === name}
              onChange={() => {
                shown.value = name;
              }}
            />
            <span>{words}</span>
          </label>
        ))}
      </fieldset>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls can be scrolled by keyboard */}
      <ol class="happenings" tabIndex={0} aria-label="Happenings, newest first">
        {listed.length === 0 && <li class="empty">Nothing so far.</li>}
        {listed.map((each) => (
          <Entry key={each.id} happening={each} />
        ))}
      </ol>
    </Panel>
  );
}

function Entry({ happening: { atMs, tone, text } }: { readonly happening: Happening }) {
  return (
    <li class={`happening tone-${tone}`}>
      <Mark tone={tone} />
      <span class="happening-text">{text}</span>
      <time dateTime={new Date(atMs).toISOString()} title={shownTime(atMs)}>
        {shownAgo(nodeNowMs.value - atMs)}
      </time>
    </li>
  );
}
