import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { eventually } from '../eventually.ts';
import { freePort } from './free-port.ts';

/** The program, from Debian's package of the same name. */
const PROGRAM = 'redis-server';

/** How long a started server may take until it answers, in milliseconds. */
const READY_WITHIN_MS = 10_000;

/** A real redis-server on loopback that keeps nothing on disk. */
export type RedisServer = {
  readonly port: number;
  /** Sends one command, in the words of the command line, and resolves with what comes back first. */
  say(command: string): Promise<string>;
  kill(): Promise<void>;
  /** Freezes it: connections stay, nothing is answered until `thaw`. */
  freeze(): void;
  thaw(): void;
};

/** Starts a server on `port`, or on a free one, with further `flags`; resolves when it answers. */
export async function startRedisServer(port?: number, flags: readonly string[] = []): Promise<RedisServer> {
  const chosen = port ?? (await freePort());
  const fixed = ['--bind', '127.0.0.1', '--port', String(chosen), '--save', '', '--appendonly', 'no'];
  const child = spawn(PROGRAM, [...fixed, '--logfile', '', ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  const said: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => said.push(text));
  child.on('error', (error) => said.push(`${error.message} (Debian: apt-get install ${PROGRAM})`));
  const say = (command: string) => sayTo(chosen, command);
  const server = { port: chosen, say, kill: () => kill(child), ...freezing(child) };
  try {
    const answers = async () => (await say('PING').catch(() => '')).length > 0;
    await eventually(answers, { withinMs: READY_WITHIN_MS, what: 'redis-server is ready' });
  } catch (error) {
    await server.kill();
    throw new Error(`redis-server did not start on ${chosen}: ${said.join('')}`, { cause: error });
  }
  return server;
}

function freezing(child: ChildProcess) {
  return { freeze: () => void child.kill('SIGSTOP'), thaw: () => void child.kill('SIGCONT') };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

async function sayTo(port: number, command: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  try {
    socket.write(`${command}\r\n`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    return answer.toString('utf8').trim();
  } finally {
    socket.destroy();
  }
}
