import type { Frame, PeerNow } from '../../watch/frame.ts';
import { colourOf } from '../colours.ts';
import { arc, between, type Point, placeRegions } from '../place-regions.ts';
import { peerState, shownAge, shownMs, shownPart } from '../wording.ts';
import { useWidth } from './use-width.ts';

/** Radius of a region's circle in pixels, and room around it for the names. */
const RADIUS = 34;
const RADIUS_SMALL = 26;

/** Below this width, in pixels, regions are drawn small. */
const NARROW = 520;

type WorldPictureProps = {
  readonly now: Frame;
  /** What all weights sum to. */
  readonly total: number;
};

/** Regions on a ring, this node's at the left, and its link to each of the others. Links that it does not see are drawn as not seen. */
export function WorldPicture({ now, total }: WorldPictureProps) {
  const [element, width] = useWidth();
  const peers = [...now.peers].sort((a, b) => (a.region < b.region ? -1 : 1));
  const narrow = width < NARROW;
  const radius = narrow || peers.length > 6 ? RADIUS_SMALL : RADIUS;
  const height = Math.round(Math.min(400, Math.max(250, width * 0.5)) + Math.max(0, peers.length - 4) * 24);
  const room = {
    width,
    height,
    marginX: radius + (narrow ? 34 : 64),
    marginTop: radius + 10,
    marginBottom: radius + 48,
  };
  const points = placeRegions(peers.length + 1, room);
  const own = points[0] ?? { x: 0, y: 0 };
  const places = peers.map((peer, at) => ({ peer, point: points[at + 1] ?? own }));
  return (
    <div class="world" ref={element}>
      {width > 0 && (
        <svg width={width} height={height} role="img" aria-label={wordsOf(now)}>
          {places.flatMap(({ peer, point }, at) =>
            places
              .slice(at + 1)
              .map((other) => (
                <Unseen
                  key={`${peer.region} ${other.peer.region}`}
                  from={point}
                  to={other.point}
                  radius={radius}
                />
              )),
          )}
          {places.map(({ peer, point }) => (
            <Link key={peer.region} peer={peer} ends={between(own, point, radius + 8)} />
          ))}
          <RegionMark
            name={now.region}
            point={own}
            radius={radius}
            part={now.weight / total}
            words={now.sitting ? 'sits out' : now.degraded ? 'floor only' : 'this node'}
            tone={now.sitting ? 'warning' : now.degraded ? 'critical' : 'own'}
          />
          {places.map(({ peer, point }) => {
            const { word, tone } = peerState(peer);
            const part = peer.weight / total;
            return (
              <RegionMark
                key={peer.region}
                name={peer.region}
                words={word}
                {...{ point, radius, part, tone }}
              />
            );
          })}
        </svg>
      )}
    </div>
  );
}

type RegionMarkProps = {
  readonly name: string;
  readonly point: Point;
  readonly radius: number;
  /** What the weights give it of every limit. */
  readonly part: number;
  readonly words: string;
  readonly tone: string;
};

function RegionMark({ name, point, radius, part, words, tone }: RegionMarkProps) {
  const isOut = tone === 'critical';
  return (
    <g class={`region ${colourOf(name)} ${isOut ? 'is-out' : ''}`}>
      <circle class="region-ground" cx={point.x} cy={point.y} r={radius} />
      <circle class="region-track" cx={point.x} cy={point.y} r={radius} />
      <path class="region-part" d={arc(point, radius, part)} />
      <text class="region-quota" x={point.x} y={point.y + 5}>
        {shownPart(part).replace('.0', '')}
      </text>
      <text class="region-name" x={point.x} y={point.y + radius + 22}>
        {name}
      </text>
      <text class={`region-state tone-${tone}`} x={point.x} y={point.y + radius + 39}>
        {words}
      </text>
    </g>
  );
}

function Unseen({ from, to, radius }: { readonly from: Point; readonly to: Point; readonly radius: number }) {
  const [a, b] = between(from, to, radius + 8);
  return <line class="link-unseen" x1={a.x} y1={a.y} x2={b.x} y2={b.y} />;
}

function Link({ peer, ends: [a, b] }: { readonly peer: PeerNow; readonly ends: readonly [Point, Point] }) {
  const { status, roundTripMs, syncLatencyMs, lastHeardAgoMs } = peer;
  const isUp = status === 'up';
  const middle = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
  const first = isUp ? (roundTripMs === undefined ? '…' : shownMs(roundTripMs)) : 'not heard';
  const second = isUp
    ? syncLatencyMs === undefined
      ? 'no news yet'
      : `lag ${shownMs(syncLatencyMs)}`
    : lastHeardAgoMs === undefined
      ? 'yet'
      : `for ${shownAge(lastHeardAgoMs)}`;
  const line = { x1: a.x, y1: a.y, x2: b.x, y2: b.y };
  return (
    <g class={`link link-${status}`}>
      <line class="link-line" {...line} />
      {isUp && <line class="link-flow" {...line} style={{ animationDuration: `${flowMs(roundTripMs)}ms` }} />}
      <rect class="link-chip" x={middle.x - 42} y={middle.y - 19} width={84} height={38} rx={9} />
      <text class="link-first" x={middle.x} y={middle.y - 3}>
        {first}
      </text>
      <text class="link-second" x={middle.x} y={middle.y + 12}>
        {second}
      </text>
    </g>
  );
}

/** How fast the dashes of a link move: slower the longer its round trip, as far as eyes can follow. */
function flowMs(roundTripMs = 0): number {
  return Math.round(Math.min(4_000, Math.max(700, roundTripMs * 12)));
}

function wordsOf({ region, peers }: Frame): string {
  const links = peers.map((peer) => {
    const trip =
      peer.status === 'up' && peer.roundTripMs !== undefined
        ? `, round trip ${shownMs(peer.roundTripMs)}`
        : '';
    return `${peer.region}: ${peerState(peer).word}${trip}`;
  });
  return `${region} and its links. ${links.join('. ')}.`;
}
