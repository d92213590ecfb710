import type { AddressInfo, Socket } from 'node:net';
import { type FastifyInstance, type FastifyReply, type FastifyServerOptions, fastify } from 'fastify';
import { HeadgateError } from '../../errors.ts';
import {
  BODY_BYTES_MAX,
  CONNECTIONS_MAX,
  DRAIN_MS,
  DRAIN_SWEEP_MS,
  HEAD_BYTES_MAX,
  HEAD_TIMEOUT_MS,
  KEEP_ALIVE_MS,
  REQUEST_TIMEOUT_MS,
  SILENCE_MS,
  TARGET_BYTES_MAX,
  TIMEOUT_CHECK_MS,
} from './bounds.ts';
import { addCheckRoute, withoutSubPath } from './check-route.ts';
import type { HttpContext, Phase } from './context.ts';
import { addFailureHandlers, answerClientError, sendProblem } from './failure.ts';
import { addHealthRoutes } from './health-routes.ts';
import { parseJsonBody } from './json-body.ts';
import { parseQuery } from './query.ts';
import { addStateRoutes } from './state-routes.ts';

/** What the HTTP interface needs. */
export type HttpServerOptions = Omit<HttpContext, 'phase'> & {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
};

/**
 * The HTTP interface of one coordinator: decisions, health, metrics and state (api.md §1, §2 and §4).
 *
 * `start` resolves with the address once connections are accepted; decisions answer 503 `starting` until `serve`.
 * `drain` makes the server not ready and its decisions 503 `draining`. `stop` drains, accepts no further connection, lets requests
 * in flight finish within `DRAIN_MS`, then closes what is left. Rejects when the address cannot be listened on.
 */
export class HttpServer {
  readonly #options: HttpServerOptions;
  readonly #server: FastifyInstance;
  readonly #sockets = new Set<Socket>();
  #phase: Phase = 'starting';

  constructor(options: HttpServerOptions) {
    this.#options = options;
    this.#server = buildServer({ ...options, phase: () => this.#phase });
    this.#server.server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  async start(): Promise<AddressInfo> {
    const { host, port } = this.#options;
    await this.#server.listen({ host, port, listenTextResolver: () => '' });
    return this.#server.server.address() as AddressInfo;
  }

  serve(): void {
    if (this.#phase === 'starting') this.#phase = 'serving';
  }

  drain(): void {
    this.#phase = 'draining';
  }

  async stop(): Promise<void> {
    this.drain();
    // Node takes a connection that has not spoken yet for one in the middle of a request.
    for (const socket of this.#sockets) if (socket.bytesRead === 0) socket.destroy();
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

function buildServer(context: HttpContext): FastifyInstance {
  const server = fastify({
    logger: false,
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: SILENCE_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    http: {
      maxHeaderSize: HEAD_BYTES_MAX,
      headersTimeout: HEAD_TIMEOUT_MS,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    },
    forceCloseConnections: 'idle',
    // Health must still answer while the server stops; decisions refuse by themselves.
    return503OnClosing: false,
    rewriteUrl: ({ url = '/' }) => withoutSubPath(url.startsWith('/') ? url : originForm(url)),
    routerOptions: { querystringParser: (text) => parseQuery(text) },
    // A path with broken percent-encoding leads nowhere, whatever it was meant to be.
    frameworkErrors: (_error, _request, reply) =>
      sendProblem(reply as FastifyReply, new HeadgateError('unknown_path')),
    clientErrorHandler: answerClientError,
    schemaController: { compilersFactory: NO_SCHEMA_COMPILERS },
  });
  server.server.maxConnections = CONNECTIONS_MAX;
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    try {
      done(null, parseJsonBody(body, request.headers['content-encoding']));
    } catch (error) {
      done(error as Error);
    }
  });
  server.decorateRequest('startedMonoMs', 0);
  server.addHook('onRequest', (request, _reply, done) => {
    request.startedMonoMs = context.clock.now().monoMs;
    done(request.originalUrl.length > TARGET_BYTES_MAX ? new HeadgateError('uri_too_long') : undefined);
  });
  addFailureHandlers(server, context.log);
  addCheckRoute(server, context);
  addHealthRoutes(server, context);
  server.register((scope, _options, done) => {
    addStateRoutes(scope, context);
    done();
  });
  return server;
}

type SchemaCompilers = NonNullable<NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']>;

/** Routes validate by themselves, and what they send is small or rendered already: the framework need not load its compilers. */
const NO_SCHEMA_COMPILERS = {
  buildValidator: () => () => () => true,
  buildSerializer: () => () => JSON.stringify,
} as unknown as SchemaCompilers;

/** A request target in absolute form, as a proxy may send it (RFC 9112 §3.2.2), as path and query. */
function originForm(target: string): string {
  const url = URL.parse(target);
  return url === null ? target : url.pathname + url.search;
}
