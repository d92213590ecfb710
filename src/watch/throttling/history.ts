import type { LimitTally, ShareOfWindow } from '../../core/tallies.ts';
import type { Happening } from '../happening.ts';
import {
  EPISODES_TOLD_MAX,
  EVENTS_KEPT_MAX,
  KEYS_KEPT_MAX,
  LIMITS_FOLLOWED_MAX,
  LIMITS_SOUGHT_MAX,
  LIMITS_TOLD_MAX,
} from './bounds.ts';
import { type Cause, causesOf, type Evidence, type ShortKey } from './causes.ts';
import { type Episode, episodesIn, quietMsOf } from './episodes.ts';
import { type Second, Seconds } from './seconds.ts';

/** What is looked at of every limit. */
type Tally = Omit<LimitTally, 'nearLimit' | 'permitsOver'>;

/** Everything that is looked at once a second. What costs more is asked for those limits alone that need it. */
export type Look = {
  readonly wallMs: number;
  readonly holds: Second['holds'];
  readonly tallies: Iterable<Tally>;
  /** Permits of one window that this region may use, and the world. */
  readonly sharesOf: (limit: string) => ShareOfWindow;
  /** Keys that were refused just now, with their demand in permits a second. */
  readonly shortKeysOf: (limit: string) => readonly { readonly key: string; readonly demand: number }[];
};

/** How one limit throttled in some time. */
export type Throttling = {
  readonly limit: string;
  readonly offered: number;
  readonly denied: number;
  /** The newest first. */
  readonly episodes: readonly Episode[];
  /** Of the newest episode, the likeliest first; none where nothing was denied. */
  readonly causes: readonly Cause[];
  /** Keys that were short in the newest episode, those first that asked for most. */
  readonly keys: readonly ShortKey[];
  /** What happened here from shortly before the newest episode to its end, the oldest first. */
  readonly events: readonly Happening[];
  readonly seconds: readonly Second[];
};

/** Milliseconds before an episode in which what happens may be its cause: suspicion and fencing take a few seconds. */
const SHORTLY_MS = 15_000;

/** The time before an episode that says what was usual, in milliseconds. */
const USUAL_MS = 60_000;

/** Seconds that must have been looked at before anything can be called usual. */
const USUAL_SECONDS_MIN = 5;

type Followed = {
  tally: Tally;
  readonly seconds: Seconds;
  deniedMs: number;
  askedMs: number;
  readonly keys: Map<string, { demand: number; seconds: number }>;
};

/** Remembers what limits did in the last quarter of an hour, second by second, and says why they denied. Bounded; knows no clock. */
export class ThrottlingHistory {
  readonly #followed = new Map<string, Followed>();
  readonly #events: Happening[] = [];
  #sinceMs = Number.POSITIVE_INFINITY;
  #wasFull = false;
  #turn = 0;

  /** Takes in one second. */
  take(look: Look): void {
    const atMs = Math.floor(look.wallMs / 1_000) * 1_000;
    this.#sinceMs = Math.min(this.#sinceMs, atMs);
    const firing: Followed[] = [];
    for (const tally of look.tallies) {
      const followed = this.#followed.get(tally.name) ?? this.#follow(tally);
      if (followed !== undefined && this.#note(followed, tally, look, atMs)) firing.push(followed);
    }
    const sought = Math.min(LIMITS_SOUGHT_MAX, firing.length);
    for (let count = 0; count < sought; count += 1) {
      this.#turn += 1;
      const followed = firing[this.#turn % firing.length];
      if (followed !== undefined) noteKeys(followed, look);
    }
  }

  /** Takes in something that happened. */
  note(happening: Happening): void {
    this.#events.push(happening);
    if (this.#events.length > EVENTS_KEPT_MAX) this.#events.shift();
  }

  /** How one limit throttled from `fromMs` to `toMs`; one that nobody asked about did not. */
  of(limit: string, fromMs: number, toMs: number): Throttling {
    const followed = this.#followed.get(limit);
    if (followed === undefined)
      return { limit, offered: 0, denied: 0, episodes: [], causes: [], keys: [], events: [], seconds: [] };
    return this.#throttlingOf(followed, fromMs, toMs);
  }

  /** The same of all limits that denied something, those first that denied most. */
  all(fromMs: number, toMs: number): readonly Throttling[] {
    return [...this.#followed.values()]
      .filter(({ deniedMs }) => deniedMs >= fromMs)
      .map((followed) => this.#throttlingOf(followed, fromMs, toMs))
      .filter(({ denied }) => denied > 0)
      .sort((a, b) => b.denied - a.denied)
      .slice(0, LIMITS_TOLD_MAX);
  }

  /** Limits are followed from when they are first asked about. */
  #follow(tally: Tally): Followed | undefined {
    if (tally.permitsAllowed + tally.permitsDenied === 0) return undefined;
    if (this.#followed.size >= LIMITS_FOLLOWED_MAX) {
      this.#wasFull = true;
      if (!this.#makeRoom()) return undefined;
    }
    // What it came to while there was no room for it is not known by the second.
    const nothing = { permitsAllowed: 0, permitsDenied: 0, deniedByShare: 0, deniedByWorld: 0 };
    const before = this.#wasFull ? {} : nothing;
    const followed: Followed = {
      tally: { ...tally, ...before },
      seconds: new Seconds(),
      deniedMs: Number.NEGATIVE_INFINITY,
      askedMs: Number.NEGATIVE_INFINITY,
      keys: new Map(),
    };
    this.#followed.set(tally.name, followed);
    return followed;
  }

  /** Forgets the limit that has been quiet for longest, unless all are busy. */
  #makeRoom(): boolean {
    let quietest: Followed | undefined;
    let newestMs = Number.NEGATIVE_INFINITY;
    for (const followed of this.#followed.values()) {
      newestMs = Math.max(newestMs, followed.askedMs);
      const before = quietest === undefined ? 0 : followed.deniedMs - quietest.deniedMs;
      if (quietest === undefined || before < 0 || (before === 0 && followed.askedMs < quietest.askedMs))
        quietest = followed;
    }
    if (quietest === undefined || quietest.askedMs >= newestMs) return false;
    return this.#followed.delete(quietest.tally.name);
  }

  /** Whether the limit denied anything in this second. */
  #note(followed: Followed, tally: Tally, look: Look, atMs: number): boolean {
    const { tally: was } = followed;
    followed.tally = { ...tally };
    const denied = grown(tally.permitsDenied, was.permitsDenied);
    const offered = grown(tally.permitsAllowed, was.permitsAllowed) + denied;
    if (offered === 0) return false;
    followed.askedMs = atMs;
    const byShare = grown(tally.deniedByShare, was.deniedByShare);
    const byWorld = grown(tally.deniedByWorld, was.deniedByWorld);
    const { holds } = look;
    followed.seconds.note({ atMs, offered, denied, byShare, byWorld, holds, ...look.sharesOf(tally.name) });
    if (denied === 0) return false;
    if (atMs - followed.deniedMs > quietMsOf(tally.windowMs)) followed.keys.clear();
    followed.deniedMs = atMs;
    return true;
  }

  #throttlingOf({ tally, seconds, keys: noted }: Followed, fromMs: number, toMs: number): Throttling {
    const { name: limit, windowMs, isKeyed } = tally;
    const told = seconds.between(fromMs, toMs);
    const episodes = episodesIn(told, windowMs).toReversed();
    const [episode] = episodes;
    const keys = [...noted].map(([key, each]) => ({ key, ...each })).sort((a, b) => b.demand - a.demand);
    const events = episode === undefined ? [] : this.#eventsAbout(episode);
    const causes =
      episode === undefined
        ? []
        : causesOf({
            episode,
            during: seconds.between(episode.fromMs, episode.toMs - 1),
            ...this.#before(seconds, episode),
            events,
            keys,
            windowMs,
            isKeyed,
          });
    return {
      limit,
      offered: told.reduce((sum, second) => sum + second.offered, 0),
      denied: told.reduce((sum, second) => sum + second.denied, 0),
      episodes: episodes.slice(0, EPISODES_TOLD_MAX),
      causes,
      keys: episode === undefined ? [] : keys,
      events,
      seconds: told,
    };
  }

  #before(seconds: Seconds, { fromMs }: Episode): Pick<Evidence, 'before' | 'usual'> {
    const before = seconds.between(fromMs - USUAL_MS, fromMs - 1);
    const looked = Math.floor(Math.min(USUAL_MS, fromMs - this.#sinceMs) / 1_000);
    if (looked < USUAL_SECONDS_MIN) return { before, usual: undefined };
    // Those that nobody noted were quiet.
    const busy = before.map(({ offered }) => offered).sort((a, b) => b - a);
    return { before, usual: busy[looked >> 1] ?? 0 };
  }

  #eventsAbout({ fromMs, toMs }: Episode): readonly Happening[] {
    // Alerts tell of what limits do; here it is asked why they do it.
    return this.#events.filter(
      ({ atMs, kind }) => kind !== 'alert' && atMs >= fromMs - SHORTLY_MS && atMs <= toMs,
    );
  }
}

/** A limit that was changed counts from zero again. */
function grown(now: number, before: number): number {
  return now >= before ? now - before : now;
}

function noteKeys({ keys, tally }: Followed, look: Look): void {
  for (const { key, demand } of look.shortKeysOf(tally.name).slice(0, KEYS_KEPT_MAX)) {
    const known = keys.get(key);
    if (known !== undefined) {
      known.seconds += 1;
      known.demand = Math.max(known.demand, demand);
    } else if (keys.size < KEYS_KEPT_MAX) keys.set(key, { demand, seconds: 1 });
  }
}
