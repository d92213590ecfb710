import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { RegionId } from '../crdt/index.ts';
import { FRAME_BYTES_MAX } from './codec.ts';
import { contextOptions, isShownBy, listenerOptions, type MeshIdentity } from './mesh-identity.ts';
import type { Refusal } from './refusal.ts';

/** Where frames are posted, below a peer's URL. */
export const MESH_PATH = '/mesh';

/** Tells a sender in one word what is wrong with its frame: whoever holds the key may know, and to anyone else it says nothing new. */
export const REFUSAL_HEADER = 'headgate-refusal';

/** Connections at once: each member needs one, and each may hold one frame in memory that nobody has signed for yet. */
const CONNECTIONS_MAX = 128;

/** Time for a request's headers, and for all of it, in milliseconds; longer than that is an attack or a dead link. */
const HEADERS_TIMEOUT_MS = 2_000;
const REQUEST_TIMEOUT_MS = 3_000;

/** How often Node looks for requests that are over time, in milliseconds. */
const TIMEOUT_CHECK_MS = 500;

/** Idle time after which a connection is closed, in milliseconds: many heartbeats. */
const KEEP_ALIVE_MS = 30_000;

/** Bytes of headers: a peer sends a few hundred. */
const HEADER_BYTES_MAX = 8 * 1024;

export type MeshAddress = { readonly host: string; readonly port: number };

export type MeshListenerOptions = {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** With it TLS is spoken, and whoever sends must show a certificate. */
  readonly identity?: MeshIdentity | undefined;
  /** Takes a frame's bytes and says what is wrong with them, if anything; `mayBe` says whether they can come from a region. */
  readonly accept: (frame: Uint8Array, mayBe: (region: RegionId) => boolean) => Refusal | undefined;
  /** Told of a frame that is larger than any may be, and was not read to its end. */
  readonly refuseTooLarge: (bytes: number) => void;
};

/** The HTTP side of a mesh member: `POST /mesh`, one frame a request, answered 204, or 400 when the frame is refused. */
export class MeshListener {
  readonly #options: MeshListenerOptions;
  readonly #server: Server;

  constructor(options: MeshListenerOptions) {
    this.#options = options;
    const bounds = {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: HEADER_BYTES_MAX,
    };
    const answer = (request: IncomingMessage, response: ServerResponse) => this.#answer(request, response);
    const { identity } = options;
    if (identity === undefined) this.#server = createServer(bounds, answer);
    else {
      const secure = { ...bounds, ...listenerOptions(identity), handshakeTimeout: HEADERS_TIMEOUT_MS };
      this.#server = exchanging(createSecureServer(secure, answer), identity);
    }
    this.#server.maxConnections = CONNECTIONS_MAX;
    // A connection that never says anything would hold its place for ever.
    this.#server.timeout = KEEP_ALIVE_MS;
  }

  /** Resolves once requests are taken; rejects with the system's error when the address cannot be had. */
  async listen(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject);
    this.#server.listen(this.#options.port, this.#options.host, resolve);
    await promise;
    this.#server.off('error', reject);
  }

  /** Where it listens; undefined when it does not. */
  address(): MeshAddress | undefined {
    const bound = this.#server.address() as AddressInfo | null;
    return bound === null ? undefined : { host: bound.address, port: bound.port };
  }

  /** Resolves when the port is free and every connection is gone. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#server.closeAllConnections();
    await promise;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const [path] = (request.url ?? '').split('?');
    const announced = Number(request.headers['content-length'] ?? 0);
    if (path !== MESH_PATH) refuse(response, 404);
    else if (request.method !== 'POST') refuse(response.setHeader('allow', 'POST'), 405);
    else if (announced > FRAME_BYTES_MAX) this.#refuseTooLarge(response, announced);
    else this.#read(request, response);
  }

  #read(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.byteLength;
      if (bytes <= FRAME_BYTES_MAX) {
        chunks.push(chunk);
      } else if (!response.headersSent) {
        chunks.length = 0;
        this.#refuseTooLarge(response, bytes);
      }
    });
    request.on('end', () => {
      if (response.headersSent) return;
      const refusal = this.#options.accept(Buffer.concat(chunks, bytes), (region) =>
        this.#mayBe(request, region),
      );
      if (refusal === undefined) response.writeHead(204).end();
      else response.writeHead(400, { [REFUSAL_HEADER]: refusal }).end();
    });
    // A sender that went away in the middle: its socket is closed by Node, and there is nobody left to answer.
    request.on('error', () => undefined);
  }

  /** Without TLS the signature alone says who it is. */
  #mayBe({ socket }: IncomingMessage, region: RegionId): boolean {
    const { identity } = this.#options;
    return identity === undefined || isShownBy(socket as TLSSocket, region, identity);
  }

  #refuseTooLarge(response: ServerResponse, bytes: number): void {
    this.#options.refuseTooLarge(bytes);
    refuse(response, 413);
  }
}

/** Makes a listener show each new certificate; peers that were let in by an older one show theirs again when they have a moment. */
function exchanging(server: SecureServer, identity: MeshIdentity): SecureServer {
  const cancel = identity.onChange(() => {
    server.setSecureContext(contextOptions(identity));
    server.closeIdleConnections();
  });
  return server.once('close', cancel);
}

/** Answers and hangs up, so that nothing more of the request needs to be read. */
function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { connection: 'close', 'content-length': '0' }).end();
}
