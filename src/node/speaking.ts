import type { CheckRequest } from '../core/decision.ts';
import type { Recovery } from '../core/journal.ts';
import type { Turn } from '../core/state.ts';
import type { Configuration } from '../core/version.ts';
import type { HotKeyQuery } from '../core/view.ts';
import type { AlarmClock } from '../ports.ts';
import type { Region } from '../region/region.ts';
import type { Call } from './messages.ts';
import { type PackedSpentIn, packDecision, packRefund, unpackSpentIn } from './packing.ts';
import { Pool } from './pool.ts';
import type { RegionStore } from './region-store.ts';
import type { StoreJournal } from './store-journal.ts';
import { type ToldState, toldVersions } from './told.ts';

/** What whoever speaks makes its region of. */
export type RegionBeginning = {
  readonly turn: Turn;
  readonly journal: StoreJournal;
  readonly recovery: Recovery | undefined;
  /** Nobody ever spoke for this region before, as the operator attests and the store does not deny. */
  readonly isFresh: boolean;
};

export type SpeakingOptions = {
  readonly clock: AlarmClock;
  readonly store: RegionStore;
  readonly region: Region;
  readonly journal: StoreJournal;
  readonly turn: number;
  readonly onRefused: () => void;
};

/** A node that speaks for its region: it has the books, keeps the pool, and does what the other nodes ask for. */
export class Speaking {
  readonly region: Region;
  readonly pool: Pool;
  readonly #journal: StoreJournal;
  readonly #stop: () => void;

  constructor({ clock, store, region, journal, turn, onRefused }: SpeakingOptions) {
    this.region = region;
    this.#journal = journal;
    this.pool = new Pool({ clock, store, region, onRefused }, turn);
    const cancel = clock.every(POOL_TICK_MS, () => this.pool.tick());
    this.#stop = cancel;
  }

  /** The store has forgotten everything: it is told the books again, and the pool is empty. */
  beginAnew(turn: number): void {
    this.pool.beginAnew(turn);
    this.#journal.beginAnew(turn);
  }

  async stop(): Promise<void> {
    this.#stop();
    await this.region.stop();
  }

  /** Does what another node asks for; undefined where this node does not know how. */
  answer({ name, parameters }: Call): unknown {
    const { region } = this;
    switch (name as CallName) {
      case 'check':
        return region.checkAll(parameters[0] as readonly CheckRequest[]).map(packDecision);
      case 'explain':
        return packDecision(region.explain(parameters[0] as CheckRequest));
      case 'refund':
        return region
          .refund(parameters[0] as CheckRequest, unpackSpentIn(parameters[1] as PackedSpentIn))
          .map(packRefund);
      case 'release':
        return region.release(String(parameters[0]));
      case 'renew':
        return region.renew(String(parameters[0]));
      case 'publish':
        region.publish(parameters[0] as Configuration);
        return this.#state([]);
      case 'usage':
        return region.usage(String(parameters[0]), String(parameters[1]));
      case 'hot-keys':
        return region.hotKeys(parameters[0] as HotKeyQuery);
      case 'state':
        return this.#state(parameters[0] as readonly string[]);
    }
  }

  /** The versions that this region goes by, for whoever follows another speaker from now on. */
  versionsTold(): ToldState['versions'] {
    return toldVersions(this.region.inspect().versions, []);
  }

  #state(known: readonly string[]): ToldState {
    const { versions, informed } = this.region.inspect();
    return { view: this.region.view(), versions: toldVersions(versions, known), isInformed: informed };
  }
}

/** What a node may ask of the speaker. */
export type CallName =
  | 'check'
  | 'explain'
  | 'refund'
  | 'release'
  | 'renew'
  | 'publish'
  | 'usage'
  | 'hot-keys'
  | 'state';

const POOL_TICK_MS = 50;
