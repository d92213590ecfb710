import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { quietPorts } from '../e2e/quiet-ports.ts';
import { RegionProcess } from '../e2e/region-process.ts';
import { startNatsServer } from '../servers/nats-server.ts';

/** How much more memory the targets may hold in the end than in the beginning, in bytes. */
const GROWTH_BYTES_MAX = 256 * 1024 * 1024;

/** Permits that are spent before, to be found unchanged after. */
const SPENT = 7;

/** Two coordinators as processes, one of each transport, with every listener that there is. */
export class Targets {
  readonly region = 'east';
  /** Who the thrower pretends to be. */
  readonly peer = 'west';
  readonly environment: string;
  readonly key: string;
  readonly httpPort: number;
  readonly grpcPort: number;
  readonly meshPort: number;
  readonly natsUrl: string;
  readonly #processes: readonly RegionProcess[];
  readonly #end: () => Promise<void>;
  readonly #before: Standing[] = [];

  private constructor(parts: Parts) {
    this.environment = parts.environment;
    this.key = parts.key;
    this.httpPort = parts.ports.http;
    this.grpcPort = parts.ports.grpc;
    this.meshPort = parts.ports.mesh;
    this.natsUrl = parts.natsUrl;
    this.#processes = parts.processes;
    this.#end = parts.end;
  }

  /** Starts them and spends something; resolves when all of it is known. */
  static async start(): Promise<Targets> {
    const targets = new Targets(await prepare());
    try {
      for (const target of targets.#processes) target.start('first');
      await Promise.all(targets.#processes.map((target) => target.ready()));
      for (const { url } of targets.#processes) await spend(url);
      targets.#before.push(...(await targets.#standings()));
    } catch (error) {
      const log = targets.log();
      await targets.stop();
      throw new Error(`the targets did not come up\n${log}`, { cause: error });
    }
    return targets;
  }

  /** What of the things that must not change has changed; nothing when all is as it was. */
  async changes(): Promise<readonly string[]> {
    const after = await this.#standings();
    return after.flatMap((standing, at) => {
      const before = this.#before[at];
      const changed = Object.entries(standing.facts)
        .filter(([name, fact]) => before?.facts[name] !== fact)
        .map(([name, fact]) => `${name} was ${before?.facts[name]}, is ${fact}`);
      const grown = standing.residentBytes - (before?.residentBytes ?? 0);
      return grown > GROWTH_BYTES_MAX ? [...changed, `${grown} bytes more memory`] : changed;
    });
  }

  /** What the processes wrote last. */
  log(): string {
    return this.#processes.map((target) => target.log()).join('\n');
  }

  async stop(): Promise<void> {
    await Promise.all(this.#processes.map((target) => target.stop()));
    await this.#end();
  }

  #standings(): Promise<readonly Standing[]> {
    return Promise.all(this.#processes.map(standingOf));
  }
}

type Standing = {
  /** As text, to be compared. */
  readonly facts: Readonly<Record<string, string>>;
  readonly residentBytes: number;
};

/** Everything that only a caller or a peer in order may change. Rejects when it cannot be read any more. */
async function standingOf(target: RegionProcess): Promise<Standing> {
  const { status } = await target.health();
  const usage = await target.read('/v1/usage?limit=guarded&key=acme');
  const { limits } = (await target.read('/v1/limits')) as { readonly limits: readonly object[] };
  const regions = (await target.read('/v1/regions')) as { readonly regions: readonly Seen[] };
  const facts = {
    process: `${target.pid}`,
    health: status,
    usage: JSON.stringify(usage),
    // Demand is an average over time: it fades by itself.
    limits: JSON.stringify(limits.map((limit) => ({ ...limit, demand: undefined }))),
    regions: JSON.stringify(regions.regions.map(({ region, status: seen }) => [region, seen])),
  };
  return { facts, residentBytes: residentBytesOf(target.pid) };
}

type Seen = { readonly region: string; readonly status: string };

function residentBytesOf(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN) * 1_024;
}

async function spend(url: string): Promise<void> {
  const body = JSON.stringify({ resource: 'guarded', dimensions: { tenant: 'acme' }, permits: SPENT });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}/check`, { method: 'POST', headers, body });
  if (answer.status !== 200) throw new Error(`spending was answered ${answer.status}`);
}

type Parts = {
  readonly environment: string;
  readonly key: string;
  readonly ports: { readonly http: number; readonly grpc: number; readonly mesh: number };
  readonly natsUrl: string;
  readonly processes: readonly RegionProcess[];
  end(): Promise<void>;
};

async function prepare(): Promise<Parts> {
  const [http = 0, grpc = 0, mesh = 0, other = 0, natsPort = 0] = await quietPorts(5);
  const nats = await startNatsServer(natsPort);
  const folder = mkdtempSync(join(tmpdir(), 'headgate-fuzz-'));
  const key = randomBytes(16).toString('hex');
  const environment = `fuzz-${randomBytes(4).toString('hex')}`;
  const limitsFile = join(folder, 'limits.yaml');
  const guarded = {
    name: 'guarded',
    match: { resource: 'guarded', dimensions: { tenant: '*' } },
    limit: 100,
  };
  const limit = { ...guarded, algorithm: 'quota', window: '1mo', timezone: 'UTC' };
  writeFileSync(limitsFile, JSON.stringify({ version: 1, limits: [limit] }));
  const common = {
    version: 1,
    environment,
    limitsFile,
    regions: [{ name: 'east', quota: 100 }],
    http: { drainNotice: '0s' },
    durability: { journal: 'none' },
  };
  const settings = [
    {
      ...common,
      node: { listen: { port: http } },
      grpc: { listen: { port: grpc } },
      transport: { kind: 'mesh', key, mesh: { listen: { port: mesh } } },
    },
    {
      ...common,
      node: { listen: { port: other } },
      transport: { kind: 'nats', key, nats: { servers: [nats.url] } },
    },
  ];
  const processes = settings.map((each, at) => {
    const file = join(folder, `${at}.yaml`);
    writeFileSync(file, JSON.stringify(each));
    return new RegionProcess({ region: 'east', port: each.node.listen.port, file, faulty: false });
  });
  const end = async () => {
    await nats.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { environment, key, ports: { http, grpc, mesh }, natsUrl: nats.url, processes, end };
}
