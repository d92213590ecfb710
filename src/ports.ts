import type { RegionId } from '../crdt/index.ts';
import type { Awaitable } from './awaitable.ts';
import type { CheckRequest, Decision, Refunded, SpentIn } from './core/decision.ts';
import type { Instant } from './core/instant.ts';
import type { JournalRecord, Recovery } from './core/journal.ts';
import type { Renewal } from './core/leases.ts';
import type { Member } from './core/limit.ts';
import type { Message } from './core/messages.ts';
import type { Configuration } from './core/version.ts';
import type { HotKeyQuery, HotKeyView, RegionView, UsageView } from './core/view.ts';

/** Undoes what returned it; doing it twice is harmless. */
export type Cancel = () => void;

/** Time, as a thing that can be handed in. */
export type Clock = {
  now(): Instant;
  /** Runs `task` every `intervalMs` until cancelled; a late run is not made up for. */
  every(intervalMs: number, task: () => void): Cancel;
  /** Runs `task` once, as soon as what runs now has finished. */
  soon(task: () => void): void;
};

/** A clock that can be set to ring. */
export type AlarmClock = Clock & {
  /** Runs `task` once, after so many milliseconds, unless cancelled before. */
  after(delayMs: number, task: () => void): Cancel;
};

/** Chance, as a thing that can be handed in: uniform in [0, 1). */
export type Random = () => number;

/** Structured logging; `event` is a stable snake_case name. Secrets are never passed in. */
export type Log = {
  info(event: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(event: string, fields?: Readonly<Record<string, unknown>>): void;
  error(event: string, fields?: Readonly<Record<string, unknown>>): void;
};

/** The recorded span of a decision: what metrics point to, as an exemplar. */
export type SpanLink = { readonly traceId: string; readonly spanId: string };

/** A request that was decided, as a span of it says. */
export type TracedRequest = {
  /** Its place in a trace, as it came with the request (W3C Trace Context). */
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
  /** What the span is about, in the words of the protocol that the request came by. */
  readonly about: Readonly<Record<string, string | number>>;
  readonly name: string;
  readonly durationMs: number;
  /** One, or those of a batch. */
  readonly decisions: readonly Decision[];
};

/** Records a request that has just been answered; undefined where its trace is not sampled. */
export type RecordSpan = (request: TracedRequest) => SpanLink | undefined;

/** What is shown to the other side of a connection, and whom it is trusted by: exchanged while running. */
export type SecureIdentity = {
  /** As PEM; without `ca` the other side need show nothing. */
  current(): { readonly cert: Buffer; readonly key: Buffer; readonly ca: Buffer | undefined };
  /** Calls back after each exchange, until cancelled. */
  onChange(listener: () => void): Cancel;
};

/** What a transport did since it started; each only grows. */
export type TransportCounters = {
  readonly framesSent: number;
  readonly bytesSent: number;
  readonly framesReceived: number;
  readonly bytesReceived: number;
  /** Frames not sent because a buffer was full, a breaker open or the link down. */
  readonly framesDropped: number;
  /** Frames refused on arrival, by reason: garbage, version, signature, too_large, shape, environment, sender. */
  readonly framesRejected: Readonly<Record<string, number>>;
  readonly sendErrors: number;
};

/**
 * What survives a crash: records that replace earlier ones of the same name.
 *
 * `open` resolves with what an earlier life left, or undefined when there is nothing or it cannot be trusted (the caller then sits out).
 * `append` returns at once and calls `durable` when the records cannot be lost any more, after those of every earlier call; while the
 * medium fails it does not call, and what waits for it does not happen. `stop` resolves when everything appended is on disk or has failed.
 */
export type Journal = {
  open(): Promise<Recovery | undefined>;
  append(records: readonly JournalRecord[], durable: () => void): void;
  stop(): Promise<void>;
};

/** What a journal did since it was opened, and how it is; times are milliseconds. Totals only grow. */
export type JournalCounters = {
  readonly bytesWritten: number;
  readonly commits: number;
  /** Milliseconds from a commit's first write to the end of its flush. */
  readonly commitMsLast: number;
  readonly commitMsMax: number;
  readonly compactions: number;
  /** Failures of the disk, by the system's name for them (`ENOSPC`, …). */
  readonly errors: Readonly<Record<string, number>>;
  /** Frames that were torn or damaged when the journal was opened. */
  readonly framesBad: number;
  readonly fileBytes: number;
  readonly recordsLive: number;
  /** Records that are not on disk yet. */
  readonly recordsWaiting: number;
};

/**
 * How messages reach other regions: best effort. Messages may be lost, repeated and reordered; nothing above may need more.
 *
 * `start` resolves once messages can be received, even while no peer can be reached; `send` before `start` or after `stop` drops.
 * `send` never blocks, waits or throws: what cannot be sent within bounds is dropped and counted.
 * `stop` resolves when no further message will be delivered and nothing is left open.
 */
export type Transport = {
  start(receive: (from: RegionId, message: Message) => void): Promise<void>;
  send(to: RegionId | 'all', message: Message): void;
  /** Tells who the other members are now, where a transport needs to know; may be called at any time. */
  meet?(members: readonly Member[]): void;
  /** Whether the medium itself is up; says nothing of any one peer. */
  connected(): boolean;
  counters(): TransportCounters;
  stop(): Promise<void>;
};

/**
 * What the outside may ask of a running coordinator. It answers at once, from memory; only where its region has several nodes may it have to
 * wait for what another one holds, and never for longer than it was set up to.
 */
export type Coordinator = {
  check(request: CheckRequest): Awaitable<Decision>;
  /** Decides several requests as one: all are allowed, or none spends anything; the decisions in order. */
  checkAll(requests: readonly CheckRequest[]): Awaitable<readonly Decision[]>;
  /** What would be decided about a request now; nothing is spent, and what is left is told as it is before. */
  explain(request: CheckRequest): Awaitable<Decision>;
  /**
   * Gives permits back in the windows in which they were spent; says how many under each limit that the request meets. With `spentIn` they go
   * back to exactly those windows, as far as these still count.
   */
  refund(request: CheckRequest, spentIn?: SpentIn): Awaitable<readonly Refunded[]>;
  /** Gives back the permits of a lease; false when it is not known here, or has run out. */
  release(lease: string): Awaitable<boolean>;
  /** Holds the permits of a lease for another full time, as far as there is room for them still. */
  renew(lease: string): Awaitable<Renewal>;
  /** Publishes a configuration for all regions, which adopt it as the epochs come. */
  publish(configuration: Configuration): void;
  view(): RegionView;
  /** A key's counters; undefined when there is no such limit. */
  usage(limit: string, key: string): Awaitable<UsageView | undefined>;
  /** The keys that are asked for most, the most wanted first; undefined when there is no such limit. */
  hotKeys(query: HotKeyQuery): Awaitable<readonly HotKeyView[] | undefined>;
};
