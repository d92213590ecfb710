import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** Lines of a child's output that are kept for the case that it dies. */
const LAST_LINES = 10;

export type ChildOptions = {
  /** What it is called in messages. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Opens a channel, by which a Node child notices that this process is gone. */
  readonly channel?: boolean;
  /** Takes every line of its output. */
  readonly onLine?: (line: string) => void;
};

/**
 * A process of ours, in a process group of its own, so that a Ctrl-C of the terminal reaches this process only and children are
 * stopped in order.
 */
export class Child {
  readonly name: string;
  /** Resolves when it is gone, with how it went; rejects never. */
  readonly gone: Promise<string>;
  /** What it wrote last. */
  readonly lastLines: string[] = [];
  readonly #process: ChildProcess;
  #stopping = false;
  #isGone = false;

  constructor({ name, command, args, env, channel = false, onLine }: ChildOptions) {
    this.name = name;
    const stdio = channel
      ? (['ignore', 'pipe', 'pipe', 'ipc'] as const)
      : (['ignore', 'pipe', 'pipe'] as const);
    this.#process = spawn(command, args, { env, detached: true, stdio: [...stdio] });
    const listen = (line: string) => {
      this.lastLines.push(line);
      if (this.lastLines.length > LAST_LINES) this.lastLines.shift();
      onLine?.(line);
    };
    for (const output of [this.#process.stdout, this.#process.stderr]) eachLine(output, listen);
    this.gone = new Promise((resolve) => {
      this.#process.once('error', (error: NodeJS.ErrnoException) => {
        this.#isGone = true;
        resolve(error.code === 'ENOENT' ? 'is not installed' : error.message);
      });
      // After `exit` a last line may still be on its way; `close` comes when all were read.
      this.#process.once('close', (code, signal) => {
        this.#isGone = true;
        resolve(signal === null ? `ended with code ${code}` : `was ended by ${signal}`);
      });
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Whether it was told to stop. */
  get stopping(): boolean {
    return this.#stopping;
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  /** Asks it to stop, kills it after `deadlineMs`, and resolves when it is gone; `false` if it had to be killed. */
  async stop(deadlineMs: number): Promise<boolean> {
    this.#stopping = true;
    if (this.#isGone) return true;
    this.#process.kill('SIGTERM');
    let killed = false;
    const deadline = setTimeout(() => {
      killed = true;
      this.kill();
    }, deadlineMs);
    await this.gone;
    clearTimeout(deadline);
    return !killed;
  }

  kill(): void {
    this.#stopping = true;
    this.#process.kill('SIGKILL');
  }
}

function eachLine(output: Readable | null, listen: (line: string) => void): void {
  if (output !== null)
    createInterface({ input: output, crlfDelay: Number.POSITIVE_INFINITY }).on('line', listen);
}
