import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { localPreset, type PresetNode } from '../../config/presets.ts';
import type { Health } from '../adapters/http/health-routes.ts';
import { Child } from './child.ts';
import { takenPorts } from './free-ports.ts';
import { type LocalNats, startLocalNats } from './local-nats.ts';

/** How long a region may take to stop, in milliseconds, before it is killed. */
const STOP_MS = 8_000;

/** How often a starting region is asked, in milliseconds, how long one answer may take, and how long it may not be ready, and then not be UP yet. */
const ASK_EVERY_MS = 30;
const ANSWER_MS = 1_000;
const READY_MS = 15_000;
const UP_MS = 5_000;

export type LocalClusterOptions = {
  readonly transport: 'mesh' | 'nats';
  readonly portBase: number;
  /** An absolute path; the example limits when left out. */
  readonly limitsFile?: string;
  /** Instead of a nats-server of our own. */
  readonly natsUrl?: string;
  /** Gives up starting. */
  readonly signal: AbortSignal;
  /** Takes what a region writes: its warnings and errors. */
  readonly onLine: (region: string, line: string) => void;
};

/** One region that was started, and how it was when it last answered. */
export type LocalRegion = { readonly node: PresetNode; readonly child: Child; readonly health: Health };

/** Three regions of this machine, as processes of ours. */
export type LocalCluster = {
  readonly regions: readonly LocalRegion[];
  /** The NATS server that was started for them. */
  readonly nats: LocalNats | undefined;
  /** What to run to start a region again after it was killed. */
  restartCommand(region: LocalRegion): string;
  /** Stops the regions, then the NATS server, and removes what was written. Names what had to be killed. */
  stop(): Promise<readonly string[]>;
  /** Ends everything at once. */
  kill(): void;
};

/**
 * Starts three regions and resolves when all are ready; waits a little longer for them to have found each other.
 * Rejects, with everything stopped again, when a port is taken, or a process does not come up.
 */
export async function startLocalCluster(options: LocalClusterOptions): Promise<LocalCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-dev-'));
  const children: Child[] = [];
  let nats: LocalNats | undefined;
  const kill = () => {
    for (const child of [...children, ...(nats === undefined ? [] : [nats.child])]) child.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    if (options.transport === 'nats' && options.natsUrl === undefined) nats = await startLocalNats();
    const natsUrl = options.natsUrl ?? nats?.url;
    const { configuration, nodes } = localPreset({
      portBase: options.portBase,
      key: randomBytes(32).toString('hex'),
      transport: options.transport,
      ...(natsUrl === undefined ? {} : { natsServers: natsUrl.split(',') }),
      ...(options.limitsFile === undefined ? {} : { limitsFile: options.limitsFile }),
    });
    await refuseTakenPorts(nodes, options.transport);
    const file = join(folder, 'headgate.yaml');
    // The file holds the key of the cluster.
    writeFileSync(file, configuration, { mode: 0o600 });
    children.push(...nodes.map((node) => startRegion(node, file, options)));
    const regions = await Promise.all(
      nodes.map((node, at) => whenReady(node, children[at] as Child, options.signal)),
    );
    return {
      regions,
      nats,
      kill,
      stop: () => stopAll(children, nats, folder),
      restartCommand: restartCommandOf(file),
    };
  } catch (error) {
    kill();
    throw error;
  }
}

async function refuseTakenPorts(nodes: readonly PresetNode[], transport: 'mesh' | 'nats'): Promise<void> {
  const ports = nodes.flatMap(({ port, meshPort }) => (transport === 'mesh' ? [port, meshPort] : [port]));
  const taken = await takenPorts(ports);
  if (taken.length === 0) return;
  throw new Error(
    `cannot listen on ${taken.join(', ')}; stop what listens there, or choose other ports with --port-base`,
  );
}

function startRegion(node: PresetNode, file: string, options: LocalClusterOptions): Child {
  return new Child({
    name: node.region,
    command: process.execPath,
    args: [...process.execArgv, ...serveArgs(node, file), '--new-cluster', '--telemetry-log-level', 'warn'],
    env: withoutSettings(process.env),
    channel: true,
    onLine: (line) => options.onLine(node.region, line),
  });
}

function serveArgs(node: PresetNode, file: string): readonly string[] {
  return [fileURLToPath(new URL('../main.ts', import.meta.url)), 'serve', '--config', file, ...node.flags];
}

/** A restarted region lived before: it must sit out, so `--new-cluster` is not among the words. */
function restartCommandOf(file: string): LocalCluster['restartCommand'] {
  return ({ node }) => [process.execPath, ...serveArgs(node, file)].join(' ');
}

/** Settings of a coordinator elsewhere, which happen to be in this environment, are not meant for these three. */
function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('HEADGATE_')));
}

/** Waits until the region decides, and then a while for it to be UP. Rejects when it ends, takes too long or is given up. */
async function whenReady(node: PresetNode, child: Child, signal: AbortSignal): Promise<LocalRegion> {
  const startedMs = performance.now();
  let readyMs: number | undefined;
  for (;;) {
    const health = await askHealth(node.url);
    const nowMs = performance.now();
    if (health !== undefined && isReady(health)) {
      readyMs ??= nowMs;
      if (health.status === 'UP' || nowMs - readyMs > UP_MS) return { node, child, health };
    }
    signal.throwIfAborted();
    if (child.isGone) throw new Error(await explain(child));
    if (readyMs === undefined && nowMs - startedMs > READY_MS)
      throw new Error(`${node.region} is not ready after ${READY_MS / 1_000} s`);
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
}

async function explain(child: Child): Promise<string> {
  const lines = [`${child.name} ${await child.gone}`, ...child.lastLines];
  // The ports were free a moment ago; what the region advises is its own setting, which here follows from another.
  if (lines.some((line) => line.includes('EADDRINUSE'))) lines.push('here ports are chosen with --port-base');
  return lines.join('\n  ');
}

function isReady({ checks }: Health): boolean {
  return checks.decisions === 'ok';
}

async function askHealth(url: string): Promise<Health | undefined> {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(ANSWER_MS) });
    return (await response.json()) as Health;
  } catch {
    return undefined;
  }
}

async function stopAll(
  children: readonly Child[],
  nats: LocalNats | undefined,
  folder: string,
): Promise<readonly string[]> {
  const stopped = await Promise.all(children.map((child) => child.stop(STOP_MS)));
  const natsStopped = (await nats?.child.stop(STOP_MS)) ?? true;
  rmSync(folder, { recursive: true, force: true });
  const killed = children.filter((_, at) => stopped[at] === false).map(({ name }) => name);
  return natsStopped ? killed : [...killed, 'nats-server'];
}
