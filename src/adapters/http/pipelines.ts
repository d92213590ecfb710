import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { HEAD_TIMEOUT_MS, PIPELINED_MAX } from './bounds.ts';

/**
 * Bounds what one connection can have done before others have their turn. Node hands over every request that one read held, a
 * thousand and more, in one go; the 64th of them gets the last answer, with `Connection: close`, and what follows it is passed over
 * unread, as HTTP has it (RFC 9112 §9.6): nothing is spent for a request that gets no answer.
 */
export class Pipelines {
  readonly #closing = new WeakSet<Socket>();
  /** Spares nearly every server the look at that. */
  #hasClosed = false;
  /** The connection that was heard last, how many bytes it had sent, which grow with each read, and requests in the last read. */
  #socket: Socket | undefined;
  #bytesRead = 0;
  #count = 0;

  /** Whether a request is to be answered at all; `response` is the one that it would get. */
  admits(socket: Socket, response: ServerResponse): boolean {
    const { bytesRead } = socket;
    if (socket === this.#socket && bytesRead === this.#bytesRead) this.#count += 1;
    else {
      this.#socket = socket;
      this.#bytesRead = bytesRead;
      this.#count = 1;
    }
    if (this.#hasClosed && this.#closing.has(socket)) return false;
    if (this.#count < PIPELINED_MAX) return true;
    this.#closing.add(socket);
    this.#hasClosed = true;
    response.shouldKeepAlive = false;
    // At once, not when the other side has said goodbye too: until then all that it still sends would be read and taken apart.
    response.once('finish', () => socket.destroy());
    abortCheaply(socket);
    return true;
  }
}

/** Node makes an error with a stack of each request that a closed connection leaves unanswered; of a thousand nobody will read one. */
function abortCheaply(socket: Socket): void {
  let usual = Error.stackTraceLimit;
  socket.prependOnceListener('close', () => {
    usual = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
  });
  socket.once('close', () => {
    Error.stackTraceLimit = usual;
  });
}

/** The open connections of a server, with when each was opened, in monotonic milliseconds. */
export class Connections {
  readonly #opened = new Map<Socket, number>();

  /** Keeps a connection in mind until it closes. */
  add(socket: Socket, monoMs: number): void {
    this.#opened.set(socket, monoMs);
    socket.once('close', () => this.#opened.delete(socket));
  }

  /** Closes those that have not said a word in the time that a request's head may take: Node's own clock starts at their first. */
  closeSilent(monoMs: number): void {
    for (const [socket, openedMs] of this.#opened) {
      if (monoMs - openedMs >= HEAD_TIMEOUT_MS && socket.bytesRead === 0) socket.destroy();
    }
  }

  /** Closes all that have not said a word yet, which Node takes for connections in the middle of a request. */
  closeUnused(): void {
    for (const socket of this.#opened.keys()) if (socket.bytesRead === 0) socket.destroy();
  }
}
