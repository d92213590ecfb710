import { EventEmitter, once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'undici';
import { type NatsServer, startNatsServer } from '../servers/nats-server.ts';
import { type RedisServer, startRedisServer } from '../servers/redis-server.ts';
import { quietPorts } from './quiet-ports.ts';
import { RegionProcess } from './region-process.ts';

/** Nodes of the larger region, which share a Redis, and the one of the smaller region. */
export const NODES = ['a', 'b', 'c'] as const;
const OTHER = 'other';

type Name = (typeof NODES)[number] | typeof OTHER;

/** One key of one limit that clients ask for: the resource tells the limit. */
export type Target = { readonly resource: string; readonly user: string };

/** The limits: permits by resource, with their windows in milliseconds. */
export const LIMITS = {
  short: { limit: 400, windowMs: 2_000 },
  long: { limit: 6_000, windowMs: 10_000 },
} as const;

const LIMITS_FILE = `version: 1
limits:
${Object.entries(LIMITS)
  .map(
    ([name, { limit, windowMs }]) =>
      `  - { name: ${name}, match: { resource: ${name}, dimensions: { user: "*" } }, algorithm: fixed-window, limit: ${limit}, window: ${windowMs}ms, shares: static }`,
  )
  .join('\n')}
`;

/** Two regions over NATS, the larger of three nodes behind one Redis: real processes. */
export class NodesCluster {
  readonly redis: RedisServer;
  readonly processes: Readonly<Record<Name, RegionProcess>>;
  readonly #nats: NatsServer;
  readonly #directory: string;

  constructor(
    servers: { readonly redis: RedisServer; readonly nats: NatsServer },
    processes: Readonly<Record<Name, RegionProcess>>,
    directory: string,
  ) {
    this.redis = servers.redis;
    this.#nats = servers.nats;
    this.processes = processes;
    this.#directory = directory;
  }

  static async start(): Promise<NodesCluster> {
    const [redis, nats] = await Promise.all([startRedisServer(), startNatsServer()]);
    const directory = await mkdtemp(join(tmpdir(), 'headgate-nodes-'));
    await writeFile(join(directory, 'limits.yaml'), LIMITS_FILE);
    const processes: Partial<Record<Name, RegionProcess>> = {};
    const ports = await quietPorts(NODES.length + 1);
    for (const [nth, name] of ([...NODES, OTHER] as const).entries()) {
      const port = ports[nth] ?? 0;
      const region = name === OTHER ? 'eu-west' : 'us-east';
      const file = join(directory, `${name}.yaml`);
      const store = name === OTHER ? '' : storeOf(redis);
      await writeFile(file, configurationOf({ name, port, nats, store }));
      processes[name] = new RegionProcess({ region, port, file, faulty: false });
    }
    const all = processes as Record<Name, RegionProcess>;
    for (const process of Object.values(all)) process.start('first');
    const cluster = new NodesCluster({ redis, nats }, all, directory);
    try {
      await Promise.all(Object.values(all).map((process) => process.ready()));
    } catch (cause) {
      const log = cluster.log();
      await cluster.stop();
      throw new Error(`the nodes did not start:\n${log}`, { cause });
    }
    return cluster;
  }

  /** The node that speaks for the larger region, as its own log tells; undefined while none does. */
  async speaker(): Promise<(typeof NODES)[number] | undefined> {
    for (const name of NODES) {
      const log = this.processes[name].log();
      const ended = Math.max(log.lastIndexOf('speaks_no_more'), log.lastIndexOf('(ended:'));
      if (log.lastIndexOf('speaks_for_region') > ended) {
        const isUp = await this.processes[name].health().then(
          () => true,
          () => false,
        );
        if (isUp) return name;
      }
    }
    return undefined;
  }

  log(): string {
    return Object.values(this.processes)
      .map((process) => process.log())
      .join('\n');
  }

  async stop(): Promise<void> {
    await Promise.all(Object.values(this.processes).map((process) => process.kill().catch(() => undefined)));
    await Promise.all([this.redis.kill(), this.#nats.kill()]);
    await rm(this.#directory, { recursive: true, force: true });
  }
}

function storeOf(redis: RedisServer): string {
  return `store: { kind: redis, wait: 50ms, redis: { servers: ["127.0.0.1:${redis.port}"], timeout: 200ms } }`;
}

function configurationOf({
  name,
  port,
  nats,
  store,
}: {
  readonly name: Name;
  readonly port: number;
  readonly nats: NatsServer;
  readonly store: string;
}): string {
  return `version: 1
environment: nodes
node: { name: ${name}, listen: { host: 127.0.0.1, port: ${port} } }
http: { drainNotice: 0s }
regions:
  - { name: us-east, quota: 60% }
  - { name: eu-west, quota: 40% }
transport: { kind: nats, key: "0123456789abcdef0123456789abcdef", nats: { servers: ["${nats.url}"] } }
limitsFile: limits.yaml
durability: { journal: none }
telemetry: { logFormat: json }
${store}
`;
}

/** What clients of one node were told during some time. */
export type Service = { answered: number; failed: number; degraded: number; slowestMs: number };

/** Clients that ask every node as fast as it answers, each so many requests at a time, and an observer of what they are told. */
export class NodesLoad {
  readonly admitted = new Map<string, number>();
  readonly service = new Map<string, Service>();
  readonly #targets: readonly Target[];
  readonly #pace = new EventEmitter();
  readonly #beat: NodeJS.Timeout;
  #isRunning = true;
  readonly #clients: Promise<void>[] = [];

  constructor(cluster: NodesCluster, targets: readonly Target[], atATime: number) {
    this.#targets = targets;
    this.#beat = setInterval(() => this.#pace.emit('beat'), 20);
    this.#pace.setMaxListeners(0);
    for (const name of [...NODES, OTHER] as const) {
      const pool = new Pool(cluster.processes[name].url, { connections: atATime, pipelining: 1 });
      for (let nth = 0; nth < atATime; nth += 1) this.#clients.push(this.#ask(name, pool, nth));
    }
  }

  /** What each node did since this was last asked. */
  take(name: Name): Service {
    const service = this.#of(name);
    this.service.delete(name);
    return service;
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    await Promise.all(this.#clients);
    clearInterval(this.#beat);
  }

  /** Windows of which more was admitted than the limit allows, in words. */
  over(): string[] {
    return [...this.admitted].flatMap(([name, permits]) => {
      const limit = LIMITS[name.split(' ')[0] as keyof typeof LIMITS].limit;
      return permits > limit ? [`${name}: ${permits} of ${limit}`] : [];
    });
  }

  /** What part of each limit was used in a window that began at `startMs`, by its keys. */
  used(limit: keyof typeof LIMITS, startMs: number): number[] {
    return this.#targets
      .filter(({ resource }) => resource === limit)
      .map(({ user }) => (this.admitted.get(`${limit} ${user} ${startMs}`) ?? 0) / LIMITS[limit].limit);
  }

  async #ask(name: Name, pool: Pool, first: number): Promise<void> {
    for (let nth = first; this.#isRunning; nth += 1) {
      const target = this.#targets[nth % this.#targets.length] as Target;
      const sentMs = performance.now();
      const service = this.#of(name);
      try {
        const path = `/check?resource=${target.resource}&d.user=${target.user}`;
        const { body } = await pool.request({
          method: 'GET',
          path,
          headersTimeout: 2_000,
          bodyTimeout: 2_000,
        });
        this.#note(target, (await body.json()) as Told, service);
        service.slowestMs = Math.max(service.slowestMs, performance.now() - sentMs);
      } catch {
        service.failed += 1;
        // Whoever is refused at once would otherwise ask as fast as it can.
        await once(this.#pace, 'beat');
      }
    }
    await pool.close();
  }

  #note({ resource, user }: Target, { allowed, reason, resetAt }: Told, service: Service): void {
    service.answered += 1;
    if (reason === 'degraded_closed') service.degraded += 1;
    if (!allowed) return;
    const { windowMs } = LIMITS[resource as keyof typeof LIMITS];
    const name = `${resource} ${user} ${resetAt - windowMs}`;
    this.admitted.set(name, (this.admitted.get(name) ?? 0) + 1);
  }

  #of(name: Name): Service {
    const known = this.service.get(name);
    if (known !== undefined) return known;
    const service = { answered: 0, failed: 0, degraded: 0, slowestMs: 0 };
    this.service.set(name, service);
    return service;
  }
}

type Told = { readonly allowed: boolean; readonly reason: string; readonly resetAt: number };
