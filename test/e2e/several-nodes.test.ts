import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest';
import { eventually } from '../eventually.ts';
import { LIMITS, NODES, NodesCluster, NodesLoad } from './nodes-cluster.ts';

const TARGETS = [
  ...['u1', 'u2', 'u3', 'u4'].map((user) => ({ resource: 'short', user })),
  ...['u1', 'u2'].map((user) => ({ resource: 'long', user })),
];

let cluster: NodesCluster;
let load: NodesLoad;

beforeAll(async () => {
  cluster = await NodesCluster.start();
  load = new NodesLoad(cluster, TARGETS, 6);
}, 60_000);

afterAll(async () => {
  await load?.stop();
  await cluster?.stop();
}, 30_000);

/** Resolves when so many windows of a limit have begun and ended since now; tells when the first of them began. */
async function windows(limit: keyof typeof LIMITS, count: number): Promise<number> {
  const { windowMs } = LIMITS[limit];
  const first = (Math.floor(Date.now() / windowMs) + 1) * windowMs;
  await eventually(() => Date.now() > first + count * windowMs + 200, {
    withinMs: (count + 2) * windowMs,
    what: 'windows have ended',
  });
  return first;
}

/** Resolves when all of a window was used, of every key: whoever takes over counts as used what may have been, for some seconds. */
async function wholeAgain(): Promise<void> {
  const { windowMs } = LIMITS.short;
  const used = () => load.used('short', (Math.floor((Date.now() - 200) / windowMs) - 1) * windowMs);
  await eventually(() => used().every((part) => part >= 0.98), {
    withinMs: 15_000,
    what: 'limits are used up',
  });
}

async function spokenFor(): Promise<void> {
  await eventually(async () => (await cluster.speaker()) !== undefined, {
    withinMs: 10_000,
    what: 'a node speaks',
  });
}

test('three nodes use all of their region, and together with the other region never more than the limit', async () => {
  onTestFailed(() => console.log(cluster.log()));
  await spokenFor();
  const first = await windows('short', 3);
  const used = [0, 1, 2].flatMap((nth) => load.used('short', first + nth * LIMITS.short.windowMs));
  for (const part of used) expect(part).toBeGreaterThanOrEqual(0.98);
  expect(load.over()).toEqual([]);
}, 30_000);

test('nodes and speaker are killed and come back: no window goes above its limit', async () => {
  onTestFailed(() => console.log(cluster.log()));
  const speaker = (await cluster.speaker()) ?? 'a';
  const follower = NODES.find((name) => name !== speaker) ?? 'b';
  for (const name of [follower, speaker]) {
    await cluster.processes[name].kill();
    await windows('short', 1);
    cluster.processes[name].start('another');
    await cluster.processes[name].ready();
    await spokenFor();
  }
  expect(await cluster.speaker()).not.toBe(speaker);
  await wholeAgain();
  expect(load.over()).toEqual([]);
}, 60_000);

test.each([
  ['stands still', async () => cluster.redis.freeze(), async () => cluster.redis.thaw()],
  ['forgets everything', async () => void (await cluster.redis.say('FLUSHALL')), async () => {}],
])(
  'Redis %s: everybody answers in time, nothing goes above, and all recovers by itself',
  async (_what, begin, end) => {
    onTestFailed(() => console.log(cluster.log()));
    for (const name of NODES) load.take(name);
    await begin();
    await windows('short', 1);
    const services = NODES.map((name) => load.take(name));
    await end();
    for (const { answered, slowestMs } of services) {
      expect(answered).toBeGreaterThan(50);
      expect(slowestMs).toBeLessThan(1_000);
    }
    await eventually(
      async () =>
        (await Promise.all(NODES.map((name) => cluster.processes[name].health()))).every(
          ({ status }) => status === 'UP',
        ),
      { withinMs: 15_000, what: 'all nodes are well again' },
    );
    await wholeAgain();
    expect(load.over()).toEqual([]);
  },
  60_000,
);
