import { frame, nodeNowMs } from '../live.ts';
import { shownAge } from '../wording.ts';
import { Mark } from './mark.tsx';
import { Panel } from './panel.tsx';

/** What is wrong now, as long as it is. */
export function Attention() {
  const alerts = frame.value?.alerts ?? [];
  const sorted = [...alerts].sort((a, b) => weightOf(a.tone) - weightOf(b.tone) || a.sinceMs - b.sinceMs);
  return (
    <Panel id="attention" title="Attention" aside={alerts.length > 0 ? `${alerts.length} now` : undefined}>
      {sorted.length === 0 ? (
        <p class="all-well">
          <Mark tone="good" /> Nothing needs attention.
        </p>
      ) : (
        <ul class="alerts" aria-live="polite">
          {sorted.map(({ name, region, limit, tone, text, sinceMs }) => (
            <li key={`${name} ${region} ${limit}`} class={`alert tone-${tone}`}>
              <Mark tone={tone} />
              <span class="alert-text">{text}</span>
              <span class="alert-age">for {shownAge(nodeNowMs.value - sinceMs)}</span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function weightOf(tone: string): number {
  return tone === 'critical' ? 0 : 1;
}
