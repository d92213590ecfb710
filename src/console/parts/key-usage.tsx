import { signal } from '@preact/signals';
import type { UsageView, WindowUsage } from '../../core/view.ts';
import { colourOf } from '../colours.ts';
import { frame } from '../live.ts';
import { keyNames, specs } from '../specs.ts';
import { shownCount, shownTime } from '../wording.ts';
import { Panel } from './panel.tsx';
import { usePolled } from './use-polled.ts';

/** The counter that is looked at. */
export const lookedUp = signal<{ readonly limit: string; readonly key: string } | undefined>(undefined);

/** One key's counters in every region, this window and the last. */
export function KeyUsage() {
  const limits = frame.value?.limits ?? [];
  const { limit, key } = lookedUp.value ?? { limit: limits[0]?.name ?? '', key: '' };
  const spec = specs.value.get(limit);
  const names = keyNames(spec);
  const isAsked = spec !== undefined && (names.length === 0 || key !== '');
  const query = new URLSearchParams({ limit, ...(names.length > 0 && { key }) });
  const { body, problem } = usePolled<UsageView>(isAsked ? `v1/usage?${query}` : undefined, 1_000);
  return (
    <Panel id="key" title="One key, everywhere">
      <div class="fields">
        <label>
          Limit
          <select
            value={limit}
            onChange={(event) => {
              lookedUp.value = { limit: event.currentTarget.value, key: '' };
            }}
          >
            {limits.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <label>
          Key
          <input
            type="text"
            value={key}
            disabled={names.length === 0}
            placeholder={names.length === 0 ? 'one counter for everything' : names.join(',')}
            maxLength={512}
            spellcheck={false}
            onInput={(event) => {
              lookedUp.value = { limit, key: event.currentTarget.value };
            }}
          />
        </label>
      </div>
      {!isAsked && names.length > 0 && (
        <p class="empty">Type the value of {names.join(',')}, or choose a hot key.</p>
      )}
      {problem !== undefined && <p class="problem">{problem}</p>}
      {body !== undefined && (
        <p class="note">Other regions tell of a key once it has used a good part of its share there.</p>
      )}
      {body?.windows.map((window, at) => (
        <Window
          key={window.windowId}
          window={window}
          permits={body.limitPermits}
          title={at === 0 ? 'This window' : 'The last'}
        />
      ))}
    </Panel>
  );
}

type WindowProps = { readonly window: WindowUsage; readonly permits: number; readonly title: string };

function Window({ window: { used, byRegion, startsAtMs, endsAtMs }, permits, title }: WindowProps) {
  return (
    <div class="usage">
      <h3>
        {title}
        <span class="legend">
          {shownTime(startsAtMs)} – {shownTime(endsAtMs)}
        </span>
      </h3>
      <p class="usage-sum">
        <strong>{shownCount(used)}</strong> of {shownCount(permits)} used in the world
      </p>
      <span class="usage-bar" aria-hidden="true">
        {byRegion.map(({ region, used: own }) => (
          <span
            key={region}
            class={colourOf(region)}
            style={{ width: `${permits > 0 ? Math.min(100, (100 * own) / permits) : 0}%` }}
          />
        ))}
      </span>
      <ul class="usage-regions">
        {byRegion.map(({ region, used: own, share }) => (
          <li key={region}>
            <span class={`swatch ${colourOf(region)}`} />
            {region} <strong>{shownCount(own)}</strong>{' '}
            <span class="unit">of {shownCount(Math.floor(share))}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
