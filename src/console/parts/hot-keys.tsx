import { signal } from '@preact/signals';
import type { HotKeyView } from '../../core/view.ts';
import { shownCount } from '../wording.ts';
import { lookedUp } from './key-usage.tsx';
import { Panel } from './panel.tsx';
import { Scrolls } from './scrolls.tsx';
import { usePolled } from './use-polled.ts';

/** Keys that are shown. */
const SHOWN_MAX = 12;

const onlyShort = signal(false);

/** The keys that are asked for most at this node, or those of which nothing is left. */
export function HotKeys() {
  const by = onlyShort.value ? 'denials' : 'permits';
  const { body, problem } = usePolled<{ readonly keys: readonly HotKeyView[] }>(
    `v1/hot-keys?by=${by}`,
    2_000,
  );
  const keys = (body?.keys ?? []).slice(0, SHOWN_MAX);
  const most = Math.max(1, ...keys.map(({ demand }) => demand));
  return (
    <Panel
      id="hot-keys"
      title="Hot keys"
      aside={
        <label class="check">
          <input
            type="checkbox"
            checked={onlyShort.value}
            onChange={() => {
              onlyShort.value = !onlyShort.value;
            }}
          />
          short ones only
        </label>
      }
    >
      {problem !== undefined && <p class="problem">{problem}</p>}
      {keys.length === 0 && problem === undefined && <p class="empty">No key is asked for much.</p>}
      {keys.length > 0 && (
        <Scrolls label="Table of hot keys">
          <table class="hot-keys">
            <thead>
              <tr>
                <th scope="col">Key</th>
                <th scope="col">Limit</th>
                <th scope="col" class="number">
                  Asked for
                </th>
                <th scope="col" class="number">
                  Left here
                </th>
                <th scope="col" class="number">
                  Left in all
                </th>
              </tr>
            </thead>
            <tbody>
              {keys.map((each) => (
                <KeyRow key={`${each.limit} ${each.key}`} hot={each} part={each.demand / most} />
              ))}
            </tbody>
          </table>
        </Scrolls>
      )}
    </Panel>
  );
}

function KeyRow({ hot, part }: { readonly hot: HotKeyView; readonly part: number }) {
  const { limit, key, demand, remaining, globalRemaining, short } = hot;
  return (
    <tr>
      <th scope="row">
        <button
          type="button"
          class="as-link"
          onClick={() => {
            lookedUp.value = { limit, key };
          }}
        >
          {key === '' ? '(all)' : key}
        </button>
        {short && <span class="tag tag-critical">short</span>}
      </th>
      <td>{limit}</td>
      <td class="number demand">
        <span class="demand-bar" style={{ width: `${100 * part}%` }} />
        {shownCount(demand)}
        <span class="unit">/s</span>
      </td>
      <td class="number">{shownCount(remaining)}</td>
      <td class="number">{shownCount(globalRemaining)}</td>
    </tr>
  );
}
