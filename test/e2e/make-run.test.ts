import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { eventually } from '../eventually.ts';
import { REGIONS, SHARES, TRANSPORTS } from './cluster.ts';
import { Figures, inSeconds } from './figures.ts';
import { descendantsOf, isAlive } from './process-tree.ts';
import { quietBase } from './quiet-ports.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** How soon the three regions have to be ready, in milliseconds, and how often a busy machine may try. */
const READY_MS = 3_000;
const TRIES = 3;

/** What the three regions and their meshes take above PORT_BASE. */
const PORTS = [1, 2, 3, 11, 12, 13];

const figures = new Figures();

afterAll(() => figures.print());

/** `make run` in a process group of its own, as a terminal runs it. */
type MakeRun = {
  readonly pid: number;
  readonly readyAfterMs: number;
  /** What it shows. */
  output(): string;
  /** Ctrl-C: a signal to everything in the group. Resolves when make has ended, with what was said from then on. */
  interrupt(): Promise<string>;
};

async function makeRun(variables: Readonly<Record<string, string | number>>): Promise<MakeRun> {
  const settings = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  const startedMs = performance.now();
  const make = spawn('make', ['run', ...settings], { cwd: ROOT, detached: true, env: environment() });
  const pid = make.pid ?? 0;
  let output = '';
  for (const stream of [make.stdout, make.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  // With its streams: what it says last is part of what it says.
  const ended = once(make, 'close');
  onTestFinished(() => {
    if (make.exitCode === null && make.signalCode === null) process.kill(-pid, 'SIGKILL');
  });
  await eventually(() => output.includes('Ctrl-C') || make.exitCode !== null, { withinMs: 30_000 });
  return {
    pid,
    readyAfterMs: performance.now() - startedMs,
    output: () => output,
    async interrupt() {
      const before = output.length;
      process.kill(-pid, 'SIGINT');
      await ended;
      return output.slice(before);
    },
  };
}

test.each(TRANSPORTS)(
  'make run over %s has three regions ready within 3 s, shows how to ask them, and leaves nothing behind',
  async (transport) => {
    const tookMs: number[] = [];
    while (tookMs.length < TRIES && !tookMs.some((ms) => ms <= READY_MS)) {
      const base = await quietBase(PORTS);
      const run = await makeRun({ TRANSPORT: transport, PORT_BASE: base });
      tookMs.push(run.readyAfterMs);
      await checkOutput(run.output(), base);
      const processes = descendantsOf(run.pid);
      // The command, three regions and, unless one is given, a nats-server.
      expect(processes.length).toBeGreaterThanOrEqual(transport === 'nats' ? 5 : 4);
      const farewell = await run.interrupt();
      expect(farewell).toMatch(/^\nStopping…\n/);
      // make itself dies of the signal, as it always does, and complains only of a command that did not end well.
      expect(farewell).not.toContain('make:');
      expect(processes.filter(isAlive)).toEqual([]);
    }
    figures.note(transport, 'make run: three regions ready', `after ${tookMs.map(inSeconds).join(', ')}`);
    expect(Math.min(...tookMs)).toBeLessThanOrEqual(READY_MS);
  },
);

test('make run holds the limits of LIMITS', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-e2e-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'limits.yaml');
  writeFileSync(
    file,
    'version: 1\nlimits:\n  - { name: mine, match: { resource: x }, limit: 5, window: 9s }\n',
  );
  const base = await quietBase(PORTS);
  const run = await makeRun({ PORT_BASE: base, LIMITS: file });
  const { body } = await request(`http://127.0.0.1:${base + 2}/v1/limits`);
  expect(await body.json()).toMatchObject({ limits: [{ name: 'mine', limit: 5, windowMs: 9_000 }] });
  await run.interrupt();
});

/** The table with the addresses, and the line to try with an answer that the line really gives. */
async function checkOutput(output: string, base: number): Promise<void> {
  for (const [at, name] of REGIONS.entries()) {
    const row = new RegExp(
      `^${name} +${SHARES[name]} % +http://127\\.0\\.0\\.1:${base + 1 + at} +UP\\b`,
      'm',
    );
    expect(output).toMatch(row);
    const { statusCode } = await request(`http://127.0.0.1:${base + 1 + at}/health/ready`);
    expect(statusCode).toBe(200);
  }
  const [, url = '', shown = ''] = /\$ curl '([^']+)'\n *(\{.*\})/.exec(output) ?? [];
  const { body } = await request(url);
  const answer = (await body.json()) as Readonly<Record<string, unknown>>;
  expect(Object.keys(answer)).toEqual(Object.keys(JSON.parse(shown) as object));
  expect(answer).toMatchObject({ allowed: true, limit: 'orders-per-tenant', region: 'us-east' });
}

/** What `make test` told its own run is not meant for the one that is started here. */
function environment(): NodeJS.ProcessEnv {
  const foreign = /^(MAKE|MFLAGS|HEADGATE_|VITEST|NODE_ENV$|NATS_URL$|LIMITS$|PORT_BASE$|TRANSPORT$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}
