import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
} from 'cockatiel';
import { errors, Pool } from 'undici';
import type { RegionId } from '../crdt/index.ts';
import type { Message } from '../src/core/messages.ts';
import type { Cancel, Log } from '../src/ports.ts';
import { connectOptions, type MeshIdentity } from './mesh-identity.ts';
import { MESH_PATH, REFUSAL_HEADER } from './mesh-listener.ts';
import { meshTroubleOf, RefusedError } from './mesh-trouble.ts';
import { refusalNamed } from './refusal.ts';
import { type Tally, worthLogging } from './tally.ts';
import { within } from './within.ts';

/** Frames and bytes that may wait for one peer: a few snapshots' worth. Beyond either the oldest are dropped, as newer ones say more. */
const QUEUED_FRAMES_MAX = 512;
const QUEUED_BYTES_MAX = 8 * 1024 * 1024;

/** Frames under way to one peer without an answer, on one connection so that they arrive in order: enough for long round trips. */
const UNANSWERED_FRAMES_MAX = 32;

/** Time to connect, and to wait for an answer, in milliseconds. */
const CONNECT_TIMEOUT_MS = 1_000;
const ANSWER_TIMEOUT_MS = 2_000;

/** Idle time after which the connection is closed, in milliseconds; less than the listener's, so that it is never closed under a frame. */
const KEEP_ALIVE_MS = 20_000;

/** Failures in a row that open the breaker, and milliseconds until the next frame may probe: a heartbeat finds a returned peer within a second. */
const BREAKS_AFTER_FAILURES = 3;
const PROBE_AFTER_MS = 300;

/** A way to one peer. */
export type MeshPeer = {
  readonly region: RegionId;
  /** Its listener, `http://host:port`, perhaps with a path in front of `/mesh`. */
  readonly url: string;
};

export type MeshLinkOptions = {
  readonly tally: Tally;
  readonly log: Log;
  /** With it the peer must show who it is, and is shown who asks. */
  readonly identity?: MeshIdentity | undefined;
};

/** A frame, and the kind of message in it. */
type Parcel = { readonly frame: Uint8Array; readonly kind: Message['kind'] };

/**
 * Frames on their way to one peer: a bounded queue in front of one keep-alive connection behind a circuit breaker. While the breaker is
 * open frames are dropped at once; then one frame probes, the others wait for what becomes of it. Every frame is counted once:
 * sent when the peer took it, failed when it did not, dropped when it was never tried.
 */
export class MeshLink {
  readonly peer: MeshPeer;
  readonly #origin: string;
  readonly #path: string;
  readonly #tally: Tally;
  readonly #log: Log;
  readonly #breaker: CircuitBreakerPolicy;
  readonly #queue: Parcel[] = [];
  #queuedBytes = 0;
  #unanswered = 0;
  #refused = 0;
  readonly #identity: MeshIdentity | undefined;
  readonly #cancelExchange: Cancel | undefined;
  #pool: Pool;
  #reachable = true;
  #trouble: string | undefined;
  #closed = false;

  /** Throws a `TypeError` when the peer's URL is not one of HTTP. */
  constructor(peer: MeshPeer, { tally, log, identity }: MeshLinkOptions) {
    const url = new URL(peer.url);
    if (url.protocol !== 'http:' && url.protocol !== 'https:')
      throw new TypeError(`not an HTTP URL: ${peer.url}`);
    this.peer = peer;
    this.#origin = url.origin;
    this.#path = url.pathname.replace(/\/$/, '') + MESH_PATH;
    this.#tally = tally;
    this.#log = log;
    this.#identity = identity;
    this.#pool = this.#openPool();
    this.#cancelExchange = identity?.onChange(() => this.#renew());
    this.#breaker = circuitBreaker(
      handleWhen((error) => !(error instanceof RefusedError)),
      { halfOpenAfter: PROBE_AFTER_MS, breaker: new ConsecutiveBreaker(BREAKS_AFTER_FAILURES) },
    );
    this.#breaker.onBreak(() => this.#giveUp());
    this.#breaker.onReset(() => this.#found());
  }

  /** What was wrong when the newest frame was tried, and the next step; undefined when the peer took it. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Queues a frame; never waits and never throws. */
  send(parcel: Parcel): void {
    this.#queue.push(parcel);
    this.#queuedBytes += parcel.frame.byteLength;
    while (this.#queue.length > QUEUED_FRAMES_MAX || this.#queuedBytes > QUEUED_BYTES_MAX) this.#drop();
    this.#pump();
  }

  /** Gives what is under way `graceMs` to arrive, drops the rest, and resolves when the connection is gone. */
  async close(graceMs: number): Promise<void> {
    this.#closed = true;
    this.#cancelExchange?.();
    while (this.#queue.length > 0) this.#drop();
    const pool = this.#pool;
    await within(
      graceMs,
      pool.close().catch(() => undefined),
    );
    await pool.destroy().catch(() => undefined);
  }

  #pump(): void {
    while (this.#unanswered < UNANSWERED_FRAMES_MAX) {
      const parcel = this.#next();
      if (parcel === undefined) return;
      void this.#deliver(parcel);
    }
  }

  #next(): Parcel | undefined {
    const parcel = this.#queue.shift();
    this.#queuedBytes -= parcel?.frame.byteLength ?? 0;
    return parcel;
  }

  #drop(): void {
    this.#next();
    this.#tally.dropped(this.peer.region);
  }

  async #deliver({ frame, kind }: Parcel): Promise<void> {
    this.#unanswered += 1;
    try {
      await this.#breaker.execute(() => this.#post(frame));
      this.#tally.sent(frame.byteLength, kind);
      this.#taken();
    } catch (error) {
      if (error instanceof BrokenCircuitError) this.#tally.dropped(this.peer.region);
      else if (error instanceof RefusedError) this.#refuses(error);
      else this.#failed(error);
    }
    this.#unanswered -= 1;
    this.#pump();
  }

  async #post(frame: Uint8Array): Promise<void> {
    const { statusCode, headers, body } = await this.#pool.request({
      method: 'POST',
      path: this.#path,
      headers: { 'content-type': 'application/octet-stream' },
      body: frame,
      // Messages may arrive twice, so undici need not wait for one answer before it sends the next.
      idempotent: true,
      blocking: false,
    });
    await body.dump();
    if (statusCode >= 400 && statusCode < 500)
      throw new RefusedError(statusCode, refusalNamed(headers[REFUSAL_HEADER]));
    if (statusCode !== 204) throw new Error(`peer answered ${statusCode}`);
  }

  /** The breaker has opened, or stays open after a probe: whatever still hangs in the old connection is let go. */
  #giveUp(): void {
    if (this.#closed) return;
    if (this.#reachable) this.#log.warn('mesh_peer_lost', this.#about());
    this.#reachable = false;
    const given = this.#pool;
    this.#pool = this.#openPool();
    given.destroy().catch(() => undefined);
  }

  /** Goes on over a connection that shows the new certificate; what is under way in the old one may still arrive. */
  #renew(): void {
    const given = this.#pool;
    this.#pool = this.#openPool();
    given.close().catch(() => undefined);
  }

  #openPool(): Pool {
    const secure = this.#identity === undefined ? {} : connectOptions(this.#identity, this.peer.region);
    return new Pool(this.#origin, {
      connections: 1,
      pipelining: UNANSWERED_FRAMES_MAX,
      // Connections last; one that is resumed would be one whose other end has shown nothing.
      connect: { ...secure, timeout: CONNECT_TIMEOUT_MS, maxCachedSessions: 0 },
      headersTimeout: ANSWER_TIMEOUT_MS,
      bodyTimeout: ANSWER_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      allowH2: false,
    });
  }

  #found(): void {
    this.#reachable = true;
    this.#log.info('mesh_peer_found', { peer: this.peer.region });
  }

  #failed(error: unknown): void {
    const count = this.#tally.failed(this.peer.region);
    // What was under way in a connection that was given up says nothing of why it was.
    if (!(error instanceof errors.ClientDestroyedError)) this.#trouble = meshTroubleOf(error, this.peer.url);
    // The breaker tells when a peer is lost; single failures are expected while one starts or stops.
    if (worthLogging(count)) this.#log.info('mesh_send_failed', { ...this.#about(), count });
  }

  #refuses(error: RefusedError): void {
    this.#tally.failed(this.peer.region, 'refused');
    this.#refused += 1;
    this.#trouble = meshTroubleOf(error, this.peer.url);
    if (worthLogging(this.#refused))
      this.#log.warn('mesh_peer_refuses', { ...this.#about(), count: this.#refused });
  }

  #taken(): void {
    if (this.#trouble === undefined) return;
    this.#trouble = undefined;
    if (this.#refused > 0) this.#log.info('mesh_peer_accepts', { peer: this.peer.region });
    this.#refused = 0;
  }

  #about(): { readonly peer: RegionId; readonly because: string | undefined } {
    return { peer: this.peer.region, because: this.#trouble };
  }
}
