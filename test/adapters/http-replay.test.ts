import { expect, test } from 'vitest';
import { decisionKeptMs, Replay } from '../../src/adapters/http/replay.ts';
import type { Decision } from '../../src/core/decision.ts';
import { compileLimit } from '../../src/core/limit.ts';
import { limitSpec } from '../world.ts';
import { ask, serve } from './http-fixture.ts';

const REQUEST = { resource: 'r', dimensions: {}, permits: 1 };

function decision(allowed: boolean, retryAfterMs = 0): Decision {
  const verdict = {
    limit: compileLimit(limitSpec()),
    key: '',
    windowId: 0,
    permits: 1_000,
    allowed,
    reason: allowed ? 'ok' : 'global_limit_exceeded',
    remaining: 0,
    globalRemaining: 0,
    resetAtMs: 10_000,
    retryAfterMs,
    delayMs: 0,
  } as const;
  return {
    allowed,
    reason: verdict.reason,
    verdict,
    verdicts: [verdict],
    delayMs: 0,
    lease: undefined,
    atMs: 0,
    degraded: false,
  };
}

test.each([
  ['an answer', decision(true), 60_000],
  ['a denial', decision(false, 840), 839],
  ['a denial that says at once', decision(false, 0), 1],
  ['a denial far ahead', decision(false, 3_600_000), 60_000],
  ['a denial for ever', decision(false, Number.POSITIVE_INFINITY), 60_000],
])('%s is remembered for its time and no longer', (_what, first, forMs) => {
  let nowMs = 0;
  const replay = new Replay(() => nowMs, decisionKeptMs);
  const ask = () => replay.once('a', REQUEST, () => ({ ...first })).answer;
  const told = ask();
  nowMs += forMs;
  expect(ask()).toBe(told);
  nowMs += 1;
  expect(ask()).not.toBe(told);
});

test('hearing an answer again does not keep it longer', () => {
  let nowMs = 0;
  const replay = new Replay(() => nowMs, decisionKeptMs);
  const ask = () => replay.once('a', REQUEST, () => decision(true)).answer;
  const told = ask();
  for (; nowMs < 60_000; nowMs += 10_000) expect(ask()).toBe(told);
  nowMs += 1;
  expect(ask()).not.toBe(told);
});

test('of more ids than are kept those least recently seen are forgotten', () => {
  const replay = new Replay(() => 0, decisionKeptMs, 3);
  let decided = 0;
  const ask = (id: string) =>
    replay.once(id, REQUEST, () => {
      decided += 1;
      return decision(true);
    });
  for (const id of ['a', 'b', 'c', 'a', 'd', 'a', 'c', 'd']) ask(id);
  expect(decided).toBe(4);
  ask('b');
  expect(decided).toBe(5);
});

test('who was denied and waits as told gets through with the same id', async () => {
  const { origin, world } = await serve();
  const post = () =>
    ask(`${origin}/check`, {
      json: { resource: 'api.orders.x', dimensions: { tenant: 'a' }, permits: 5, requestId: 'a' },
    });
  const denied = await post();
  expect(denied.status).toBe(429);
  expect((await post()).text).toBe(denied.text);
  world.run(Number(denied.headers.get('retry-after')) * 1_000);
  const later = await post();
  expect(later.headers.has('idempotent-replayed')).toBe(false);
});

test('the order of dimensions makes no other request', async () => {
  const { origin } = await serve();
  const post = (dimensions: object) =>
    ask(`${origin}/check`, { json: { resource: 'r', dimensions, requestId: 'a' } });
  await post({ a: '1', b: '2' });
  expect((await post({ b: '2', a: '1' })).status).toBe(200);
  expect((await post({ a: '1', b: '3' })).status).toBe(422);
});

test('whoever repeats a request that is waited for waits for the same answer', async () => {
  const replay = new Replay(() => 0, decisionKeptMs);
  const waiting = Promise.withResolvers<Decision>();
  const first = replay.once('a', REQUEST, () => waiting.promise);
  const second = replay.once('a', REQUEST, () => expect.unreachable('it is decided once'));
  waiting.resolve(decision(true));
  expect([first.isReplayed, second.isReplayed]).toEqual([false, true]);
  expect(await second.answer).toBe(await first.answer);
});

test('an answer that failed to come is not remembered', async () => {
  const replay = new Replay(() => 0, decisionKeptMs);
  const failed = replay.once('a', REQUEST, () => Promise.reject(new Error('lost')));
  await expect(failed.answer).rejects.toThrow('lost');
  expect(replay.once('a', REQUEST, () => decision(true)).isReplayed).toBe(false);
});
