import type { Chance } from '../../simulations/chance.ts';
import { REGIONS, type RegionName } from '../e2e/cluster.ts';

/** Something that goes wrong for a time, and is mended after it. */
export type Trouble =
  | { readonly kind: 'kill'; readonly region: RegionName }
  | { readonly kind: 'pause'; readonly region: RegionName }
  | { readonly kind: 'amnesia'; readonly region: RegionName }
  | { readonly kind: 'full-disk'; readonly region: RegionName }
  | { readonly kind: 'clock'; readonly region: RegionName; readonly aheadMs: number }
  | { readonly kind: 'one-way'; readonly region: RegionName; readonly deafTo: RegionName }
  | { readonly kind: 'bad-network'; readonly region: RegionName }
  | { readonly kind: 'nats-restart' }
  | { readonly kind: 'nats-pause'; readonly server: number };

/** A trouble, when it begins after the one before, and how long it lasts, in milliseconds. */
export type Drawn = { readonly trouble: Trouble; readonly afterMs: number; readonly forMs: number };

/** Every kind, the ones that have found most faults more often. */
const KINDS: readonly Trouble['kind'][] = [
  ...(['kill', 'kill', 'pause', 'pause', 'one-way', 'bad-network', 'bad-network'] as const),
  ...(['amnesia', 'full-disk', 'clock', 'nats-restart', 'nats-pause'] as const),
];

/** How far a clock is set wrong, in milliseconds: less than the slack that a cluster is set up with. */
const CLOCK_MS = 1_500;

/** Draws what goes wrong next. Whatever `must` names comes, so that every kind is seen in a run. */
export function drawTrouble(chance: Chance, must: Trouble['kind'] | undefined): Drawn {
  const kind = must ?? chance.pick(KINDS);
  const forMs =
    kind === 'pause'
      ? chance.pick([100, 1_000, 4_000, 20_000]) * chance.between(0.5, 1)
      : chance.between(300, 8_000);
  return { trouble: troubleOf(chance, kind), afterMs: chance.between(500, 5_000), forMs };
}

/** Each kind once, in an order of its own. */
export function everyKind(chance: Chance): Trouble['kind'][] {
  return chance.some([...new Set(KINDS)], KINDS.length);
}

function troubleOf(chance: Chance, kind: Trouble['kind']): Trouble {
  const [region = REGIONS[0] as RegionName, deafTo = region] = chance.some(REGIONS, 2);
  switch (kind) {
    case 'clock':
      return { kind, region, aheadMs: Math.round(chance.between(-CLOCK_MS, CLOCK_MS)) };
    case 'one-way':
      return { kind, region, deafTo };
    case 'nats-restart':
      return { kind };
    case 'nats-pause':
      return { kind, server: chance.below(REGIONS.length) };
    default:
      return { kind, region };
  }
}

/** A trouble in a few words. */
export function tellTrouble({ trouble, forMs }: Drawn): string {
  const { kind, ...about } = trouble;
  return `${kind} ${Object.values(about).join(' ')} for ${(forMs / 1_000).toFixed(1)} s`.replace('  ', ' ');
}
