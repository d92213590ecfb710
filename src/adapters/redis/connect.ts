import { readFileSync } from 'node:fs';
import { Cluster, Redis, type RedisOptions } from 'ioredis';

/** How a Redis is reached: one server, servers that sentinels name, or a cluster. */
export type RedisSettings = {
  readonly servers: readonly { readonly host: string; readonly port: number }[];
  readonly kind: 'single' | 'sentinel' | 'cluster';
  /** What the sentinels call the server; given for sentinels. */
  readonly master?: string;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string };
  /** Milliseconds that one command may take. */
  readonly commandMs: number;
};

export type RedisClient = Redis | Cluster;

/**
 * Connects to a Redis, and goes on trying while it cannot. Commands are never kept for later nor sent again: one that cannot be sent fails at
 * once, and one whose connection broke may have been carried out. A subscriber does wait, for it only listens.
 */
export function connectRedis(settings: RedisSettings, purpose: 'commands' | 'messages'): RedisClient {
  const { kind, servers, master, commandMs } = settings;
  const isWaiting = purpose === 'messages';
  const options: RedisOptions = {
    ...credentials(settings),
    connectTimeout: CONNECT_MS,
    enableOfflineQueue: isWaiting,
    autoResendUnfulfilledCommands: isWaiting,
    maxRetriesPerRequest: isWaiting ? null : 0,
    ...(!isWaiting && { commandTimeout: commandMs }),
    retryStrategy: retryMs,
  };
  if (kind === 'cluster') {
    const { retryStrategy, enableOfflineQueue, ...redisOptions } = options;
    return new Cluster([...servers], {
      redisOptions,
      enableOfflineQueue: isWaiting,
      clusterRetryStrategy: retryMs,
      ...(settings.tls !== undefined && { dnsLookup: (address, callback) => callback(null, address) }),
    });
  }
  if (kind === 'sentinel')
    return new Redis({
      ...options,
      sentinels: [...servers],
      name: master ?? '',
      sentinelRetryStrategy: retryMs,
    });
  return new Redis({ ...options, ...servers[0] });
}

const CONNECT_MS = 2_000;

/** Soon at first, then once a second, for as long as it takes. */
function retryMs(attempt: number): number {
  return Math.min(1_000, 50 * 2 ** Math.min(attempt, 5));
}

function credentials({ username, password, tls }: RedisSettings): RedisOptions {
  const read = (path: string | undefined) => (path === undefined ? undefined : readFileSync(path));
  return {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls !== undefined && {
      tls: { ca: read(tls.caFile), cert: read(tls.certFile), key: read(tls.keyFile) },
    }),
  };
}
