import type { HotKeyQuery, HotKeyView, UsageView } from '../core/view.ts';
import { invariant } from '../invariant.ts';
import type { Cancel, Clock } from '../ports.ts';
import { type Alert, Alerts } from './alerts.ts';
import {
  HAPPENINGS_MAX,
  HOTTEST_SOUGHT_MAX,
  LOOK_MS,
  LOOKS_UNHEARD_MAX,
  RECENT_SECONDS_MAX,
} from './bounds.ts';
import { type Frame, frameOf, type Scene } from './frame.ts';
import type { Happening, News } from './happening.ts';
import type { RecentRates, Snapshot } from './snapshot.ts';

/** One thing told: its data is JSON, made once for all listeners. */
export type Told = {
  readonly event: 'snapshot' | 'second' | 'happening';
  readonly id?: string;
  readonly data: string;
};

/** What can be looked at. */
export type Looked = {
  readonly scene: () => Scene;
  readonly usage: (limit: string, key: string) => UsageView | undefined;
  readonly hotKeys: (query: HotKeyQuery) => readonly HotKeyView[] | undefined;
};

/**
 * Tells listeners what happens here: everything once a second, and happenings as they come. Looks only while somebody listens, and half a
 * minute longer; happenings are noted always, as they cost nothing but when something happens.
 */
export class Watch {
  readonly #clock: Clock;
  readonly #life: string;
  readonly #listeners = new Set<(told: Told) => void>();
  readonly #heeding: ((happening: Happening) => void)[] = [];
  readonly #happenings: Happening[] = [];
  readonly #recent: RecentRates[] = [];
  readonly #hottest = new Map<string, string>();
  #alerts = new Alerts();
  #look: Looked | undefined;
  #cancel: Cancel | undefined;
  #earlier: Scene | undefined;
  #frame: Frame | undefined;
  #count = 0;
  #unheard = 0;
  #turn = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#life = Math.floor(clock.now().wallMs).toString(36);
  }

  /** Names what is to be looked at; nobody may listen before. */
  open(look: Looked): void {
    this.#look = look;
  }

  /** Remembers something that happened, and tells it. */
  note(news: News): void {
    this.#count += 1;
    const happening: Happening = {
      id: `${this.#life}-${this.#count}`,
      atMs: Math.round(this.#clock.now().wallMs),
      ...news,
    };
    this.#happenings.push(happening);
    if (this.#happenings.length > HAPPENINGS_MAX) this.#happenings.shift();
    for (const heed of this.#heeding) heed(happening);
    if (this.#listeners.size > 0)
      this.#tell({ event: 'happening', id: happening.id, data: JSON.stringify(happening) });
  }

  /** Calls `heed` with everything that happens from now on. */
  heed(heed: (happening: Happening) => void): void {
    this.#heeding.push(heed);
  }

  /** Tells `listener` everything at once, before this returns, and then what happens, until cancelled. */
  listen(listener: (told: Told) => void): Cancel {
    this.#unheard = 0;
    if (this.#cancel === undefined) {
      this.#take();
      this.#cancel = this.#clock.every(LOOK_MS, () => this.#tick());
    }
    invariant(this.#frame !== undefined, 'what is looked at is named before anybody listens');
    const snapshot: Snapshot = {
      life: this.#life,
      intervalMs: LOOK_MS,
      frame: this.#frame,
      recent: this.#recent,
      happenings: this.#happenings,
    };
    const last = this.#happenings.at(-1);
    listener({ event: 'snapshot', ...(last && { id: last.id }), data: JSON.stringify(snapshot) });
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tick(): void {
    this.#unheard = this.#listeners.size === 0 ? this.#unheard + 1 : 0;
    if (this.#unheard > LOOKS_UNHEARD_MAX) {
      this.#rest();
      return;
    }
    this.#take();
    if (this.#listeners.size > 0) this.#tell({ event: 'second', data: JSON.stringify(this.#frame) });
  }

  /** Forgets what would be old when somebody listens again. */
  #rest(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#earlier = undefined;
    this.#frame = undefined;
    this.#alerts = new Alerts();
    this.#recent.length = 0;
    this.#hottest.clear();
  }

  #take(): void {
    const look = this.#look;
    if (look === undefined) return;
    const scene = look.scene();
    this.#seekHottest(scene, look);
    const usage = (limit: string) => look.usage(limit, this.#hottest.get(limit) ?? '');
    const seen = frameOf(scene, { earlier: this.#earlier, usage });
    this.#earlier = scene;
    const { alerts, news } = this.#alerts.take(seen);
    this.#frame = { ...seen, alerts: alerts.map((alert) => this.#dated(alert)) };
    this.#remember(this.#frame);
    for (const each of news) this.note(each);
  }

  /** A fence began when it was logged, also if nobody listened then. */
  #dated(alert: Alert): Alert {
    const { name, region } = alert;
    const began = this.#happenings.findLast((each) => each.event === name && each.region === region);
    return name === 'region_fenced' && began !== undefined ? { ...alert, sinceMs: began.atMs } : alert;
  }

  /** Looks for the hottest key of a few limits at a time, in turn. */
  #seekHottest({ view }: Scene, { hotKeys }: Looked): void {
    const keyed = view.limits.filter(({ spec }) => Object.values(spec.dimensions).includes('*'));
    for (let sought = 0; sought < Math.min(HOTTEST_SOUGHT_MAX, keyed.length); sought += 1) {
      this.#turn += 1;
      const limit = keyed[this.#turn % keyed.length]?.spec.name ?? '';
      const hottest = hotKeys({ limit, by: 'permits' })?.[0];
      if (hottest === undefined) this.#hottest.delete(limit);
      else this.#hottest.set(limit, hottest.key);
    }
  }

  #remember({ atMs, limits }: Frame): void {
    const rates = limits.flatMap(({ name, rates: now }) =>
      now === undefined ? [] : [[name, [now.offered, now.admitted, now.denied]] as const],
    );
    if (rates.length === 0) return;
    this.#recent.push({ atMs, limits: Object.fromEntries(rates) });
    if (this.#recent.length > RECENT_SECONDS_MAX) this.#recent.shift();
  }

  #tell(told: Told): void {
    for (const listener of this.#listeners) listener(told);
  }
}
