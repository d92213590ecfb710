import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../eventually.ts';
import { type LimitEntry, REGIONS } from './cluster.ts';
import { Figures, inSeconds } from './figures.ts';
import { nextAge, nextWindow, until } from './moments.ts';
import { sumOf } from './observer.ts';
import { usages, type World, Worlds } from './world.ts';

// Three real coordinators hold two limits while clients all over the world ask for three times as much, for as long as all these
// tests take; the tests are the chapters of one story. It happens over NATS and over the mesh at the same time.

/** The limit that is spoken of: 1,000 in 10 s. */
const ORDERS: LimitEntry = { name: 'orders', match: { resource: 'orders' }, limit: 1_000, window: '10s' };

/**
 * Shows within seconds what the other can show from window to window only. Its shares are static, so that a region can use more than its
 * base for one reason only: another one is fenced.
 */
const BURSTS: LimitEntry = {
  name: 'bursts',
  match: { resource: 'bursts' },
  limit: 100,
  window: '1s',
  shares: 'static',
};

const WINDOW_MS = 10_000;
const BURST_MS = 1_000;

/** Of 1,000 permits in a window, so many have to be used. */
const ENOUGH = 990;

/** What is left of 1,000 while the first region is fenced: all but its floor, and less what rounding loses. */
const FENCED = 790;

/** What the two others hold of `BURSTS` when the first region is lost, without its part. */
const OTHERS_BASE = 60;

/** The floors of `ORDERS`, with half of each base leased: what a region keeps whatever happens. */
const FLOORS = { 'us-east': 200, 'eu-west': 175, 'ap-southeast': 125 };

const worlds = new Worlds();
const figures = new Figures();

beforeAll(async () => {
  await worlds.start({ limits: [ORDERS, BURSTS] }, [
    { limit: 'orders', resource: 'orders', perSecond: 300 },
    { limit: 'bursts', resource: 'bursts', perSecond: 200 },
  ]);
});

afterAll(async () => {
  await worlds.stop();
  figures.print();
});

test('a limit of 1,000 in 10 s admits at most 1,000 and at least 990 of 3,000 in every window', async () => {
  const firstMs = nextWindow(WINDOW_MS, BURST_MS);
  await until(firstMs + 2 * WINDOW_MS);
  await worlds.tell(async ({ cluster, observer }) => {
    const windowIds = [firstMs / WINDOW_MS, firstMs / WINDOW_MS + 1];
    const totals = windowIds.map((windowId) => observer.total('orders', windowId));
    const offered = windowIds.map((windowId) => observer.offered('orders', windowId));
    for (const total of totals) expect(total).toSatisfy(isEnough);
    for (const asked of offered) expect(asked).toBeGreaterThan(2_900);
    figures.note(
      cluster.transport,
      'admitted of what was offered, by window',
      totals.map((total, at) => `${total} of ${offered[at]}`).join(', '),
    );
  });
});

test('when a region is killed the others take over its leased part within 6 s, and give it back to a next life without books', async () => {
  await until(nextAge(WINDOW_MS, 4_000));
  await worlds.tell(async (world) => {
    const lost = world.cluster.regions['us-east'];
    const killedMs = Date.now();
    await lost.kill();
    const tookMs = await fenceSeen(world, killedMs);
    const fencedWindow = nextWindow(WINDOW_MS) / WINDOW_MS;
    await until(fencedWindow * WINDOW_MS + 500);
    world.cluster.loseBooks('us-east');
    const restartedMs = Date.now();
    lost.start('another');
    const wholeAfterMs = await wholeBurstSeen(world, restartedMs);
    const nextMs = (fencedWindow + 1) * WINDOW_MS;
    await enoughSeen(world, nextMs);
    await until(nextMs + WINDOW_MS / 2);
    const { transport } = world.cluster;
    const fenced = world.observer.admitted('orders', fencedWindow);
    // Its next life sits out, but what it asks the others for it may admit: it counts as theirs.
    expect(sumOf(fenced)).toBeGreaterThanOrEqual(FENCED);
    expect(sumOf(fenced)).toBeLessThanOrEqual(1_000);
    expect(nextMs - restartedMs).toBeLessThan(10_000);
    const others = `${sumOf(fenced)} of 1,000 in the window after (bases: 600)`;
    figures.note(transport, 'killed: others beyond their bases', `after ${inSeconds(tookMs)}; ${others}`);
    const back = `a whole 1 s window ended after ${inSeconds(wholeAfterMs)}`;
    const next = `${world.observer.total('orders', fencedWindow + 1)} of 1,000 in the 10 s window that began after`;
    figures.note(
      transport,
      'restarted without its books',
      `${back}; ${next} ${inSeconds(nextMs - restartedMs)}`,
    );
  });
});

test('with nothing between them for 15 s every region answers from its floor, and all converge afterwards', async () => {
  await until(nextAge(WINDOW_MS, 9_000));
  await worlds.tell(async (world) => {
    const { cluster, observer, load } = world;
    for (const name of REGIONS) load.service(name);
    const cutMs = Date.now();
    await cluster.cut();
    // The tranche of the window that begins in a second has been voted on; that of the next one nobody can vote on.
    const alone = Math.ceil(cutMs / WINDOW_MS) + 1;
    await until(cutMs + 15_000);
    for (const name of REGIONS) {
      const { failures, answered, slowestMs } = load.service(name);
      expect({ name, failures }).toEqual({ name, failures: {} });
      expect(answered).toBeGreaterThan(1_000);
      expect(slowestMs).toBeLessThan(1_000);
    }
    await cluster.mend();
    const mendedMs = Date.now();
    await cluster.up();
    const upMs = Date.now();
    await until((alone + 1) * WINDOW_MS);
    expect(observer.admitted('orders', alone)).toEqual(FLOORS);
    await enoughSeen(world, (alone + 1) * WINDOW_MS);
    await agreed(world, alone + 1);
    const floors = Object.values(observer.admitted('orders', alone)).join(' + ');
    const whole = observer.total('orders', alone + 1);
    const after = `${whole} of 1,000 in the 10 s window that began after ${inSeconds((alone + 1) * WINDOW_MS - mendedMs)}`;
    figures.note(cluster.transport, 'cut for 15 s: admitted from floors', `${floors}, no request failed`);
    figures.note(cluster.transport, 'mended', `all UP after ${inSeconds(upMs - mendedMs)}; ${after}`);
  });
});

test('a region that is killed and started again at once does not spend again what it had spent', async () => {
  await until(nextAge(WINDOW_MS, 5_000));
  await worlds.tell(async ({ cluster, observer }) => {
    const region = cluster.regions['ap-southeast'];
    const windowId = Math.floor(Date.now() / WINDOW_MS);
    const before = observer.admitted('orders', windowId)['ap-southeast'];
    expect(before).toBeGreaterThan(0);
    await region.kill();
    const killedMs = Date.now();
    region.start('another');
    await region.ready();
    const readyMs = Date.now();
    await cluster.up();
    await until((windowId + 1) * WINDOW_MS);
    expect(observer.total('orders', windowId)).toBeLessThanOrEqual(1_000);
    const said = `ready after ${inSeconds(readyMs - killedMs)}; ${observer.total('orders', windowId)} of 1,000 in that window`;
    figures.note(cluster.transport, 'killed and restarted at once', said);
  });
});

test('through all of this no window of either limit had more than the limit', async () => {
  await worlds.tell(async ({ cluster, observer }) => {
    const orders = observer.most('orders');
    const bursts = observer.most('bursts');
    expect(orders.most).toBeLessThanOrEqual(1_000);
    expect(bursts.most).toBeLessThanOrEqual(100);
    const said = `${orders.most} of 1,000 in ${orders.windows} windows, ${bursts.most} of 100 in ${bursts.windows}`;
    figures.note(cluster.transport, 'most in any window of the whole story', said);
  });
});

function isEnough(total: number): boolean {
  return total >= ENOUGH && total <= 1_000;
}

/** How long after `sinceMs` the two others had used more than their bases in one window that began after it. */
async function fenceSeen({ observer }: World, sinceMs: number): Promise<number> {
  const first = Math.ceil(sinceMs / BURST_MS);
  await eventually(
    () => {
      for (let id = first; id * BURST_MS <= Date.now(); id += 1)
        if (sumOf(observer.admitted('bursts', id), 'us-east') > OTHERS_BASE) return true;
      return false;
    },
    { withinMs: 6_000, what: 'the others use more than their bases' },
  );
  return Date.now() - sinceMs;
}

/** How long after `sinceMs` the first window ended of which nearly all was admitted. */
async function wholeBurstSeen({ observer }: World, sinceMs: number): Promise<number> {
  const first = Math.ceil(sinceMs / BURST_MS);
  const endMs = await eventually(
    () => {
      for (let id = first; id * BURST_MS <= Date.now(); id += 1)
        if (observer.total('bursts', id) >= 99) return (id + 1) * BURST_MS;
      return undefined;
    },
    { withinMs: 10_000, what: 'a 1 s window is whole again' },
  );
  return endMs - sinceMs;
}

/** Waits until the window that begins at `startMs` has admitted as many as it should. */
async function enoughSeen({ observer }: World, startMs: number): Promise<void> {
  await eventually(() => isEnough(observer.total('orders', startMs / WINDOW_MS)), {
    withinMs: startMs + WINDOW_MS - Date.now(),
    what: `at least ${ENOUGH} of 1,000 are admitted`,
  });
}

/** Waits until every region says the same of a window as the observer counted. */
async function agreed(world: World, windowId: number): Promise<void> {
  await eventually(
    async () => {
      const truth = world.observer.admitted('orders', windowId);
      for (const usage of await usages(world, { limit: 'orders', windowId })) expect(usage).toEqual(truth);
      return true;
    },
    { what: 'the usage of all regions agrees with what clients were told' },
  );
}
