import type { LimitNow, SharesNow } from '../../watch/frame.ts';
import { RatesPlot } from '../charts/rates-plot.tsx';
import { SharesPlot } from '../charts/shares-plot.tsx';
import { colourOf } from '../colours.ts';
import { frame, nodeNowMs } from '../live.ts';
import { aboutOf, amountOf, chosenLimit, specs } from '../specs.ts';
import { shownAge, shownCount, shownPart } from '../wording.ts';
import { Panel } from './panel.tsx';
import { wholeOf } from './share-bar.tsx';

/** One limit: what was asked of it, where its shares went, and who has used how much of them. */
export function LimitDetail() {
  const limits = frame.value?.limits ?? [];
  const limit = limits.find(({ name }) => name === chosenLimit.value) ?? limits[0];
  if (limit === undefined) return null;
  const { name, shares } = limit;
  const toMs = nodeNowMs.value;
  return (
    <Panel id="limit" title={name} aside={<Amount name={name} />}>
      <Facts limit={limit} />
      <h3 class="plot-title">
        Permits a second, at this node
        <span class="legend">
          <span class="key-offered">offered</span>
          <span class="key-admitted">admitted</span>
          <span class="key-denied">denied</span>
        </span>
      </h3>
      <RatesPlot limit={name} toMs={toMs} />
      {shares !== undefined && (
        <>
          <h3 class="plot-title">
            Shares of {shares.key === '' ? 'the limit' : <>the hottest key, “{shares.key}”</>}
            <span class="legend">window ends in {shownAge(Math.max(0, shares.endsAtMs - toMs))}</span>
          </h3>
          <SharesPlot limit={name} toMs={toMs} permits={wholeOf(shares.permits, shares.byRegion)} />
          <RegionShares shares={shares} />
        </>
      )}
    </Panel>
  );
}

function Amount({ name }: { readonly name: string }) {
  const spec = specs.value.get(name);
  return spec === undefined ? null : <strong>{amountOf(spec)}</strong>;
}

function Facts({ limit: { name, keys, given, received } }: { readonly limit: LimitNow }) {
  const spec = specs.value.get(name);
  if (spec === undefined) return null;
  const facts: readonly (readonly [string, string])[] = [
    ['Meets', aboutOf(spec)],
    ['Algorithm', spec.algorithm],
    ['Mode', spec.mode],
    ['Shares', spec.shares === 'demand' ? 'follow demand' : 'by weight'],
    ['If a region is lost', `${shownPart(spec.reclaimPermille / 1_000)} of its share is taken over`],
    ...(spec.burst === undefined ? [] : [['Burst', shownCount(spec.burst)] as const]),
    ...(spec.overrides?.length ? [['Overrides', shownCount(spec.overrides.length)] as const] : []),
    ['Counters here', shownCount(keys)],
    ['Permits moved', `${shownCount(given)} given, ${shownCount(received)} received`],
  ];
  return (
    <dl class="facts">
      {facts.map(([fact, value]) => (
        <div key={fact}>
          <dt>{fact}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function RegionShares({ shares: { byRegion, permits } }: { readonly shares: SharesNow }) {
  const whole = Math.max(wholeOf(permits, byRegion), 1e-9);
  return (
    <table class="region-shares">
      <thead>
        <tr>
          <th scope="col">Region</th>
          <th scope="col" class="number">
            May use
          </th>
          <th scope="col" class="number">
            Has used
          </th>
          <th scope="col" class="wide">
            <span class="visually-hidden">Used part</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {byRegion.map(({ region, share, used }) => (
          <tr key={region} data-region={region}>
            <th scope="row">
              <span class={`swatch ${colourOf(region)}`} />
              {region}
            </th>
            <td class="number">
              {shownCount(Math.floor(share))} <span class="unit">{shownPart(share / whole)}</span>
            </td>
            <td class="number">{shownCount(used)}</td>
            <td class="wide">
              <span class={`meter ${colourOf(region)}`}>
                <span style={{ width: `${share > 0 ? Math.min(100, (100 * used) / share) : 0}%` }} />
              </span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
