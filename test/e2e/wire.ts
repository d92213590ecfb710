import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** An answer as it came over the wire. */
export type WireAnswer = { readonly status: number; readonly body: string };

/** A connection of its own on which anything can be sent, in pieces too. */
export class Wire {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.#socket = socket;
    // What the far end closes or resets shows in `answer`.
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      this.#received = Buffer.concat([this.#received, bytes]);
    });
  }

  /** Connects to a loopback port; rejects when nobody listens there. */
  static async open(port: number): Promise<Wire> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new Wire(socket);
  }

  send(bytes: string | Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** The next whole answer; undefined when the connection ended before it was whole. */
  async answer(): Promise<WireAnswer | undefined> {
    for (;;) {
      const answer = this.#take();
      if (answer !== undefined || this.#socket.closed || this.#socket.readableEnded) return answer;
      await Promise.race([
        once(this.#socket, 'data'),
        once(this.#socket, 'close'),
        once(this.#socket, 'end'),
      ]);
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(): WireAnswer | undefined {
    const headEnd = this.#received.indexOf('\r\n\r\n');
    if (headEnd === -1) return undefined;
    const head = this.#received.toString('latin1', 0, headEnd);
    const bodyFrom = headEnd + 4;
    const bodyTo = bodyFrom + Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
    if (this.#received.length < bodyTo) return undefined;
    const body = this.#received.toString('utf8', bodyFrom, bodyTo);
    this.#received = this.#received.subarray(bodyTo);
    return { status: Number(head.split(' ')[1]), body };
  }
}
