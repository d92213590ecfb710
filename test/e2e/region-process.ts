import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import type { Health } from '../../src/adapters/http/health-routes.ts';
import { eventually } from '../eventually.ts';
import type { Obeyed, Order } from './faulty-daemon.ts';

/** Lines of a process's log that are kept for the case that a test fails. */
const LINES_KEPT = 60;

/** How long a region may take to be ready, in milliseconds, sitting out included. */
const READY_WITHIN_MS = 12_000;

const PROGRAM = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const FAULTY_PROGRAM = fileURLToPath(new URL('faulty-daemon.ts', import.meta.url));

export type RegionProcessOptions = {
  readonly region: string;
  readonly port: number;
  /** The configuration of this one node. */
  readonly file: string;
  /** Runs the test entry that can lose frames, in place of the product's own. */
  readonly faulty: boolean;
};

/** One coordinator as an operating system process; it can be started again after it ended. */
export class RegionProcess {
  readonly region: string;
  readonly url: string;
  readonly #options: RegionProcessOptions;
  readonly #lines: string[] = [];
  #child: ChildProcess | undefined;

  constructor(options: RegionProcessOptions) {
    this.#options = options;
    this.region = options.region;
    this.url = `http://127.0.0.1:${options.port}`;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts the process; a member of a new cluster need not sit out, one that lived before must. */
  start(life: 'first' | 'another'): void {
    const { region, file, faulty } = this.#options;
    const program = faulty ? [FAULTY_PROGRAM] : [PROGRAM, 'serve'];
    const attest = life === 'first' ? ['--new-cluster'] : [];
    const child = spawn(process.execPath, [...program, '--config', file, '--region', region, ...attest], {
      // The channel ends with this process, however it ends, and the region with the channel.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: environment(),
    });
    this.#child = child;
    for (const output of [child.stdout, child.stderr]) {
      if (output !== null) createInterface({ input: output }).on('line', (line) => this.#keep(line));
    }
    child.on('exit', (code, signal) => this.#keep(`(ended: ${signal ?? code})`));
  }

  /** Resolves when the region decides. */
  async ready(): Promise<void> {
    await eventually(async () => (await this.#get('/health/ready')).status === 200, {
      withinMs: READY_WITHIN_MS,
      what: `${this.region} is ready`,
    });
  }

  async health(): Promise<Health> {
    return (await this.#get('/health')).body as Health;
  }

  /** The JSON at `path`; rejects unless it is there. */
  async read(path: string): Promise<unknown> {
    const { status, body } = await this.#get(path);
    if (status !== 200) throw new Error(`${this.region} answered ${status} to ${path}`);
    return body;
  }

  /** The sum of a metric's samples whose labels contain `labels`. */
  async metric(name: string, labels = ''): Promise<number> {
    const { body } = await request(`${this.url}/metrics`);
    const lines = (await body.text()).split('\n');
    const samples = lines.filter((line) => new RegExp(`^${name}[ {]`).test(line) && line.includes(labels));
    return samples.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  }

  /** Orders the test entry to do something, over the channel; resolves with its answer when it is done. */
  async order(order: Order): Promise<Obeyed> {
    const child = this.#running();
    const answered = once(child, 'message');
    child.send(order);
    const [answer] = (await answered) as [Obeyed];
    return answer;
  }

  /** Tells it something by signal. */
  signal(signal: NodeJS.Signals): void {
    this.#running().kill(signal);
  }

  /** Ends it as a crash would; resolves when it is gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Asks it to stop; resolves with its exit code, null when it was not its own choice. */
  async stop(): Promise<number | null> {
    return this.#end('SIGTERM');
  }

  /** Resolves with the exit code once the process has ended. */
  async ended(): Promise<number | null> {
    const child = this.#running();
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    return child.exitCode;
  }

  /** What it wrote last, each line with its region's name. */
  log(): string {
    return this.#lines.map((line) => `${this.region} | ${line}`).join('\n');
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    this.#child?.kill(signal);
    return this.#child === undefined ? null : this.ended();
  }

  #running(): ChildProcess {
    if (this.#child === undefined) throw new Error(`${this.region} was not started`);
    return this.#child;
  }

  #keep(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > LINES_KEPT) this.#lines.shift();
  }

  async #get(path: string): Promise<{ readonly status: number; readonly body: unknown }> {
    const { statusCode, body } = await request(this.url + path, {
      headersTimeout: 2_000,
      bodyTimeout: 2_000,
    });
    return { status: statusCode, body: await body.json() };
  }
}

/** Settings and test options that happen to be in this environment are not meant for the regions. */
function environment(): NodeJS.ProcessEnv {
  const foreign = /^(HEADGATE_|VITEST|NODE_OPTIONS$|NODE_ENV$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}
