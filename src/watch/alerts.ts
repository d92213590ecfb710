import type { PeerView } from '../core/view.ts';
import { ALERTS_MAX, LIMITS_COMPARED_MAX, TEXT_CHARS_MAX } from './bounds.ts';
import type { Frame, Rates } from './frame.ts';
import type { News, Tone } from './happening.ts';

/** Something that is wrong for as long as it lasts. */
export type Alert = {
  readonly name: string;
  readonly tone: Exclude<Tone, 'good' | 'info'>;
  readonly text: string;
  readonly sinceMs: number;
  readonly region?: string;
  readonly limit?: string;
};

/** What is looked at of a limit; rates are absent in the first look. */
export type AlertedLimit = {
  readonly name: string;
  readonly rates?: Rates;
  readonly near: number;
  readonly over: number;
};

/** What is looked at of a peer. */
type AlertedPeer = Pick<PeerView, 'region' | 'status' | 'fenced' | 'differs'> & {
  readonly clockSkewMs?: number | undefined;
  readonly syncLatencyMs?: number | undefined;
  readonly lastHeardAgoMs?: number | undefined;
};

/** What is looked at for alerts; limits that nobody asked for may be left out. */
export type AlertScene = Pick<Frame, 'atMs' | 'sitting' | 'degraded' | 'transport' | 'configuration'> & {
  readonly peers: readonly AlertedPeer[];
  readonly limits: readonly AlertedLimit[];
  /** What is wrong with the region's store; undefined while nothing is, or where there is none. */
  readonly storeTrouble?: string | undefined;
};

type Condition = Omit<Alert, 'sinceMs'> & {
  /** When it began, where that is known; when it was seen first otherwise. */
  readonly beganMs?: number;
  /** Looks in a row in which it must hold before it is an alert. */
  readonly after: number;
};

/** Looks in a row in which a condition must be gone before its alert ends: what comes and goes is one alert. */
const GONE_AFTER = 5;

/** How far a clock may be ahead or behind, in milliseconds (protocol.md §10). */
const SKEW_MS_MAX = 500;

/** How old news from a peer may be on arrival, in milliseconds. */
const LAG_MS_MAX = 2_000;

/** Part of what is offered that may be denied before a limit is said to fire. */
const DENIED_PART_MAX = 0.05;

/** Alerts whose beginning and end other happenings tell of already, also while nobody listens. */
const TOLD_ALREADY: readonly string[] = ['peer_unreachable', 'region_fenced', 'configuration_differs'];

type Watched = {
  readonly condition: Condition;
  readonly sinceMs: number;
  held: number;
  gone: number;
  on: boolean;
};

/** Turns what is seen once a second into alerts that begin after a while, and end after a while. */
export class Alerts {
  readonly #watched = new Map<string, Watched>();
  readonly #earlier = new Map<string, AlertedLimit>();

  /** Takes one second in; returns what is wrong now, the longest first, and what has begun or ended with it. */
  take(frame: AlertScene): { readonly alerts: readonly Alert[]; readonly news: readonly News[] } {
    const conditions = new Map(
      conditionsOf(frame, this.#earlier).map((condition) => [nameOf(condition), condition]),
    );
    if (this.#earlier.size > LIMITS_COMPARED_MAX) this.#earlier.clear();
    for (const limit of frame.limits) this.#earlier.set(limit.name, limit);
    const news: News[] = [];
    for (const [name, condition] of conditions) this.#hold(name, condition, frame.atMs, news);
    for (const [name, watched] of this.#watched)
      if (!conditions.has(name)) this.#release(name, watched, news);
    const alerts = [...this.#watched.values()].filter(({ on }) => on).map(alertOf);
    return { alerts, news };
  }

  #hold(name: string, condition: Condition, atMs: number, news: News[]): void {
    const known = this.#watched.get(name);
    if (known === undefined && this.#watched.size >= ALERTS_MAX) return;
    const held = (known?.held ?? 0) + 1;
    const on = known?.on === true || held >= condition.after;
    this.#watched.set(name, {
      condition,
      sinceMs: known?.sinceMs ?? condition.beganMs ?? atMs,
      held,
      gone: 0,
      on,
    });
    if (on && known?.on !== true) news.push(...newsOf(condition, condition.tone, condition.text));
  }

  #release(name: string, watched: Watched, news: News[]): void {
    watched.gone += 1;
    watched.held = 0;
    if (watched.on && watched.gone < GONE_AFTER) return;
    this.#watched.delete(name);
    if (watched.on) news.push(...newsOf(watched.condition, 'good', `Over: ${watched.condition.text}`));
  }
}

function alertOf({ condition: { after, beganMs, ...alert }, sinceMs }: Watched): Alert {
  return { ...alert, sinceMs };
}

function nameOf({ name, region = '', limit = '' }: Condition): string {
  return `${name}\n${region}\n${limit}`;
}

function newsOf({ name, region, limit }: Condition, tone: Tone, text: string): readonly News[] {
  if (TOLD_ALREADY.includes(name)) return [];
  const about = { ...(region !== undefined && { region }), ...(limit !== undefined && { limit }) };
  return [{ kind: 'alert', tone, event: name, text: text.slice(0, TEXT_CHARS_MAX), ...about }];
}

function conditionsOf(frame: AlertScene, earlier: ReadonlyMap<string, AlertedLimit>): readonly Condition[] {
  return [
    ...regionConditions(frame),
    ...frame.peers.flatMap((peer) => peerConditions(peer, frame.atMs)),
    ...frame.limits.flatMap((limit) => limitConditions(limit, earlier.get(limit.name))),
  ];
}

function regionConditions({
  degraded,
  sitting,
  transport,
  configuration,
  storeTrouble,
}: AlertScene): Condition[] {
  const found: Condition[] = [];
  if (sitting) found.push(warning('sitting_out', 'This region sits out: it must not use anything yet', 2));
  else if (degraded)
    found.push(
      critical('region_degraded', 'This region may use its floor only: the others do not hear it', 2),
    );
  if (transport !== 'ok')
    found.push(critical('transport_down', `Nothing between the regions: ${transport}`, 2));
  if (storeTrouble !== undefined)
    found.push(critical('store_lost', `The region's store is lost: ${storeTrouble}`, 2));
  if (configuration !== 'ok') found.push(warning('configuration_trouble', configuration, 1));
  return found;
}

function peerConditions(peer: AlertedPeer, atMs: number): Condition[] {
  const { region, status, fenced, differs, clockSkewMs = 0, syncLatencyMs = 0, lastHeardAgoMs = 0 } = peer;
  const found: Condition[] = [];
  const add = (condition: Condition) => found.push({ ...condition, region });
  if (status === 'suspected')
    add({
      ...critical('peer_unreachable', `${region} is not heard`, 1),
      beganMs: Math.round(atMs - lastHeardAgoMs),
    });
  if (status === 'unheard') add(warning('peer_unheard', `${region} has not been heard yet`, 5));
  if (fenced) add(critical('region_fenced', `${region} is fenced`, 1));
  if (differs) add(critical('configuration_differs', `${region} goes by another configuration`, 1));
  if (status !== 'up') return found;
  if (Math.abs(clockSkewMs) > SKEW_MS_MAX)
    add(warning('clock_skew', `The clock of ${region} is ${Math.round(clockSkewMs)} ms off`, 3));
  if (syncLatencyMs > LAG_MS_MAX)
    add(warning('sync_lag', `News from ${region} is ${Math.round(syncLatencyMs)} ms old when it comes`, 3));
  return found;
}

function limitConditions(
  { name, rates, near, over }: AlertedLimit,
  earlier: AlertedLimit | undefined,
): Condition[] {
  const found: Condition[] = [];
  const add = (condition: Condition) => found.push({ ...condition, limit: name });
  const fires = rates !== undefined && rates.denied > rates.offered * DENIED_PART_MAX;
  if (fires) add(warning('limit_firing', `${name} denies a good part of what is asked`, 3));
  else if (near > 0) add(warning('near_limit', `${name} has less than a fifth of its share left`, 3));
  if (earlier !== undefined && over > earlier.over)
    add(critical('over_admission', `${name} was found to have admitted more than it allows`, 1));
  return found;
}

function critical(name: string, text: string, after: number): Condition {
  return { name, tone: 'critical', text, after };
}

function warning(name: string, text: string, after: number): Condition {
  return { name, tone: 'warning', text, after };
}
