import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { eventually } from '../eventually.ts';
import { freePort } from './free-port.ts';

/** The program, from Debian's package of the same name. */
const PROGRAM = 'nats-server';

/** How long a started server may take until it greets, in milliseconds. */
const READY_WITHIN_MS = 5_000;

/** A real nats-server, without JetStream, on loopback. */
export type NatsServer = {
  readonly port: number;
  /** `host:port`, as the client takes it. */
  readonly url: string;
  /** Ends it in an orderly way; resolves when the process is gone. Doing it twice is harmless. */
  stop(): Promise<void>;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  /** Freezes it: connections stay, nothing is read or answered until `thaw`. */
  freeze(): void;
  thaw(): void;
};

/** Starts a server on `port`, or on a free one, with further command line `flags`; resolves when it takes connections. */
export async function startNatsServer(port?: number, flags: readonly string[] = []): Promise<NatsServer> {
  const chosen = port ?? (await freePort());
  const child = spawn(PROGRAM, ['-a', '127.0.0.1', '-p', String(chosen), ...flags], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text));
  child.on('error', (error) => said.push(`${error.message} (Debian: apt-get install ${PROGRAM})`));
  const server = serverOf(child, chosen);
  try {
    await eventually(() => greets(chosen, child), {
      withinMs: READY_WITHIN_MS,
      what: 'nats-server is ready',
    });
  } catch (error) {
    await server.kill();
    throw new Error(`nats-server did not start on ${chosen}: ${said.join('')}`, { cause: error });
  }
  return server;
}

function serverOf(child: ChildProcess, port: number): NatsServer {
  return {
    port,
    url: `127.0.0.1:${port}`,
    stop: () => end(child, 'SIGTERM'),
    kill: () => end(child, 'SIGKILL'),
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
  };
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  // A frozen process would keep the polite signal for later.
  child.kill('SIGCONT');
  child.kill(signal);
  await exited;
}

/** Whether the server sends its INFO line, which it does once it takes connections. */
async function greets(port: number, child: ChildProcess): Promise<boolean> {
  if (child.pid === undefined || child.exitCode !== null) return false;
  const socket = connect(port, '127.0.0.1');
  try {
    const [greeting] = (await once(socket, 'data')) as [Buffer];
    return greeting.toString('utf8').startsWith('INFO ');
  } finally {
    socket.destroy();
  }
}
