import { expect, test } from 'vitest';
import { limitSpec, WORLD_START_MS } from '../world.ts';
import { booksIn, Lone, type LoneSetup, PlayedPeer } from './builders.ts';

/** One of two regions with half of 100 permits each: of two, both own what is theirs without a word. */
const half = (setup: LoneSetup = {}) =>
  new Lone({
    members: [
      { region: 'us-east', weight: 1 },
      { region: 'eu-west', weight: 1 },
    ],
    limits: [limitSpec({ limit: 100 })],
    ...setup,
  });

test('a region whose share is spent says so, and what the world has left as far as it knows', () => {
  const lone = half();
  expect(lone.check(50)).toMatchObject({ allowed: true, verdict: { remaining: 0, globalRemaining: 50 } });
  expect(lone.check(1)).toMatchObject({
    allowed: false,
    reason: 'region_share_exhausted',
    verdict: { remaining: 0, globalRemaining: 50 },
  });
});

test('what others are known to have used counts against the world, not against the own share', () => {
  const lone = half();
  const peer = new PlayedPeer(lone, 'eu-west');
  peer.beat();
  peer.tell(1, ['', Math.floor(lone.wallMs / 10_000), 30]);
  expect(lone.check(0).verdict).toMatchObject({ remaining: 50, globalRemaining: 70 });
});

test('when the world is known to be spent, the global limit is the reason', () => {
  const lone = half();
  const peer = new PlayedPeer(lone, 'eu-west');
  peer.beat();
  lone.check(50);
  peer.tell(1, ['', Math.floor(lone.wallMs / 10_000), 49]);
  expect(lone.check(1).reason).toBe('region_share_exhausted');
  expect(lone.check(2).reason).toBe('global_limit_exceeded');
  peer.tell(2, ['', Math.floor(lone.wallMs / 10_000), 50]);
  expect(lone.check(1).reason).toBe('global_limit_exceeded');
});

test('more than the limit at once is the global limit’s affair, even when nothing is spent', () => {
  expect(half().check(101).reason).toBe('global_limit_exceeded');
  expect(half().check(51).reason).toBe('region_share_exhausted');
});

test.each([
  { intoWindowMs: 0, retryAfterMs: 10_000 },
  { intoWindowMs: 1, retryAfterMs: 9_999 },
  { intoWindowMs: 9_999, retryAfterMs: 1 },
])('$intoWindowMs ms into a window of 10 s a denied request may come again in $retryAfterMs ms', (when) => {
  const lone = half({ startMs: WORLD_START_MS + when.intoWindowMs });
  lone.check(50);
  const { verdict } = lone.check(1);
  expect(verdict?.retryAfterMs).toBe(when.retryAfterMs);
  expect(verdict?.resetAtMs).toBe(WORLD_START_MS + 10_000);
  lone.wallMs += when.retryAfterMs - 1;
  expect(lone.check(1).allowed).toBe(false);
  lone.wallMs += 1;
  expect(lone.check(1).allowed).toBe(true);
});

test('an allowed request has nothing to wait for', () => {
  expect(half().check(1).verdict).toMatchObject({ retryAfterMs: 0, resetAtMs: WORLD_START_MS + 10_000 });
});

test('a region that sits out denies until the first window that it may claim, and says when that is', () => {
  // Three epochs of lookahead and two of slack: 5 s from here on, the window that begins at 0 s is lost, too.
  const lone = half({ newCluster: false });
  new PlayedPeer(lone, 'eu-west').beat();
  const denied = lone.check(1);
  expect(denied).toMatchObject({ allowed: false, reason: 'region_share_exhausted', degraded: true });
  expect(denied.verdict?.retryAfterMs).toBe(10_000);
  lone.run(9_975);
  expect(lone.check(1).allowed).toBe(false);
  lone.run(25);
  expect(lone.check(1)).toMatchObject({ allowed: true, degraded: false });
});

test('a region that sits out near the end of a window waits for the next but one', () => {
  const lone = half({ newCluster: false, startMs: WORLD_START_MS + 7_000 });
  new PlayedPeer(lone, 'eu-west').beat();
  expect(lone.check(1).verdict?.retryAfterMs).toBe(13_000);
  lone.run(3_000);
  expect(lone.check(1).verdict?.retryAfterMs).toBe(10_000);
  lone.run(10_000);
  expect(lone.check(1).allowed).toBe(true);
});

test('a window begins afresh, and the one before it keeps its count', () => {
  const lone = half();
  expect(lone.check(50).allowed).toBe(true);
  lone.run(10_000);
  expect(lone.check(0).verdict).toMatchObject({ remaining: 50, globalRemaining: 100 });
  const books = booksIn(lone);
  expect(books?.counters.find(Math.floor(WORLD_START_MS / 10_000), '')?.mine).toBe(50);
});

test('rows that come late touch their own window only', () => {
  const lone = half();
  const peer = new PlayedPeer(lone, 'eu-west');
  const windowId = Math.floor(WORLD_START_MS / 10_000);
  lone.run(10_000);
  peer.beat();
  peer.tell(1, ['', windowId, 50]);
  expect(lone.check(0).verdict?.globalRemaining).toBe(100);
  expect(booksIn(lone)?.counters.find(windowId, '')?.value()).toBe(50);
});

test('a wall clock that steps back spends on in the window that it had reached', () => {
  const lone = half({ startMs: WORLD_START_MS + 10_000 });
  expect(lone.check(50).allowed).toBe(true);
  lone.wallMs -= 5_000;
  expect(lone.check(1)).toMatchObject({ allowed: false, verdict: { resetAtMs: WORLD_START_MS + 20_000 } });
});

test('a vote counts from the moment at which it is known', () => {
  const lone = new Lone();
  const peer = new PlayedPeer(lone, 'eu-west');
  expect(lone.check(0).verdict?.remaining).toBe(200);
  peer.beat({ votes: [['eu-west', 'us-east', lone.state.epoch, 'O']] });
  expect(lone.check(0).verdict?.remaining).toBe(400);
  const fenced = [['eu-west', 'ap-southeast', lone.state.epoch, 'F']] as const;
  peer.beat({ votes: [...fenced, ['us-east', 'ap-southeast', lone.state.epoch, 'F']] });
  expect(lone.check(0).verdict?.remaining).toBe(400 + Math.floor((125 * 40) / 75));
});
