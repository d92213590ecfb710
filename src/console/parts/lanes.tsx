import { frame, happenings, nodeNowMs } from '../live.ts';
import { lanesOf, type Span } from '../spans.ts';

/** What the lanes show, in milliseconds. */
const SPAN_MS = 10 * 60_000;

/** One lane for each peer: when it was not heard, and when it was fenced. */
export function Lanes() {
  const peers = (frame.value?.peers ?? []).map(({ region }) => region).sort();
  const toMs = nodeNowMs.value;
  const lanes = lanesOf(happenings.value, peers, { fromMs: toMs - SPAN_MS, toMs });
  return (
    <div class="lanes">
      {lanes.map(({ region, spans }) => (
        <div key={region} class="lane">
          <span class="lane-name">{region}</span>
          <div class="lane-track" role="img" aria-label={wordsOf(region, spans)}>
            {spans.map((span) => (
              <span
                key={`${span.state} ${span.fromMs}`}
                class={`lane-span lane-${span.state}`}
                style={{
                  left: `${(100 * (span.fromMs - toMs + SPAN_MS)) / SPAN_MS}%`,
                  width: `${(100 * (span.toMs - span.fromMs)) / SPAN_MS}%`,
                }}
              />
            ))}
          </div>
        </div>
      ))}
      <div class="lane lane-scale" aria-hidden="true">
        <span class="lane-name" />
        <span class="lane-legend">
          <span>10 min ago</span>
          <span class="lane-key lane-unheard">not heard</span>
          <span class="lane-key lane-fenced">fenced</span>
          <span>now</span>
        </span>
      </div>
    </div>
  );
}

function wordsOf(region: string, spans: readonly Span[]): string {
  if (spans.length === 0) return `${region}: heard all the time in the last 10 minutes`;
  const seconds = (state: Span['state']) =>
    Math.round(
      spans.filter((span) => span.state === state).reduce((sum, span) => sum + span.toMs - span.fromMs, 0) /
        1e3,
    );
  return `${region}: in the last 10 minutes not heard for ${seconds('unheard')} s, fenced for ${seconds('fenced')} s`;
}
