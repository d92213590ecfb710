import type { AddressInfo, Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { DRAIN_MS, DRAIN_SWEEP_MS, TIMEOUT_CHECK_MS } from './bounds.ts';
import { buildServer } from './build-server.ts';
import type { HttpContext, Phase } from './context.ts';
import { Connections } from './pipelines.ts';
import type { RolesOptions } from './roles.ts';

/** What the HTTP interface needs. */
export type HttpServerOptions = Omit<HttpContext, 'phase' | 'roles'> & {
  /** Bearer tokens that are known now. */
  readonly tokens?: RolesOptions['tokens'];
  /** Told of every caller that is not let in. */
  readonly refused?: RolesOptions['refused'];
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
};

/**
 * The HTTP interface of one coordinator: decisions, health, metrics and state (api.md §1 to §4).
 *
 * `start` resolves with the address once connections are accepted; decisions answer 503 `starting` until `serve`.
 * `drain` makes the server not ready; it decides on, and closes each connection with its next answer. `stop` accepts no further
 * connection, answers decisions with 503 `draining`, lets requests in flight finish within `DRAIN_MS`, then closes what is left.
 * Rejects when the address cannot be listened on.
 */
export class HttpServer {
  readonly #options: HttpServerOptions;
  readonly #server: FastifyInstance;
  readonly #connections = new Connections();
  #sweep: NodeJS.Timeout | undefined;
  #phase: Phase = 'starting';

  constructor(options: HttpServerOptions) {
    this.#options = options;
    const { host, tokens = () => [], refused = () => {} } = options;
    this.#server = buildServer({ ...options, roles: { tokens, host, refused }, phase: () => this.#phase });
    // Over TLS the handshake has a time limit of its own, and what counts is said after it.
    const opened = options.identity === undefined ? 'connection' : 'secureConnection';
    this.#server.server.on(opened, (socket: Socket) => this.#connections.add(socket, performance.now()));
  }

  async start(): Promise<AddressInfo> {
    const { host, port } = this.#options;
    await this.#server.listen({ host, port, listenTextResolver: () => '' });
    this.#sweep = setInterval(() => this.#connections.closeSilent(performance.now()), TIMEOUT_CHECK_MS);
    this.#sweep.unref();
    return this.#server.server.address() as AddressInfo;
  }

  serve(): void {
    if (this.#phase === 'starting') this.#phase = 'serving';
  }

  drain(): void {
    if (this.#phase === 'serving') this.#phase = 'draining';
  }

  async stop(): Promise<void> {
    this.#phase = 'stopping';
    clearInterval(this.#sweep);
    this.#connections.closeUnused();
    const { server } = this.#server;
    const deadline = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
    // Closing ends the connections that are idle now; one that was busy would stay open for as long as it is kept alive.
    const sweep = setInterval(() => server.closeIdleConnections(), DRAIN_SWEEP_MS);
    try {
      await this.#server.close();
    } finally {
      clearTimeout(deadline);
      clearInterval(sweep);
    }
  }
}
