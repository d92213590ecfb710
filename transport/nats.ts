import { type NatsConnection, PermissionViolationError, type Status } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import type { RegionId } from '../crdt/index.ts';
import type { Member } from '../src/core/limit.ts';
import type { Message } from '../src/core/messages.ts';
import type { TransportCounters } from '../src/ports.ts';
import type { DiagnosedTransport, Diagnosis } from './diagnosis.ts';
import { Inbound, type Receive } from './inbound.ts';
import { connectionOptions, type NatsOptions } from './nats-options.ts';
import { natsLost, natsTroubleOf } from './nats-trouble.ts';
import { adviceOn, type Refusal } from './refusal.ts';
import { type Subjects, subjectsOf } from './subjects.ts';
import { Tally, type TrafficDetails, worthLogging } from './tally.ts';
import { Unconfirmed } from './unconfirmed.ts';
import { pauseUnless, within } from './within.ts';

/** Longest that `start` waits for the first attempt to connect, in milliseconds. */
const START_WAIT_MS = 500;

/** Longest that `stop` waits for what was sent to leave, in milliseconds. */
const STOP_WAIT_MS = 500;

/** Time before a connection that was closed for good is opened anew, in milliseconds. */
const REOPEN_WAIT_MS = 1_000;

/**
 * Messages over NATS core. Frames are state and not a log, so nothing is kept for a server that cannot be reached: what is sent
 * meanwhile is dropped. Frames are handled as they are read, so none wait here; a region that cannot keep up is slowed by TCP and
 * in the end cut off by the server, after which the client reconnects. Reconnecting never ends, whatever the error.
 */
export class NatsTransport implements DiagnosedTransport {
  readonly #options: NatsOptions;
  readonly #subjects: Subjects;
  readonly #tally = new Tally();
  readonly #inbound: Inbound;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #connection: NatsConnection | undefined;
  #up = false;
  #unconfirmed: Unconfirmed | undefined;
  #errors = 0;
  #trouble: string | undefined;
  #peers: ReadonlySet<RegionId> = new Set();
  /** Peers whose newest frame was refused, and why. */
  readonly #refused = new Map<RegionId, Refusal>();

  constructor(options: NatsOptions) {
    this.#options = options;
    this.#subjects = subjectsOf(options.codec.environment, options.codec.region);
    this.#inbound = new Inbound(options.codec, this.#tally, options.log);
  }

  /** Resolves when subscribed, or as soon as no server could be reached, and then goes on trying in the background. */
  async start(receive: Receive): Promise<void> {
    this.#inbound.open(receive);
    const tried = Promise.withResolvers<void>();
    this.#running = this.#keepConnected(tried.resolve);
    await within(START_WAIT_MS, tried.promise);
  }

  send(to: RegionId | 'all', message: Message): void {
    const subject = to === 'all' ? this.#subjects.broadcast : this.#recipient(to);
    const sendable = subject !== undefined && this.#up && this.#unconfirmed?.full() === false;
    const frame = sendable ? this.#options.codec.encode(message, to) : undefined;
    if (subject === undefined || frame === undefined) this.#tally.dropped();
    else this.#publish(subject, frame, message.kind);
  }

  connected(): boolean {
    return this.#up;
  }

  counters(): TransportCounters {
    return this.#tally.read();
  }

  /** Over NATS nobody needs to be told where the others are; it is for telling them apart from strangers. */
  meet(members: readonly Member[]): void {
    this.#peers = new Set(members.map(({ region }) => region));
    this.#tally.meet(this.#peers);
    for (const peer of this.#refused.keys()) if (!this.#peers.has(peer)) this.#refused.delete(peer);
  }

  diagnosis(): Diagnosis {
    const refused = [...this.#refused].map(([peer, refusal]) => [
      peer,
      `what it sends is refused (${refusal}): ${adviceOn(refusal)}`,
    ]);
    return { medium: this.#up ? undefined : this.#trouble, peers: Object.fromEntries(refused) };
  }

  details(): TrafficDetails {
    return this.#tally.details();
  }

  async stop(): Promise<void> {
    this.#inbound.close();
    this.#stopping.abort();
    const connection = this.#connection;
    const drained = this.#up ? connection?.drain().catch(() => undefined) : undefined;
    this.#up = false;
    await within(STOP_WAIT_MS, drained);
    await connection?.close();
    await this.#running;
  }

  async #keepConnected(tried: () => void): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const connection = await this.#connect(tried);
      if (connection !== undefined) {
        this.#connection = connection;
        if (!this.#stopping.signal.aborted) await this.#serve(connection, tried);
        await connection.close();
        this.#up = false;
        this.#connection = undefined;
      }
      await pauseUnless(this.#stopping.signal, REOPEN_WAIT_MS);
    }
  }

  /** The first attempt says why it failed; the client's own endless ones after it are silent, but leave no sockets behind. */
  async #connect(tried: () => void): Promise<NatsConnection | undefined> {
    const options = connectionOptions(this.#options, () => this.#stopping.signal.throwIfAborted());
    try {
      const connection = await connect({ ...options, waitOnFirstConnect: false });
      // A server that was down just now must not be forgotten for it, nor one that the cluster told of.
      const known = connection.getServers().map((server) => server.listen);
      connection.setServers([...new Set([...this.#options.servers, ...known])]);
      return connection;
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#complain(error);
      tried();
    }
    try {
      return await connect({ ...options, waitOnFirstConnect: true });
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#complain(error);
      return undefined;
    }
  }

  /** Resolves when the connection is closed for good, which a lost server alone does not do. */
  async #serve(connection: NatsConnection, tried: () => void): Promise<void> {
    const statuses = connection.status();
    for (const subject of this.#subjects.subscriptions) {
      connection.subscribe(subject, {
        callback: (error, incoming) => {
          // Without its subscriptions this region is deaf: it starts over, and again until the server lets it in.
          if (error) this.#abandon(connection, error);
          else this.#take(incoming.data, this.#subjects.senderOf(incoming.subject));
        },
      });
    }
    // Subscribed is only what the server has read.
    await within(
      START_WAIT_MS,
      connection.flush().catch(() => undefined),
    );
    this.#opened(connection, connection.getServer());
    tried();
    await this.#follow(connection, statuses);
    await connection.closed();
  }

  async #follow(connection: NatsConnection, statuses: AsyncIterable<Status>): Promise<void> {
    for await (const status of statuses) {
      if (status.type === 'staleConnection') {
        // The client would first wait for its last bytes to leave, which a stalled server never lets happen.
        this.#abandon(connection, new Error('it does not answer pings'));
      } else if (status.type === 'disconnect') {
        this.#up = false;
        this.#trouble = natsLost(status.server);
        this.#options.log.warn('nats_disconnected', { server: status.server });
      } else if (status.type === 'reconnect') {
        this.#opened(connection, status.server);
      } else if (status.type === 'error') {
        const { error } = status;
        if (error instanceof PermissionViolationError && error.operation === 'publish') this.#tally.failed();
        this.#complain(error);
      }
    }
  }

  #take(frame: Uint8Array, sender: RegionId | undefined): void {
    const refusal = this.#inbound.frame(frame, { sender });
    if (sender === undefined) return;
    if (refusal !== undefined && this.#peers.has(sender)) this.#refused.set(sender, refusal);
    else if (refusal === undefined) this.#refused.delete(sender);
  }

  #publish(subject: string, frame: Uint8Array, kind: Message['kind']): void {
    try {
      this.#connection?.publish(subject, frame);
      this.#tally.sent(frame.byteLength, kind);
      this.#unconfirmed?.add(frame.byteLength);
    } catch (error) {
      this.#tally.failed();
      this.#complain(error);
    }
  }

  #opened(connection: NatsConnection, server: string): void {
    // It may have been abandoned while the server was being asked.
    if (this.#connection !== connection) return;
    this.#errors = 0;
    this.#trouble = undefined;
    this.#unconfirmed = new Unconfirmed(() => connection.flush());
    this.#up = !this.#stopping.signal.aborted;
    this.#options.log.info('nats_connected', { server });
  }

  /** Gives a connection up for good; a new one is opened after a while. */
  #abandon(connection: NatsConnection, reason: Error): void {
    this.#up = false;
    this.#connection = undefined;
    this.#complain(reason);
    connection.close().catch(() => undefined);
  }

  #recipient(to: RegionId): string | undefined {
    return to === this.#options.codec.region ? undefined : this.#subjects.to(to);
  }

  #complain(error: unknown): void {
    this.#errors += 1;
    this.#trouble = natsTroubleOf(error, this.#options.servers);
    if (worthLogging(this.#errors))
      this.#options.log.warn('nats_error', { because: this.#trouble, count: this.#errors });
  }
}
