import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

export type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** A real `headgate` process. */
export type Running = {
  readonly process: ChildProcess;
  stdout(): string;
  stderr(): string;
  readonly ended: Promise<Ended>;
};

export type CommandOptions = {
  readonly env?: Readonly<Record<string, string>>;
  /** Opens a channel, as a supervisor written in Node would. */
  readonly channel?: boolean;
};

/** Starts `headgate` with these arguments; killed when the test ends, if it still runs. */
export function start(args: readonly string[], { env = {}, channel = false }: CommandOptions = {}): Running {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env['PATH'], NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe', ...(channel ? (['ipc'] as const) : [])],
  });
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  onTestFinished(() => void child.kill('SIGKILL'));
  // Not `close`: it never comes after the channel was disconnected from this side.
  const ended = Promise.all([once(child, 'exit'), stdout.closed, stderr.closed]).then(([[code]]) => ({
    code,
    stdout: stdout.text(),
    stderr: stderr.text(),
  }));
  return { process: child, stdout: stdout.text, stderr: stderr.text, ended };
}

function collect(stream: Readable | null): {
  readonly text: () => string;
  readonly closed: Promise<unknown>;
} {
  let text = '';
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return { text: () => text, closed: stream === null ? Promise.resolve() : once(stream, 'close') };
}

/** Runs `headgate` to its end. */
export function headgate(args: readonly string[], options: CommandOptions = {}): Promise<Ended> {
  return start(args, options).ended;
}

/** Writes files into a folder of their own, which goes when the test ends; returns their paths. */
export function temporaryFiles<Name extends string>(
  files: Readonly<Record<Name, string>>,
): Record<Name, string> {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const paths = Object.entries<string>(files).map(([name, text]) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return [name, path];
  });
  return Object.fromEntries(paths) as Record<Name, string>;
}
