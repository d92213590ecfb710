import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** Servers and what is measured alone have one core, load and other people's databases the other; where there is one only they share. */
const CORE = { measured: Math.min(1, cpus().length - 1), load: 0 } as const;

/** Clock ticks in a second, as Linux counts processor time for everybody. */
const TICKS_PER_SECOND = 100;

/** Resolves with what a program printed; rejects with its complaint when it fails. */
export async function output(command: readonly string[], on: keyof typeof CORE): Promise<string> {
  const child = pinned(command, on);
  let printed = '';
  let complaint = '';
  child.stdout?.on('data', (chunk) => (printed += chunk));
  child.stderr?.on('data', (chunk) => (complaint += chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${command.join(' ')} failed: ${complaint || printed}`);
  return printed;
}

/** Runs a file of `probes/`, alone on the core of what is measured; resolves with what it printed, which is JSON. */
export async function probe<Printed>(name: string, ...words: readonly string[]): Promise<Printed> {
  const file = fileURLToPath(new URL(`probes/${name}.ts`, import.meta.url));
  const command = [process.execPath, '--expose-gc', '--max-old-space-size=8192', file, ...words];
  return JSON.parse(await output(command, 'measured')) as Printed;
}

/** A server that runs in a process of its own; it is told to end by closing its channel. */
export class ServerProcess {
  readonly origin: string;
  readonly grpcPort: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, { port, grpcPort = port }: Listening) {
    this.#child = child;
    this.origin = `http://127.0.0.1:${port}`;
    this.grpcPort = grpcPort;
  }

  /** Starts a file of `servers/`; resolves when it listens. */
  static async start(name: string, ...words: readonly string[]): Promise<ServerProcess> {
    const file = fileURLToPath(new URL(`servers/${name}.ts`, import.meta.url));
    const child = pinned([process.execPath, file, ...words], 'measured');
    let complaint = '';
    child.stderr?.on('data', (chunk) => (complaint += chunk));
    const gone = once(child, 'exit').then(() => {
      throw new Error(`${name} ended before it listened: ${complaint}`);
    });
    const [listening] = (await Promise.race([once(child, 'message'), gone])) as [Listening];
    gone.catch(() => undefined);
    return new ServerProcess(child, listening);
  }

  /** Processor time that it has used so far, in milliseconds. */
  cpuMs(): number {
    const stat = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8');
    // After the name, which may hold anything, in parentheses: state is the first field, user and system time are the 12th and 13th.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_PER_SECOND;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await gone;
  }
}

/** What a server says over its channel once it listens. */
export type Listening = { readonly port: number; readonly grpcPort?: number };

/** Runs `use` with servers, which are stopped however it ends. */
export async function withServers<Result>(
  starting: readonly Promise<ServerProcess>[],
  use: (...servers: ServerProcess[]) => Promise<Result>,
): Promise<Result> {
  const started = await Promise.allSettled(starting);
  const servers = started.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  try {
    for (const each of started) if (each.status === 'rejected') throw each.reason;
    return await use(...servers);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

function pinned(command: readonly string[], on: keyof typeof CORE): ChildProcess {
  return spawn('taskset', ['--cpu-list', String(CORE[on]), ...command], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
}
