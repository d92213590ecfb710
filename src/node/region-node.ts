import type { RegionId } from '../../crdt/index.ts';
import { type Awaitable, andThen } from '../awaitable.ts';
import type { CheckRequest, Decision, Refunded, SpentIn } from '../core/decision.ts';
import type { Renewal } from '../core/leases.ts';
import type { Configuration, Version } from '../core/version.ts';
import type { HotKeyQuery, HotKeyView, RegionView, UsageView } from '../core/view.ts';
import { epochOf } from '../core/window.ts';
import { HeadgateError } from '../errors.ts';
import { invariant } from '../invariant.ts';
import type { AlarmClock, Cancel, Coordinator, Log } from '../ports.ts';
import type { Region } from '../region/region.ts';
import { NODE_TICK_MS, QUESTION_MS, STATE_ASKED_MS } from './bounds.ts';
import { Calls } from './calls.ts';
import { Follower } from './follower.ts';
import type { Call, NodeMessage, Reply } from './messages.ts';
import {
  type PackedDecision,
  type PackedRefund,
  packSpentIn,
  unpackDecision,
  unpackRefunds,
} from './packing.ts';
import type { NodeName, RegionStore, Standing } from './region-store.ts';
import { claimedBy, type NewTurn, Seat } from './seat.ts';
import { type CallName, type RegionBeginning, Speaking } from './speaking.ts';
import { StoreJournal } from './store-journal.ts';
import { Tallies } from './tallies.ts';
import { type ToldState, Versions } from './told.ts';
import { unheardView } from './unheard-view.ts';

export type RegionNodeOptions = {
  readonly region: RegionId;
  readonly node: NodeName;
  readonly clock: AlarmClock;
  readonly store: RegionStore;
  readonly log: Log;
  /** Milliseconds that a check waits at the most for what this node does not hold. */
  readonly waitMs: number;
  /** What this node's files say; it goes by it until it hears of its region's versions. */
  readonly configuration: Configuration;
  /** The operator attests that nobody ever spoke for this region. */
  readonly isNew: boolean;
  /** A number that no earlier life of this node had. */
  readonly life: number;
  readonly newLedger: () => string;
  /** How far ahead a speaker may promise, and how far apart the clocks of two nodes may be; in epochs. */
  readonly lookaheadEpochs: number;
  readonly clockSlackEpochs: number;
  /** Makes the region for a turn to speak, and starts it. */
  readonly beginRegion: (beginning: RegionBeginning) => Promise<Region>;
};

/** Who is there, for operators. */
export type NodesView = {
  readonly node: NodeName;
  readonly speaker: NodeName | undefined;
  readonly speaks: boolean;
  readonly reachable: boolean;
  readonly nodes: Standing['nodes'];
  /** Keys of which blocks are held or known here. */
  readonly keys: number;
};

/**
 * One of several coordinators of one region. To the world the region is one member: its nodes elect one that speaks for it, with the books
 * and the transport; the others hold blocks of its rights. Every node answers.
 */
export class RegionNode implements Coordinator {
  readonly #options: RegionNodeOptions;
  readonly #follower: Follower;
  readonly #seat: Seat;
  readonly #calls: Calls;
  readonly #versions: Versions;
  readonly #tallies = new Tallies();
  #speaking: Speaking | undefined;
  /** The newest turn that was begun here, so that one that took long to begin is not taken up after a later one. */
  #begun = 0;
  #upTo = 0;
  #standing: Standing | undefined;
  #told: ToldState | undefined;
  #limitsOf: Version | undefined;
  #isDraining = false;
  readonly #cancels: Cancel[] = [];

  constructor(options: RegionNodeOptions) {
    this.#options = options;
    const { clock, store, waitMs, life, region, configuration, isNew } = options;
    this.#calls = new Calls(clock, life * 1_000);
    this.#versions = new Versions(region, configuration);
    const askSpeaker = (requests: readonly CheckRequest[]) => this.#askToDecide(requests);
    this.#follower = new Follower({ clock, store, waitMs, askSpeaker });
    this.#seat = new Seat({
      clock,
      store,
      life,
      isNew,
      onTurn: (turn) => void this.#beginTurn(turn),
      onExtended: (upTo) => this.#extend(upTo),
      onBegunAnew: (turn) => this.#beginAnew(turn),
      onDeposed: () => this.#endTurn('deposed'),
      onStanding: (standing) => this.#stand(standing),
    });
    this.#followVersions();
  }

  /** Resolves once the store's messages can be received; it need not be reachable. */
  async start(): Promise<void> {
    const { store, clock } = this.#options;
    await store.start((from, message) => this.#hear(from, message));
    this.#seat.start();
    this.#cancels.push(
      clock.every(NODE_TICK_MS, () => this.#tick()),
      clock.every(STATE_ASKED_MS, () => void this.#askState()),
    );
  }

  /** What this node holds, live and not to be changed: for checkers that watch over a node from outside. */
  get follower(): Follower {
    return this.#follower;
  }

  drain(): void {
    this.#isDraining = true;
    this.#speaking?.region.drain();
  }

  async stop(): Promise<void> {
    this.drain();
    for (const cancel of this.#cancels) cancel();
    this.#follower.letGo();
    const speaking = this.#speaking;
    this.#speaking = undefined;
    await speaking?.stop();
    await this.#seat.leave();
    this.#calls.stop();
    await this.#options.store.stop();
  }

  check(request: CheckRequest): Awaitable<Decision> {
    if (this.#speaking !== undefined) return this.#speaking.region.check(request);
    return andThen(this.#decide([request]), onlyOne);
  }

  checkAll(requests: readonly CheckRequest[]): Awaitable<readonly Decision[]> {
    if (this.#speaking !== undefined) return this.#speaking.region.checkAll(requests);
    return this.#decide(requests);
  }

  /** What the speaker would decide: it knows what is left beyond the blocks that are held here. */
  explain(request: CheckRequest): Awaitable<Decision> {
    if (this.#speaking !== undefined) return this.#speaking.region.explain(request);
    return this.#ask<PackedDecision>('explain', [request]).then((packed) => {
      const decision = unpackDecision(packed, (name) => this.#limit(name));
      if (decision === undefined) throw new HeadgateError('region_silent');
      return decision;
    });
  }

  refund(request: CheckRequest, spentIn?: SpentIn): Awaitable<readonly Refunded[]> {
    if (this.#speaking !== undefined) return this.#speaking.region.refund(request, spentIn);
    const refunds = this.#ask<readonly PackedRefund[]>('refund', [request, packSpentIn(spentIn)]);
    return refunds.then((packed) => unpackRefunds(packed, (name) => this.#limit(name)));
  }

  release(lease: string): Awaitable<boolean> {
    return this.#speaking?.region.release(lease) ?? this.#ask<boolean>('release', [lease]);
  }

  renew(lease: string): Awaitable<Renewal> {
    return this.#speaking?.region.renew(lease) ?? this.#ask<Renewal>('renew', [lease]);
  }

  usage(limit: string, key: string): Awaitable<UsageView | undefined> {
    if (this.#speaking !== undefined) return this.#speaking.region.usage(limit, key);
    return this.#ask<UsageView | null>('usage', [limit, key]).then((usage) => usage ?? undefined);
  }

  hotKeys(query: HotKeyQuery): Awaitable<readonly HotKeyView[] | undefined> {
    if (this.#speaking !== undefined) return this.#speaking.region.hotKeys(query);
    return this.#ask<readonly HotKeyView[] | null>('hot-keys', [query]).then((keys) => keys ?? undefined);
  }

  /** Publishes a configuration, by way of the speaker where that is another node. */
  publish(configuration: Configuration): void {
    if (this.#speaking !== undefined) this.#speaking.region.publish(configuration);
    else
      void this.#ask<ToldState>('publish', [configuration]).then(
        (told) => this.#takeTold(told),
        () => this.#options.log.warn('publication_lost', { because: 'no node speaks for the region' }),
      );
  }

  /** The newest configuration that is known here, adopted or not. */
  configuration(): Configuration {
    const newest = this.versions().at(-1);
    invariant(newest !== undefined, 'a node always goes by some version');
    return newest.configuration;
  }

  /** The versions that are not settled and the one that is, oldest first. */
  versions(): readonly Version[] {
    return this.#speaking?.region.inspect().versions ?? this.#versions.all;
  }

  /** The region whose books this process has; undefined while another node speaks. */
  books(): Region | undefined {
    return this.#speaking?.region;
  }

  isInformed(): boolean {
    return this.#speaking?.region.inspect().informed ?? this.#told?.isInformed ?? false;
  }

  view(): RegionView {
    const own = this.#speaking?.region.view();
    const { region, clock } = this.#options;
    const epoch = epochOf(clock.now().wallMs);
    const view = own ?? this.#told?.view ?? unheardView(region, epoch, this.#versions.at(epoch));
    const limits = view.limits.map((limit) => this.#tallies.on(limit, own !== undefined));
    const degraded = view.degraded || !this.#isReachable();
    return { ...view, epoch, limits, degraded, draining: view.draining || this.#isDraining };
  }

  nodes(): NodesView {
    const { node } = this.#options;
    const { speaker, nodes = [] } = this.#standing ?? {};
    const speaks = this.#speaking !== undefined;
    return { node, speaker, speaks, reachable: this.#isReachable(), nodes, keys: this.#follower.stock.size };
  }

  /** Whether the store answers and somebody speaks. */
  #isReachable(): boolean {
    return this.#standing?.generation !== undefined && this.#standing.speaker !== undefined;
  }

  #decide(requests: readonly CheckRequest[]): Awaitable<readonly Decision[]> {
    return andThen(this.#follower.decide(requests), (decisions) => {
      this.#tallies.note(requests, decisions);
      return decisions;
    });
  }

  async #askToDecide(requests: readonly CheckRequest[]): Promise<readonly Decision[] | undefined> {
    const reply = await this.#call('check', [requests], this.#options.waitMs);
    if (reply === undefined) return undefined;
    const decisions: Decision[] = [];
    for (const packed of reply.value as readonly PackedDecision[]) {
      const decision = unpackDecision(packed, (name) => this.#limit(name));
      if (decision === undefined) return undefined;
      decisions.push(decision);
    }
    return decisions;
  }

  /** Asks the speaker. Rejects with `HeadgateError` `region_silent` where nobody answers. */
  async #ask<Value>(name: CallName, parameters: readonly unknown[]): Promise<Value> {
    const reply = await this.#call(name, parameters, QUESTION_MS);
    if (reply === undefined) throw new HeadgateError('region_silent');
    return reply.value as Value;
  }

  async #call(name: CallName, parameters: readonly unknown[], withinMs: number): Promise<Reply | undefined> {
    const speaker = this.#standing?.speaker;
    if (speaker === undefined || speaker === this.#options.node) return undefined;
    const send = (call: Call) => this.#options.store.send(speaker, call);
    const reply = await this.#calls.call({ name, parameters, withinMs }, send);
    return reply?.done === true ? reply : undefined;
  }

  #limit(name: string) {
    return this.#versions.limit(name, epochOf(this.#options.clock.now().wallMs));
  }

  #tick(): void {
    if (this.#speaking !== undefined) return;
    this.#followVersions();
    this.#follower.tick();
  }

  #followVersions(): void {
    const { clock } = this.#options;
    const version = this.#versions.at(epochOf(clock.now().wallMs));
    if (version === undefined || version === this.#limitsOf) return;
    this.#limitsOf = version;
    this.#follower.setLimits(version.limits.values());
  }

  async #askState(): Promise<void> {
    if (this.#speaking !== undefined) return;
    const reply = await this.#call('state', [this.#versions.known()], QUESTION_MS);
    if (reply !== undefined) this.#takeTold(reply.value as ToldState);
  }

  #takeTold(told: ToldState): void {
    this.#told = told;
    this.#versions.take(told.versions);
    this.#followVersions();
    this.#setSource();
  }

  #stand(standing: Standing | undefined): void {
    const before = this.#standing?.speaker;
    this.#standing = standing;
    this.#speaking?.pool.setNodes(standing?.nodes.length ?? 1);
    this.#setSource();
    const speaker = standing?.speaker;
    if (speaker === before) return;
    if (speaker !== undefined) this.#options.log.info('region_spoken_for', { speaker });
    void this.#askState();
  }

  #setSource(): void {
    const { generation, speaker } = this.#standing ?? {};
    const isServed = generation !== undefined && speaker !== undefined && speaker !== this.#options.node;
    const degraded = this.#told?.view.degraded ?? true;
    this.#follower.setSource(isServed ? { generation, speaker, degraded } : undefined);
  }

  #hear(from: NodeName, message: NodeMessage): void {
    switch (message.kind) {
      case 'wishes':
        this.#speaking?.pool.grant(from, message.wishes);
        return;
      case 'returned':
        this.#speaking?.pool.hearReturned(message.blocks);
        return;
      case 'news':
        this.#follower.hear(message);
        return;
      case 'reply':
        this.#calls.hear(message);
        return;
      case 'call': {
        const done = this.#speaking !== undefined;
        const value = this.#speaking?.answer(message);
        this.#options.store.send(from, { kind: 'reply', id: message.id, done, value });
      }
    }
  }

  async #beginTurn(turn: NewTurn): Promise<void> {
    const { store, log, clock, newLedger, lookaheadEpochs, clockSlackEpochs } = this.#options;
    this.#begun = turn.turn;
    this.#upTo = turn.upTo;
    const onRefused = () => this.#seat.refused();
    const journal = new StoreJournal({ clock, store, turn: turn.turn, newLedger, onRefused });
    try {
      const recovery = turn.isFounded ? await journal.begin() : await journal.open();
      const { wallMs } = clock.now();
      const claimedBefore = claimedBy(turn, epochOf(wallMs) + clockSlackEpochs) + lookaheadEpochs;
      const isFresh = this.#options.isNew && turn.isFounded && turn.claimedBefore === undefined;
      const beginning = { incarnation: turn.turn, upTo: this.#upTo, claimedBefore };
      const region = await this.#options.beginRegion({ turn: beginning, journal, recovery, isFresh });
      if (this.#seat.turn !== turn.turn || this.#begun !== turn.turn) {
        await region.stop();
        return;
      }
      region.extendTurn(this.#upTo);
      this.#follower.letGo();
      this.#speaking = new Speaking({ clock, store, region, journal, turn: turn.turn, onRefused });
      log.info('speaks_for_region', { turn: turn.turn, carriesOn: recovery !== undefined });
    } catch (error) {
      log.error('cannot_speak_for_region', { error });
      if (this.#seat.turn === turn.turn) this.#seat.yieldTurn();
    }
  }

  #extend(upTo: number): void {
    this.#upTo = Math.max(this.#upTo, upTo);
    this.#speaking?.region.extendTurn(this.#upTo);
  }

  #beginAnew(turn: number): void {
    this.#begun = turn;
    this.#options.log.warn('store_begun_anew', { turn });
    // Who had not begun yet begins again, in a turn of the new store.
    if (this.#speaking === undefined) this.#seat.yieldTurn();
    else this.#speaking.beginAnew(turn);
  }

  #endTurn(because: string): void {
    const speaking = this.#speaking;
    this.#speaking = undefined;
    if (speaking === undefined) return;
    this.#options.log.warn('speaks_no_more', { because });
    this.#versions.take(speaking.versionsTold());
    void speaking.stop();
  }
}

function onlyOne(decisions: readonly Decision[]): Decision {
  const [decision] = decisions;
  invariant(decision !== undefined, 'one request, one decision');
  return decision;
}
