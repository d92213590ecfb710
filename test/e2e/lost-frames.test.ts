import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../eventually.ts';
import type { LimitEntry } from './cluster.ts';
import { Figures, inSeconds } from './figures.ts';
import { Load } from './load.ts';
import { nextWindow, until } from './moments.ts';
import { usages, type World, Worlds } from './world.ts';

// Every other frame is lost, at random, for 30 s under load. The regions are real processes with real transports; frames are lost
// between the coordinator and its transport, in a test entry, as neither NATS nor TCP would lose just half of them.

const ORDERS: LimitEntry = { name: 'orders', match: { resource: 'orders' }, limit: 1_000, window: '10s' };

/** Many keys, each used once in every region and then no more: what was lost of it, no later delta brings. */
const TENANTS: LimitEntry = {
  name: 'tenants',
  match: { resource: 'tenants', dimensions: { tenant: '*' } },
  limit: 20,
  window: '60s',
};

const SNAPSHOT_MS = 5_000;
const LOSSY_MS = 30_000;
const NEW_KEYS_PER_SECOND = 10;

/** More than a fifth of what any region may use of a key, so that its peers hear of it. */
const PERMITS = 3;

const worlds = new Worlds();
const figures = new Figures();

beforeAll(async () => {
  await worlds.start(
    {
      limits: [ORDERS, TENANTS],
      synchronisation: { fullSnapshotInterval: `${SNAPSHOT_MS}ms` },
      // A journal lets a key spend an eighth of its base at first, and peers hear of it from a fifth on: one request would not do.
      journal: 'none',
      faulty: true,
    },
    [{ limit: 'orders', resource: 'orders', perSecond: 300 }],
  );
});

afterAll(async () => {
  await worlds.stop();
  figures.print();
});

test('after half of all frames were lost for 30 s the counters of all regions agree within two snapshot intervals', async () => {
  await worlds.tell(async (world) => {
    const { cluster, observer } = world;
    const before = await repairedEntries(world);
    await cluster.order({ kind: 'lose', loss: { outgoing: 0.5 } });
    const tenants = new Load(cluster, observer, [
      {
        limit: 'tenants',
        resource: 'tenants',
        perSecond: 3 * NEW_KEYS_PER_SECOND,
        spread: { 'us-east': 1, 'eu-west': 1, 'ap-southeast': 1 },
        next: (_region, sent) => {
          const key = `t${sent}`;
          return { key, dimensions: { tenant: key }, permits: PERMITS };
        },
      },
    ]);
    tenants.start();
    await until(Date.now() + LOSSY_MS);
    await tenants.stop();
    const lost = await cluster.order({ kind: 'heal' });
    const healedMs = Date.now();
    // The newest first: what was said last has had the least time to be repaired.
    const windows = [...observer.windows('tenants')].reverse();
    expect(windows.length).toBeGreaterThan((LOSSY_MS / 1_000 - 1) * NEW_KEYS_PER_SECOND);
    const atFirst = await disagreeing(world, windows);
    let left = atFirst;
    await eventually(
      async () => {
        left = await disagreeing(world, left);
        return left.length === 0;
      },
      {
        withinMs: 2 * SNAPSHOT_MS,
        everyMs: 50,
        what: 'the counters of all regions agree with what clients were told',
      },
    );
    const tookMs = Date.now() - healedMs;
    const repaired = (await repairedEntries(world)) - before;
    expect(lost).toBeGreaterThan(100);
    expect(repaired).toBeGreaterThan(0);
    const rows = `${atFirst.length} of ${windows.length} keys differed at healing, none after ${inSeconds(tookMs)}`;
    figures.note(cluster.transport, `half of all frames lost for ${inSeconds(LOSSY_MS)}`, rows);
    const mended = `${lost} frames lost, ${repaired} entries repaired`;
    figures.note(cluster.transport, 'that was', mended);
  });
});

test('no window had more than the limit while frames were lost, and the next one has all of it', async () => {
  const nextMs = nextWindow(10_000);
  await until(nextMs + 5_000);
  await worlds.tell(async ({ cluster, observer }) => {
    await cluster.up();
    const windowId = nextMs / 10_000;
    // Those in which the clients asked all the time, and the one that has just begun.
    const meanwhile = [4, 3, 2, 1]
      .map((back) => windowId - back)
      .filter((id) => observer.offered('orders', id) > 2_900)
      .map((id) => observer.total('orders', id));
    const after = observer.total('orders', windowId);
    expect(observer.most('orders').most).toBeLessThanOrEqual(1_000);
    expect(observer.most('tenants').most).toBeLessThanOrEqual(20);
    expect(after).toBeGreaterThanOrEqual(990);
    figures.note(
      cluster.transport,
      'admitted of 1,000 in 10 s',
      `${meanwhile.join(', ')}; afterwards ${after}`,
    );
  });
});

type KeyWindow = { readonly key: string; readonly windowId: number };

/** Those of `windows` of which some region says something else than clients were told. */
async function disagreeing(world: World, windows: readonly KeyWindow[]): Promise<readonly KeyWindow[]> {
  const found: KeyWindow[] = [];
  for (let from = 0; from < windows.length; from += ASKED_AT_ONCE) {
    const some = windows.slice(from, from + ASKED_AT_ONCE);
    const right = await Promise.all(some.map((window) => isAgreed(world, window)));
    found.push(...some.filter((_, at) => !right[at]));
  }
  return found;
}

async function isAgreed(world: World, { key, windowId }: KeyWindow): Promise<boolean> {
  const truth = JSON.stringify(world.observer.admitted('tenants', windowId, key));
  const said = await usages(world, { limit: 'tenants', windowId, key });
  return said.every((usage) => JSON.stringify(usage) === truth);
}

const ASKED_AT_ONCE = 20;

async function repairedEntries({ cluster }: World): Promise<number> {
  const counts = await Promise.all(
    cluster.all().map((region) => region.metric('headgate_repaired_entries_total')),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}
