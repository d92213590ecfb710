import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** How a link fails: `refuses` resets what is open and lets nobody in, `hangs` leaves everything open and carries nothing. */
export type Cut = 'refuses' | 'hangs';

/** One direction's way from a region to a peer: a TCP proxy that can be cut. */
export class LinkProxy {
  readonly port: number;
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #cut: Cut | undefined;

  /** Leads from `port` to `target`, both on loopback. */
  constructor(port: number, target: number) {
    this.port = port;
    this.#target = target;
  }

  /** Resolves once connections are taken. */
  async start(): Promise<void> {
    const server = createServer((near) => this.#carry(near));
    this.#server = server;
    server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
  }

  /** Lets nothing through from now on. */
  async cut(how: Cut): Promise<void> {
    this.#cut = how;
    if (how === 'refuses') await this.stop();
    else for (const socket of this.#sockets) socket.pause();
  }

  /** Carries again; what hung in open connections arrives now, late, as it would after a real cut. */
  async heal(): Promise<void> {
    const was = this.#cut;
    this.#cut = undefined;
    if (was === 'refuses') await this.start();
    else for (const socket of this.#sockets) socket.resume();
  }

  /** Resolves when the port is free and every connection is gone. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const socket of this.#sockets) socket.destroy();
    if (server === undefined) return;
    server.close();
    await once(server, 'close');
  }

  #carry(near: Socket): void {
    const far = connect(this.#target, '127.0.0.1');
    this.#forward(near, far);
    this.#forward(far, near);
  }

  #forward(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.setNoDelay(true);
    from.on('data', (bytes) => void to.write(bytes));
    from.on('end', () => to.end());
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
    if (this.#cut === 'hangs') from.pause();
  }
}
