import { type Alert, type AlertScene, Alerts } from './alerts.ts';
import { ALERTS_REMEMBERED_MAX } from './bounds.ts';

/** An alert with the name that it keeps from its beginning to its end, which is absent while it lasts. */
export type AlertRecord = Alert & { readonly id: string; readonly untilMs?: number };

/** An alert that has begun or ended. */
export type AlertNotice = { readonly state: 'firing' | 'resolved'; readonly alert: AlertRecord };

/** Remembers alerts, and tells of each twice: when it begins and when it is over. */
export class AlertLog {
  readonly #alerts = new Alerts();
  readonly #life: string;
  readonly #firing = new Map<string, AlertRecord>();
  /** Those that are over, the oldest first. */
  readonly #over: AlertRecord[] = [];
  readonly #heeding: ((notice: AlertNotice) => void)[] = [];
  #count = 0;

  /** `life` names this life of the process, so that no id is ever given twice. */
  constructor(life: string) {
    this.#life = life;
  }

  /** Calls `heed` with every alert that begins or ends from now on. */
  heed(heed: (notice: AlertNotice) => void): void {
    this.#heeding.push(heed);
  }

  /** Takes one second in. */
  take(scene: AlertScene): void {
    const { alerts } = this.#alerts.take(scene);
    const now = new Map(alerts.map((alert) => [keyOf(alert), alert]));
    for (const [key, alert] of now) {
      if (this.#firing.has(key)) continue;
      this.#count += 1;
      const record = { id: `${this.#life}-${this.#count}`, ...alert };
      this.#firing.set(key, record);
      this.#tell({ state: 'firing', alert: record });
    }
    for (const [key, record] of this.#firing) {
      if (now.has(key)) continue;
      this.#firing.delete(key);
      const ended = { ...record, untilMs: scene.atMs };
      this.#over.push(ended);
      if (this.#over.length > ALERTS_REMEMBERED_MAX) this.#over.shift();
      this.#tell({ state: 'resolved', alert: ended });
    }
  }

  /** Those that last, the longest first, then those that are over, the newest first. */
  list(): readonly AlertRecord[] {
    return [...this.#firing.values(), ...this.#over.toReversed()];
  }

  #tell(notice: AlertNotice): void {
    for (const heed of this.#heeding) heed(notice);
  }
}

function keyOf({ name, region = '', limit = '' }: Alert): string {
  return `${name}\n${region}\n${limit}`;
}
