import type { LimitNow } from '../../watch/frame.ts';
import { Spark } from '../charts/spark.tsx';
import { frame, nodeNowMs } from '../live.ts';
import { aboutOf, amountOf, chosenLimit, specs } from '../specs.ts';
import { shownCount } from '../wording.ts';
import { Panel } from './panel.tsx';
import { ShareBar } from './share-bar.tsx';

/** All limits, each with its shares and the last two minutes; one can be chosen. */
export function LimitList() {
  const now = frame.value;
  if (now === undefined) return null;
  const chosen = chosenLimit.value ?? now.limits[0]?.name;
  const leftOut =
    now.limitsLeftOut > 0
      ? `the ${now.limits.length} busiest; ${now.limitsLeftOut} more`
      : `${now.limits.length}`;
  return (
    <Panel id="limits" title="Limits" aside={leftOut}>
      <ul class="limits">
        {now.limits.map((limit) => (
          <li key={limit.name}>
            <LimitRow limit={limit} isChosen={limit.name === chosen} />
          </li>
        ))}
        {now.limits.length === 0 && <li class="empty">No limits are configured: everything is admitted.</li>}
      </ul>
    </Panel>
  );
}

function LimitRow({ limit, isChosen }: { readonly limit: LimitNow; readonly isChosen: boolean }) {
  const { name, rates, shares } = limit;
  const spec = specs.value.get(name);
  return (
    <button
      type="button"
      class="limit"
      aria-pressed={isChosen}
      onClick={() => {
        chosenLimit.value = name;
      }}
    >
      <span class="limit-name">
        {name}
        {spec !== undefined && spec.mode !== 'enforce' && <span class="tag">{spec.mode}</span>}
      </span>
      <span class="limit-amount">{spec === undefined ? '' : amountOf(spec)}</span>
      <span class="limit-about">{spec === undefined ? '' : aboutOf(spec)}</span>
      <span class="limit-rates">
        <span class="key-admitted">
          {shownCount(rates?.admitted ?? 0)}
          <span class="visually-hidden"> admitted</span>
        </span>
        <span class={rates !== undefined && rates.denied > 0 ? 'key-denied' : 'key-denied is-zero'}>
          {shownCount(rates?.denied ?? 0)}
          <span class="visually-hidden"> denied</span>
        </span>
        <span class="unit">/s</span>
      </span>
      <Spark limit={name} toMs={nodeNowMs.value} />
      {shares !== undefined && <ShareBar shares={shares} />}
    </button>
  );
}
