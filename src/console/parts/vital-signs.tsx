import type { Frame } from '../../watch/frame.ts';
import { frame } from '../live.ts';
import { shownCount, shownMs, shownPart } from '../wording.ts';

/** The numbers that one looks for first. */
export function VitalSigns() {
  const now = frame.value;
  if (now === undefined) return null;
  const { admitted, denied } = permitsOf(now);
  const up = now.peers.filter(({ status, fenced }) => status === 'up' && !fenced).length + 1;
  const all = now.peers.length + 1;
  const trips = now.peers.flatMap(({ status, roundTripMs }) =>
    status === 'up' && roundTripMs !== undefined ? [roundTripMs] : [],
  );
  const offered = admitted + denied;
  return (
    <dl class="signs" aria-label={`Vital signs of ${now.region}`}>
      <Sign name="Regions up" value={`${up} of ${all}`} tone={up < all ? 'critical' : 'good'} />
      <Sign name="Own share" {...standing(now)} />
      <Sign name="Decisions" value={shownCount(now.decisions ?? 0)} unit="/s" />
      <Sign
        name="Response, mean"
        value={now.meanResponseMs === undefined ? '–' : shownMs(now.meanResponseMs)}
      />
      <Sign name="Permits admitted" value={shownCount(admitted)} unit="/s" />
      <Sign
        name="Permits denied"
        value={shownCount(denied)}
        unit={offered > 0 && denied > 0 ? `/s · ${shownPart(denied / offered)}` : '/s'}
      />
      <Sign name="Worst round trip" value={trips.length === 0 ? '–' : shownMs(Math.max(...trips))} />
      <Sign name="Limits version" value={now.version} />
    </dl>
  );
}

type SignProps = {
  readonly name: string;
  readonly value: string;
  readonly unit?: string;
  readonly tone?: string;
};

function Sign({ name, value, unit, tone }: SignProps) {
  return (
    <div class={tone === undefined ? 'sign' : `sign tone-${tone}`}>
      <dt>{name}</dt>
      <dd>
        {value}
        {unit !== undefined && <span class="unit">{unit}</span>}
      </dd>
    </div>
  );
}

function standing({ sitting, draining, degraded }: Frame): { readonly value: string; readonly tone: string } {
  if (sitting) return { value: 'sits out', tone: 'warning' };
  if (draining) return { value: 'draining', tone: 'warning' };
  return degraded ? { value: 'floor only', tone: 'critical' } : { value: 'whole', tone: 'good' };
}

function permitsOf({ limits }: Frame): { readonly admitted: number; readonly denied: number } {
  let [admitted, denied] = [0, 0];
  for (const { rates } of limits) {
    admitted += rates?.admitted ?? 0;
    denied += rates?.denied ?? 0;
  }
  return { admitted, denied };
}
