import type { RegionId } from '../../crdt/index.ts';
import { INBOX_HEARTBEATS_MAX, INBOX_MESSAGES_MAX, TICK_MS } from '../bounds.ts';
import { admit, admitAll, explain, refund } from '../core/admit.ts';
import { type BlockName, type BlockWish, returnBlock, spendBlock } from '../core/block.ts';
import type { CheckRequest, Decision, Refunded, SpentIn } from '../core/decision.ts';
import type { Effect, Report } from '../core/effects.ts';
import type { Event } from '../core/events.ts';
import { type Renewal, releaseLease, renewLease } from '../core/leases.ts';
import { hotKeysOf, newestConfiguration, peersOf, usageOf, viewOf } from '../core/look.ts';
import type { Message } from '../core/messages.ts';
import {
  advance,
  createState,
  extendTurn,
  isSitting,
  type RegionSetup,
  type RegionState,
} from '../core/state.ts';
import { step } from '../core/step.ts';
import { type LimitTally, type ShareOfWindow, shareOf, talliesOf } from '../core/tallies.ts';
import type { Configuration, Version } from '../core/version.ts';
import type { HotKeyQuery, HotKeyView, PeerView, RegionView, UsageView } from '../core/view.ts';
import type { Cancel, Clock, Coordinator, Journal, Log, Transport } from '../ports.ts';

/** What a region needs of the world. The daemon gives it real ones, the simulator made ones. */
export type RegionPorts = {
  readonly clock: Clock;
  readonly transport: Transport;
  readonly log: Log;
  /** Needed exactly when the setup says that the region journals. */
  readonly journal?: Journal;
};

/**
 * Drives the core: queues what peers say and hands it over in batches, ticks, and performs the effects.
 *
 * `start` resolves once peers can be heard; before it and after `stop` nothing is sent or heard, but checks are answered from
 * what is known. `stop` first tells the peers what has not been told. A region is started at most once.
 * `onSuperseded` is called, at most once, when a newer process with the same name is heard: the caller must stop this one.
 */
export class Region implements Coordinator {
  readonly #ports: RegionPorts;
  readonly #state: RegionState;
  readonly #onSuperseded: () => void;
  readonly #inbox: Event[] = [];
  #inboxShed = 0;
  #draining = false;
  #superseded = false;
  #cancelTicks: Cancel | undefined;

  constructor(setup: RegionSetup, ports: RegionPorts, onSuperseded: () => void = () => {}) {
    this.#ports = ports;
    this.#state = createState(setup, ports.clock.now());
    this.#onSuperseded = onSuperseded;
  }

  async start(): Promise<void> {
    const { clock, transport } = this.#ports;
    await transport.start((from, message) => this.#receive(from, message));
    this.#take({ kind: 'tick' });
    this.#cancelTicks = clock.every(TICK_MS, () => this.#take({ kind: 'tick' }));
  }

  /** Marks the region as draining: it decides on, but must not look ready any more. */
  drain(): void {
    this.#take({ kind: 'drain' });
  }

  async stop(): Promise<void> {
    this.drain();
    this.#cancelTicks?.();
    await this.#ports.journal?.stop();
    // What the journal has just made safe may now be told.
    this.drain();
    await this.#ports.transport.stop();
  }

  check(request: CheckRequest): Decision {
    return admit(this.#state, request, this.#ports.clock.now());
  }

  checkAll(requests: readonly CheckRequest[]): Decision[] {
    return admitAll(this.#state, requests, this.#ports.clock.now());
  }

  explain(request: CheckRequest): Decision {
    return explain(this.#state, request, this.#ports.clock.now());
  }

  refund(request: CheckRequest, spentIn?: SpentIn): readonly Refunded[] {
    return refund(this.#state, request, this.#ports.clock.now(), spentIn);
  }

  release(lease: string): boolean {
    advance(this.#state, this.#ports.clock.now());
    return releaseLease(this.#state, lease);
  }

  renew(lease: string): Renewal {
    advance(this.#state, this.#ports.clock.now());
    return renewLease(this.#state, lease);
  }

  /** Spends a block for a node of this region; see `spendBlock`. */
  spendBlock(wish: BlockWish, parts: number): ReturnType<typeof spendBlock> {
    return spendBlock(this.#state, { wish, parts }, this.#ports.clock.now());
  }

  /** Takes back what is left of one; returns how many permits. */
  returnBlock(block: BlockName & { readonly permits: number }): number {
    return returnBlock(this.#state, block, this.#ports.clock.now());
  }

  /** Lets this process be the member up to an epoch; see `extendTurn`. */
  extendTurn(upTo: number): void {
    extendTurn(this.#state, upTo);
  }

  /** Publishes a configuration for all regions, which adopt it as the epochs come. */
  publish(configuration: Configuration): void {
    this.#take({ kind: 'publish', configuration });
  }

  /** The newest configuration that this region knows, adopted or not. */
  configuration(): Configuration {
    return newestConfiguration(this.#state);
  }

  /** The versions that are not settled and the one that is, oldest first. */
  versions(): readonly Version[] {
    return this.#state.versions;
  }

  /** Whether it knows which versions there are. */
  isInformed(): boolean {
    return this.#state.informed;
  }

  /** The region whose books this process has: this one. */
  books(): Region {
    return this;
  }

  view(): RegionView {
    const view = viewOf(this.#state, this.#ports.clock.now());
    return { ...view, inboxDepth: this.#inbox.length, inboxShed: this.#inboxShed };
  }

  /** The peers alone, for those who look often. */
  peers(): readonly PeerView[] {
    return peersOf(this.#state, this.#ports.clock.now());
  }

  /** What every limit came to, for those who look often: it costs next to nothing. */
  tallies(): Iterable<LimitTally> {
    return talliesOf(this.#state);
  }

  /** Whether it still sits out, and whether it may use its floor only. */
  standing(): { readonly sitting: boolean; readonly degraded: boolean } {
    return { sitting: isSitting(this.#state), degraded: this.#state.degraded };
  }

  /** What this region may use of a limit's current window. */
  shareOf(limit: string): ShareOfWindow {
    return shareOf(this.#state, limit);
  }

  usage(limit: string, key: string): UsageView | undefined {
    return usageOf(this.#state, limit, key);
  }

  hotKeys(query: HotKeyQuery): readonly HotKeyView[] | undefined {
    return hotKeysOf(this.#state, query);
  }

  /** What this region knows, live and not to be changed: for checkers that watch over a region from outside. */
  inspect(): RegionState {
    return this.#state;
  }

  /** Full-queue policy: heartbeats have room of their own, for they keep quota alive; the rest is shed and anti-entropy repairs. */
  #receive(from: RegionId, message: Message): void {
    const room =
      message.kind === 'heartbeat' ? INBOX_MESSAGES_MAX + INBOX_HEARTBEATS_MAX : INBOX_MESSAGES_MAX;
    if (this.#inbox.length >= room) {
      this.#inboxShed += 1;
      return;
    }
    this.#inbox.push({ kind: 'message', from, message });
    if (this.#draining) return;
    this.#draining = true;
    this.#ports.clock.soon(() => this.#drainInbox());
  }

  #drainInbox(): void {
    this.#draining = false;
    for (const event of this.#inbox.splice(0)) this.#take(event);
  }

  #take(event: Event): void {
    for (const effect of step(this.#state, event, this.#ports.clock.now())) this.#perform(effect);
  }

  #perform(effect: Effect): void {
    switch (effect.kind) {
      case 'send':
        this.#ports.transport.send(effect.to, effect.message);
        return;
      case 'persist': {
        const { token, records } = effect;
        this.#ports.journal?.append(records, () => this.#take({ kind: 'durable', token }));
        return;
      }
      case 'meet':
        this.#ports.transport.meet?.(effect.members);
        return;
      case 'report':
        this.#log(effect.report);
        return;
      case 'stop':
        if (this.#superseded) return;
        this.#superseded = true;
        this.#onSuperseded();
    }
  }

  #log({ event, ...fields }: Report): void {
    this.#ports.log[SEVERITY[event]](event, fields);
  }
}

const SEVERITY: Readonly<Record<Report['event'], 'info' | 'warn' | 'error'>> = {
  peer_up: 'info',
  peer_suspected: 'warn',
  peer_restarted: 'info',
  region_fenced: 'warn',
  region_owns_again: 'info',
  vote_conflict: 'error',
  sit_out_over: 'info',
  unknown_member: 'warn',
  version_learned: 'info',
  cluster_not_new: 'error',
  version_refused: 'error',
  version_current: 'info',
  informed: 'info',
  configuration_differs: 'error',
  superseded: 'error',
};
