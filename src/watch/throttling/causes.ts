import type { Happening } from '../happening.ts';
import type { Episode } from './episodes.ts';
import type { Second } from './seconds.ts';

/** Why a limit denied, in words, the likeliest first. */
export type Cause = {
  readonly cause: CauseName;
  readonly text: string;
  /** Whether it alone explains what was denied; otherwise it only came at the same time, or made it worse. */
  readonly likely: boolean;
  /** When it happened, where it is something that happened. */
  readonly atMs?: number;
  readonly region?: string;
};

/** What may be said to be the cause; `/openapi.json` has what each means. */
export type CauseName =
  | 'sitting_out'
  | 'cut_off'
  | 'limit_lowered'
  | 'store_lost'
  | 'peer_lost'
  | 'journal_failing'
  | 'demand_rose'
  | 'hot_key'
  | 'demand_above_limit'
  | 'demand_above_share'
  | 'reload_failed'
  | 'limits_changed';

/** A key that was short during the episode; demand in permits a second. */
export type ShortKey = { readonly key: string; readonly demand: number; readonly seconds: number };

/** What is known of an episode. */
export type Evidence = {
  readonly episode: Episode;
  /** The seconds of the episode, and those before it, the oldest first; seconds in which nobody asked are left out. */
  readonly during: readonly Second[];
  readonly before: readonly Second[];
  /** Permits that were usually asked for in a second of the minute before; undefined where nobody had looked yet. */
  readonly usual: number | undefined;
  /** What happened since shortly before the episode, the oldest first. */
  readonly events: readonly Happening[];
  readonly keys: readonly ShortKey[];
  readonly windowMs: number;
  /** Whether there is a counter for each value of some dimension. */
  readonly isKeyed: boolean;
};

type Weighed = Omit<Cause, 'likely'> & { readonly weight: number };

/** From this weight on a cause explains an episode by itself. */
const LIKELY = 0.6;

/** How many times what was usual is more than usual. */
const ROSE_BY = 1.5;

/** Names the causes of an episode, the likeliest first; never none. */
export function causesOf(evidence: Evidence): readonly Cause[] {
  const found = [
    ...standingCauses(evidence),
    ...eventCauses(evidence),
    ...demandCauses(evidence),
    ...keyCauses(evidence),
  ];
  return found
    .sort((a, b) => b.weight - a.weight)
    .map(({ weight, ...cause }) => ({ ...cause, likely: weight >= LIKELY }));
}

function standingCauses({ during }: Evidence): Weighed[] {
  const denying = during.filter(({ denied }) => denied > 0);
  const part = (holds: Second['holds']) =>
    denying.filter((second) => second.holds === holds).length / Math.max(1, denying.length);
  const found: Weighed[] = [];
  const percent = (value: number) => `${Math.round(value * 100)} %`;
  if (part('nothing') > 0) {
    const text = `This region sat out after its start and could use nothing in ${percent(part('nothing'))} of the throttled seconds`;
    found.push({ cause: 'sitting_out', text, weight: 0.5 + part('nothing') });
  }
  if (part('floor') > 0) {
    const text = `This region could use its floor only in ${percent(part('floor'))} of the throttled seconds: the others did not hear it`;
    found.push({ cause: 'cut_off', text, weight: 0.4 + 0.6 * part('floor') });
  }
  return found;
}

function eventCauses(evidence: Evidence): Weighed[] {
  const { events, before, during } = evidence;
  const found: Weighed[] = [];
  const last = (names: readonly string[]) => events.findLast(({ event }) => names.includes(event));
  const lowered = loweredIn([...before, ...during]);
  const changed = last(['version_current', 'limits_changed']);
  if (lowered !== undefined) {
    const text = `The limit was lowered from ${lowered.from} to ${lowered.to} permits a window${changed === undefined ? '' : ` (${changed.text})`}`;
    found.push({ cause: 'limit_lowered', text, atMs: lowered.atMs, weight: 0.95 });
  } else if (changed !== undefined) {
    const text = `Limits were changed at about the same time (${changed.text}), but this one was not lowered`;
    found.push({ cause: 'limits_changed', text, atMs: changed.atMs, weight: 0.15 });
  }
  const store = events.findLast(({ event, tone }) => event.startsWith('store_') && tone === 'critical');
  if (store !== undefined) found.push(eventCause('store_lost', store, 0.8));
  const journal = last(['journal_failing']);
  if (journal !== undefined) found.push(eventCause('journal_failing', journal, 0.7));
  const reload = last(['config_reload_failed']);
  if (reload !== undefined) found.push(eventCause('reload_failed', reload, 0.2));
  return [...found, ...lostPeers(evidence)];
}

function eventCause(cause: CauseName, { text, atMs, region }: Happening, weight: number): Weighed {
  return { cause, text, atMs, weight, ...(region !== undefined && { region }) };
}

/** A fall of the limit by a tenth and more; what is lent between regions comes and goes and does not count. */
function loweredIn(
  seconds: readonly Second[],
): { readonly atMs: number; readonly from: number; readonly to: number } | undefined {
  for (let at = seconds.length - 1; at > 0; at -= 1) {
    const [was, is] = [seconds[at - 1], seconds[at]];
    if (was === undefined || is === undefined) continue;
    if (is.limit > 0 && is.limit < 0.9 * was.limit) return { atMs: is.atMs, from: was.limit, to: is.limit };
  }
  return undefined;
}

/** Each lost peer once: its callers may have come here, and what it held takes a while to be taken over. */
function lostPeers(evidence: Evidence): Weighed[] {
  const lost = new Map<string, Happening>();
  for (const event of evidence.events)
    if (['peer_suspected', 'region_fenced'].includes(event.event) && event.region !== undefined)
      if (!lost.has(event.region)) lost.set(event.region, event);
  const rise = riseOf(evidence);
  return [...lost].map(([region, { atMs, text }]) => {
    const came =
      rise === undefined ? '' : `; demand here rose from ${rise.from} to ${rise.to} permits a second`;
    return { cause: 'peer_lost', region, atMs, text: text + came, weight: rise === undefined ? 0.62 : 0.85 };
  });
}

function demandCauses(evidence: Evidence): Weighed[] {
  const { episode, during, windowMs, isKeyed } = evidence;
  const found: Weighed[] = [];
  const rise = riseOf(evidence);
  if (rise !== undefined) {
    const text = `Demand rose from ${rise.from} to ${rise.to} permits a second`;
    found.push({ cause: 'demand_rose', text, weight: 0.75 });
  }
  const { share = 0, limit = 0 } = during.findLast(({ denied }) => denied > 0) ?? {};
  const of = `${limit} permits in ${windowMs / 1_000} s${isKeyed ? ' for each key' : ''}`;
  const asked = `up to ${rounded(episode.offeredPerSecondMax)} permits a second were asked for here`;
  if (episode.byShare < 0.5) {
    const text = `Demand is above the limit of the whole world, ${of}: ${asked}`;
    found.push({ cause: 'demand_above_limit', text, weight: 0.65 });
  } else {
    const text = `Demand here is above this region's share, ${rounded(share)} of ${of}: ${asked}`;
    found.push({ cause: 'demand_above_share', text, weight: 0.61 });
  }
  return found;
}

/** By how much demand rose with the episode: from what was usual to the mean of the episode. */
function riseOf({ usual, episode }: Evidence): { readonly from: number; readonly to: number } | undefined {
  const now = episode.offered / Math.max(1, (episode.toMs - episode.fromMs) / 1_000);
  if (usual === undefined || now <= ROSE_BY * Math.max(usual, 1)) return undefined;
  return { from: rounded(usual), to: rounded(now) };
}

function keyCauses({ keys, isKeyed }: Evidence): Weighed[] {
  const [hottest, ...others] = keys;
  if (!isKeyed || hottest === undefined) return [];
  const rest = others.reduce((sum, { demand }) => sum + demand, 0);
  if (hottest.demand < rest) return [];
  const what =
    others.length === 0
      ? 'It is the only key that was short'
      : 'It asks for more than all other keys that were short';
  const text = `One key, ${JSON.stringify(hottest.key)}, asks for ${rounded(hottest.demand)} permits a second. ${what}`;
  return [{ cause: 'hot_key', text, weight: 0.7 }];
}

function rounded(value: number): number {
  return value >= 10 ? Math.round(value) : Math.round(value * 10) / 10;
}
