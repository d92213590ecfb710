import { connect } from 'node:net';
import { delimiter } from 'node:path';
import { Child } from './child.ts';
import { freePort } from './free-ports.ts';

/** How long the server may take to answer, in milliseconds, and how often it is tried. */
const READY_MS = 5_000;
const TRY_EVERY_MS = 20;

/** A nats-server of our own on a free port of the loopback. */
export type LocalNats = {
  readonly child: Child;
  readonly url: string;
  /** What to run to start it again. */
  readonly command: string;
};

/** Starts nats-server and resolves when it accepts connections. Rejects when it is not installed or does not come up. */
export async function startLocalNats(): Promise<LocalNats> {
  const port = await freePort();
  const args = ['--addr', '127.0.0.1', '--port', String(port)];
  const child = new Child({
    name: 'nats-server',
    command: 'nats-server',
    args,
    // Debian puts servers where the path of ordinary users does not reach.
    env: { ...process.env, PATH: [process.env['PATH'], '/usr/sbin', '/usr/local/sbin'].join(delimiter) },
  });
  const deadline = performance.now() + READY_MS;
  while (!(await accepts(port))) {
    if (child.isGone) throw new Error(`${await explain(child)}`);
    if (performance.now() > deadline) {
      child.kill();
      throw new Error(`nats-server did not answer within ${READY_MS / 1_000} s`);
    }
    await new Promise((resolve) => setTimeout(resolve, TRY_EVERY_MS));
  }
  return { child, url: `nats://127.0.0.1:${port}`, command: ['nats-server', ...args].join(' ') };
}

async function explain(child: Child): Promise<string> {
  const how = await child.gone;
  const advice =
    how === 'is not installed' ? '; install it (Debian: apt-get install nats-server) or give --nats-url' : '';
  return [`nats-server ${how}${advice}`, ...child.lastLines].join('\n  ');
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
