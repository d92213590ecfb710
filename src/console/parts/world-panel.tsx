import type { PeerNow } from '../../watch/frame.ts';
import { colourOf } from '../colours.ts';
import { frame } from '../live.ts';
import { peerState, shownAgo, shownMs, shownPart } from '../wording.ts';
import { Panel } from './panel.tsx';
import { Scrolls } from './scrolls.tsx';
import { WorldPicture } from './world-picture.tsx';

/** The world as this node sees it: a picture, and the same in numbers. */
export function WorldPanel() {
  const now = frame.value;
  if (now === undefined) return null;
  const total = now.weight + now.peers.reduce((sum, { weight }) => sum + weight, 0);
  return (
    <Panel id="world" title="World" aside={`as ${now.region} sees it`}>
      <WorldPicture now={now} total={total} />
      <Scrolls label="Links to the other regions">
        <table class="links">
          <thead>
            <tr>
              <th scope="col">Region</th>
              <th scope="col">State</th>
              <th scope="col" class="number">
                Quota
              </th>
              <th scope="col" class="number">
                Round trip
              </th>
              <th scope="col" class="number">
                Lag
              </th>
              <th scope="col" class="number">
                Clock
              </th>
              <th scope="col" class="number">
                Heard
              </th>
            </tr>
          </thead>
          <tbody>
            {[...now.peers].sort(byName).map((peer) => (
              <PeerRow key={peer.region} peer={peer} part={total > 0 ? peer.weight / total : 0} />
            ))}
          </tbody>
        </table>
      </Scrolls>
    </Panel>
  );
}

function PeerRow({ peer, part }: { readonly peer: PeerNow; readonly part: number }) {
  const { region, status, stale, roundTripMs, syncLatencyMs, clockSkewMs, lastHeardAgoMs } = peer;
  const { word, tone } = peerState(peer);
  // What was measured before a link broke says nothing of it now.
  const measured = (value: number | undefined) =>
    value === undefined || status !== 'up' ? '–' : shownMs(value);
  return (
    <tr data-region={region} data-state={word}>
      <th scope="row">
        <span class={`swatch ${colourOf(region)}`} />
        {region}
      </th>
      <td>
        <span class={`state tone-${tone}`}>{word}</span>
        {stale && status === 'up' && <span class="tag tag-warning">catching up</span>}
      </td>
      <td class="number">{shownPart(part)}</td>
      <td class="number">{measured(roundTripMs)}</td>
      <td class="number">{measured(syncLatencyMs)}</td>
      <td class="number">
        {clockSkewMs !== undefined && status === 'up' && clockSkewMs > 0 ? '+' : ''}
        {measured(clockSkewMs)}
      </td>
      <td class="number">{lastHeardAgoMs === undefined ? 'never' : shownAgo(lastHeardAgoMs)}</td>
    </tr>
  );
}

function byName(a: PeerNow, b: PeerNow): number {
  return a.region < b.region ? -1 : 1;
}
