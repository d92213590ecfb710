import { expect, test } from 'vitest';
import { actorId, type VoteRun } from '../../crdt/index.ts';
import { ASK_ANSWER_INTERVAL_MS } from '../../src/bounds.ts';
import { DEFAULT_TIMING } from '../../src/core/cluster.ts';
import type { DigestMessage } from '../../src/core/messages.ts';
import { limitSpec, WORLD_START_MS, World } from '../world.ts';
import { idOf, Lone, PlayedPeer, sent } from './builders.ts';

const { digestMs } = DEFAULT_TIMING;
const REGIONS = ['us-east', 'eu-west', 'ap-southeast'] as const;
const WINDOW = WORLD_START_MS / 10_000;
const ALL_BUCKETS = Array.from({ length: 256 }, (_, bucket) => bucket);

/** us-east as it listens, and eu-west as it tells: two cores that hear each other only through the test. */
function listener() {
  const limits = [limitSpec({ dimensions: { tenant: '*' }, shares: 'static' })];
  const lone = new Lone({ limits });
  const teller = new Lone({ limits, region: 'eu-west', ledger: '00000000000000bb' });
  for (const core of [lone, teller]) {
    // Both own what is theirs, so that every key that is spent from is worth telling of.
    core.hear('ap-southeast', new PlayedPeer(core, 'ap-southeast').heartbeat({ votes: ownVotes(core) }));
  }
  lone.hear('eu-west', new PlayedPeer(lone, 'eu-west', teller.state.ledger).heartbeat());
  const known = lone.state.peers.get('eu-west');
  if (known === undefined) throw new Error('no peer');
  return { lone, teller, known };
}

const ownVotes = ({ state }: Lone): VoteRun[] => [['ap-southeast', state.region, state.epoch, 'O']];

/** eu-west spends, and says so in a delta that the test may deliver or not. */
function spend(teller: Lone, tenant: string, permits = 100) {
  expect(teller.check(permits, { tenant }).allowed).toBe(true);
  const [delta] = sent(teller.run(100), 'delta');
  if (delta === undefined) throw new Error('no delta');
  return delta;
}

function digestOf(teller: Lone): DigestMessage {
  const digest = sent(teller.run(digestMs), 'digest').at(-1);
  if (digest === undefined) throw new Error('no digest');
  return digest;
}

test('a missing delta makes a peer stale, until a digest matches', () => {
  const { lone, teller, known } = listener();
  lone.hear('eu-west', spend(teller, 'first'));
  expect(known.stale).toBe(false);
  const lost = spend(teller, 'lost');
  lone.hear('eu-west', spend(teller, 'third'));
  expect(known.stale).toBe(true);
  lone.hear('eu-west', lost);
  expect(known.stale).toBe(true);
  expect(lone.hear('eu-west', digestOf(teller))).toEqual([]);
  expect(known.stale).toBe(false);
});

test('a row that was lost is asked for by its bucket, sent again, and then nothing is missing', () => {
  const { lone, teller, known } = listener();
  lone.hear('eu-west', spend(teller, 'first'));
  spend(teller, 'lost');
  const asks = sent(lone.hear('eu-west', digestOf(teller)), 'ask');
  expect(asks.map(({ buckets }) => buckets.length)).toEqual([1]);
  expect(known.stale).toBe(true);
  const [ask] = asks;
  if (ask === undefined) throw new Error('no ask');
  const repairs = sent(teller.hear('us-east', ask), 'repair');
  expect(repairs.map(({ groups }) => groups)).toEqual([
    [[teller.state.actor, idOf(teller), [['lost', WINDOW, 100]]]],
  ]);
  for (const repair of repairs) lone.hear('eu-west', repair);
  expect(known.repairedEntries).toBe(1);
  expect(lone.hear('eu-west', digestOf(teller))).toEqual([]);
  expect(known.stale).toBe(false);
});

test('only the peer that told it is asked', () => {
  const { lone, teller } = listener();
  spend(teller, 'lost');
  const [effect] = lone.hear('eu-west', digestOf(teller));
  expect(effect).toMatchObject({ kind: 'send', to: 'eu-west', message: { kind: 'ask' } });
});

test('a digest says how things stood at its delta, so that one that is overtaken is passed over', () => {
  const { lone, teller, known } = listener();
  lone.hear('eu-west', spend(teller, 'first'));
  const digest = digestOf(teller);
  lone.hear('eu-west', spend(teller, 'second'));
  expect(lone.hear('eu-west', digest)).toEqual([]);
  expect(known.stale).toBe(false);
});

test('a digest that comes before its delta shows what is missing', () => {
  const { lone, teller, known } = listener();
  spend(teller, 'first');
  expect(sent(lone.hear('eu-west', digestOf(teller)), 'ask')).toHaveLength(1);
  expect(known.deltaSequence).toBe(1);
});

test('digests of another life, of windows that close too soon to tell, or of the wrong size are passed over', () => {
  const { lone, teller } = listener();
  spend(teller, 'lost');
  const digest = digestOf(teller);
  const ignored: readonly Partial<DigestMessage>[] = [
    { ledger: '00000000000000ee' },
    { closingAfter: lone.state.epoch - 1 },
    { buckets: new Uint8Array(7) },
  ];
  for (const changes of ignored) expect(lone.hear('eu-west', { ...digest, ...changes })).toEqual([]);
});

test('windows that are about to close are in no digest, for a peer may have forgotten them already', () => {
  const { lone, teller } = listener();
  spend(teller, 'lost');
  for (const core of [lone, teller]) core.wallMs = WORLD_START_MS + 16_500;
  expect(sent(lone.hear('eu-west', digestOf(teller)), 'ask')).toEqual([]);
});

test('an ask is answered with published own rows of its buckets, and nothing of others', () => {
  const { teller } = listener();
  const told = spend(teller, 'acme');
  const [group] = told.groups;
  teller.hear('us-east', {
    kind: 'repair',
    groups: [['us-east@00000000000000aa', idOf(teller), [['x', WINDOW, 9]]]],
  });
  teller.check(1, { tenant: 'cold' });
  teller.check(50, { tenant: 'acme' });
  const answers = sent(teller.hear('us-east', { kind: 'ask', buckets: ALL_BUCKETS }), 'repair');
  expect(answers.map(({ groups }) => groups)).toEqual([[group]]);
  teller.run(ASK_ANSWER_INTERVAL_MS);
  expect(sent(teller.hear('us-east', { kind: 'ask', buckets: [] }), 'repair')).toEqual([]);
});

test('asks are answered once per peer and interval, for an answer costs a walk over the books', () => {
  const { teller } = listener();
  spend(teller, 'acme');
  const answers = (from: string) =>
    sent(teller.hear(from, { kind: 'ask', buckets: ALL_BUCKETS }), 'repair').length;
  expect([answers('us-east'), answers('us-east'), answers('ap-southeast')]).toEqual([1, 0, 1]);
  teller.run(ASK_ANSWER_INTERVAL_MS - 25);
  expect(answers('us-east')).toBe(0);
  teller.run(25);
  expect(answers('us-east')).toBe(1);
});

test('closed windows leave no fingerprints behind', () => {
  const { lone, teller } = listener();
  lone.hear('eu-west', spend(teller, 'acme'));
  expect([...lone.state.digests.keys()]).toEqual([actorId('eu-west', teller.state.ledger)]);
  lone.run(21_000);
  expect(lone.state.digests.size).toBe(0);
});

test('whatever is spent, nothing is asked for while no message is lost, with clocks half a second apart', async () => {
  const limits = [1_000, 3_000, 10_000, 60_000].map((windowMs) =>
    limitSpec({ name: `per-${windowMs}`, windowMs, limit: 90, dimensions: { tenant: '*' } }),
  );
  const world = await World.started({ limits });
  world.clock('eu-west').skewMs = 400;
  world.clock('ap-southeast').skewMs = -100;
  for (let round = 0; round < 400; round += 1) {
    world.check(REGIONS[round % 3] ?? 'us-east', 5 + (round % 7), { tenant: `tenant-${(round * 7) % 11}` });
    world.run(90);
  }
  expect(world.sent.filter(({ message }) => message.kind === 'digest').length).toBeGreaterThan(30);
  expect(world.sent.filter(({ message }) => message.kind === 'ask')).toEqual([]);
});

test('rows of a region that cannot be heard come by a third one’s snapshot, and by nothing else', async () => {
  const world = await World.started({
    limits: [limitSpec({ windowMs: 60_000 })],
    timing: { snapshotMs: 20_000 },
  });
  world.runToNext(60_000, 1_000);
  world.loses = (from, to) => from !== 'ap-southeast' && to !== 'ap-southeast';
  world.drain('us-east', {}, 300);
  const begun = world.sent.length;
  const usedAt = (region: string) => world.region(region).usage('everything', '')?.windows[0]?.used;
  world.run(500);
  expect([usedAt('ap-southeast'), usedAt('eu-west')]).toEqual([300, 0]);
  world.run(24_000);
  expect(usedAt('eu-west')).toBe(300);
  const told = world.sent
    .slice(begun)
    .filter(
      ({ from, message }) =>
        from === 'ap-southeast' &&
        'groups' in message &&
        message.groups.some(([actor]) => actor.startsWith('us-east@')),
    );
  expect(new Set(told.map(({ message }) => message.kind))).toEqual(new Set(['snapshot']));
});
