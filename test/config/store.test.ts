import { expect, test } from 'vitest';
import { loadText, problemLines, SMALL_DEPLOYMENT } from './memory-files.ts';

const NAMED = SMALL_DEPLOYMENT.replace('node: {', 'node: { name: one,');

test('a region is one process unless it is given a store', () => {
  expect(loadText(SMALL_DEPLOYMENT)).toMatchObject({ ok: true, settings: { store: undefined } });
});

test('a store in Redis has its servers, its user and its times', () => {
  const text = `${NAMED}store: { kind: redis, wait: 20ms, redis: { mode: sentinel, master: mymaster, servers: ["10.0.0.1:26379"], user: h, password: secret, tls: { enabled: true } } }\n`;
  expect(loadText(text)).toMatchObject({
    ok: true,
    settings: {
      store: {
        waitMs: 20,
        redis: {
          kind: 'sentinel',
          master: 'mymaster',
          servers: [{ host: '10.0.0.1', port: 26_379 }],
          username: 'h',
          password: 'secret',
          tls: {},
          commandMs: 250,
        },
      },
    },
  });
});

test.each([
  [SMALL_DEPLOYMENT, '{ kind: redis }', 'node.name: is missing'],
  [NAMED, '{ kind: redis, redis: { mode: sentinel } }', 'store.redis.master: is missing'],
  [NAMED, '{ kind: redis, redis: { servers: ["10.0.0.1"] } }', 'host:port'],
  [NAMED, '{ kind: redis, redis: { tls: { certFile: a.pem } } }', 'store.redis.tls.keyFile: is missing'],
  [NAMED, '{ kind: redis, wait: 5s }', 'a duration from 1ms to 1s'],
])('what cannot be is refused', (before, store, problem) => {
  const lines = problemLines(loadText(`${before}store: ${store}\n`));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(problem);
});
