import { RedisStore } from '../../src/adapters/redis/redis-store.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { describeStore } from '../contracts/store-contract.ts';
import { startRedisServer } from '../servers/redis-server.ts';

const silent = { info: () => {}, warn: () => {}, error: () => {} };

/** What the program needs: its own keys and channels, and no command that looks at others. */
const RIGHTS =
  '~{headgate:* &{headgate:* +@scripting +@hash +@string +@set +@pubsub +@keyspace +info +time +ping +client'.split(
    ' ',
  );

describeStore('a store in Redis, by a user that may do no more than it needs', async () => {
  const server = await startRedisServer(undefined, ['--user', 'headgate', 'on', '>secret', ...RIGHTS]);
  const shared = {
    environment: 'test',
    region: 'us-east',
    clock: systemClock,
    log: silent,
    commandMs: 2_000,
  };
  const servers = [{ host: '127.0.0.1', port: server.port }];
  const login = { kind: 'single', servers, username: 'headgate', password: 'secret' } as const;
  return {
    store: (node) => new RedisStore({ ...shared, ...login, node }),
    forget: async () => void (await server.say('FLUSHALL')),
    close: () => server.kill(),
  };
});
