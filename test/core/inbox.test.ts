import { expect, test } from 'vitest';
import type { RegionId } from '../../crdt/index.ts';
import { INBOX_HEARTBEATS_MAX, INBOX_MESSAGES_MAX } from '../../src/bounds.ts';
import { versionNotices } from '../../src/core/agreement.ts';
import { DEFAULT_TIMING } from '../../src/core/cluster.ts';
import type { Instant } from '../../src/core/instant.ts';
import type { Message } from '../../src/core/messages.ts';
import type { Clock, Log, Transport } from '../../src/ports.ts';
import { Region } from '../../src/region/region.ts';
import { limitSpec, THREE_REGIONS, WORLD_START_MS } from '../world.ts';

const WINDOW = WORLD_START_MS / 10_000;
const EU = 'eu-west@00000000000000bb';

/** A region that is so busy that its inbox is emptied only when the test says so. */
class BusyRegion {
  readonly region: Region;
  receive: (from: RegionId, message: Message) => void = () => {};
  soon: (() => void)[] = [];
  readonly sent: Message[] = [];

  constructor() {
    const at: Instant = { wallMs: WORLD_START_MS, monoMs: 0 };
    const clock: Clock = {
      now: () => at,
      every: () => () => {},
      soon: (task) => this.soon.push(task),
    };
    const transport: Transport = {
      start: async (receive) => {
        this.receive = receive;
      },
      send: (_to, message) => this.sent.push(message),
      connected: () => true,
      counters: () => ({
        framesSent: 0,
        bytesSent: 0,
        framesReceived: 0,
        bytesReceived: 0,
        framesDropped: 0,
        framesRejected: {},
        sendErrors: 0,
      }),
      stop: async () => {},
    };
    const log: Log = { info: () => {}, warn: () => {}, error: () => {} };
    const setup = {
      region: 'us-east',
      ledger: '00000000000000aa',
      members: THREE_REGIONS,
      limits: [limitSpec()],
      timing: DEFAULT_TIMING,
      newCluster: true,
    };
    this.region = new Region(setup, { clock, transport, log });
  }

  get shed(): number {
    return this.region.view().inboxShed;
  }

  get waiting(): number {
    return this.region.view().inboxDepth;
  }

  catchUp(): void {
    for (const task of this.soon.splice(0)) task();
  }
}

async function busy(): Promise<BusyRegion> {
  const region = new BusyRegion();
  await region.region.start();
  return region;
}

const delta = (sequence: number): Message => ({
  kind: 'delta',
  ledger: '00000000000000bb',
  sequence,
  wallMs: WORLD_START_MS,
  demand: [],
  groups: [[EU, 'everything fixed-window/10000', [['', WINDOW, sequence]]]],
});

const heartbeat = (region: BusyRegion, sequence: number): Message => ({
  kind: 'heartbeat',
  incarnation: WORLD_START_MS,
  ledger: '00000000000000bb',
  sequence,
  epoch: WORLD_START_MS / 1_000,
  wallMs: WORLD_START_MS,
  sitsUntil: 0,
  informed: true,
  versions: versionNotices(region.region.inspect()),
  heard: [['us-east', WORLD_START_MS, 1, 0]],
  votes: [],
  demand: [],
});

test('messages wait for one drain, in order, and then nothing waits', async () => {
  const region = await busy();
  region.receive('eu-west', heartbeat(region, 1));
  for (const sequence of [1, 2, 3]) region.receive('eu-west', delta(sequence));
  expect([region.waiting, region.soon.length]).toEqual([4, 1]);
  region.catchUp();
  expect(region.waiting).toBe(0);
  const [eu] = region.region.view().peers.filter(({ region: name }) => name === 'eu-west');
  expect(eu).toMatchObject({ status: 'up', stale: false, deltasReceived: 3 });
  region.receive('eu-west', delta(4));
  expect(region.soon).toHaveLength(1);
});

test('a flood sheds what anti-entropy can repair first, and heartbeats only when their own room is full', async () => {
  const region = await busy();
  for (let sequence = 1; sequence <= INBOX_MESSAGES_MAX; sequence += 1)
    region.receive('eu-west', delta(sequence));
  expect([region.waiting, region.shed]).toEqual([INBOX_MESSAGES_MAX, 0]);
  region.receive('eu-west', delta(INBOX_MESSAGES_MAX + 1));
  region.receive('eu-west', { kind: 'ask', buckets: [] });
  expect([region.waiting, region.shed]).toEqual([INBOX_MESSAGES_MAX, 2]);
  for (let sequence = 1; sequence <= INBOX_HEARTBEATS_MAX; sequence += 1) {
    region.receive('eu-west', heartbeat(region, sequence));
  }
  expect([region.waiting, region.shed]).toEqual([INBOX_MESSAGES_MAX + INBOX_HEARTBEATS_MAX, 2]);
  region.receive('eu-west', heartbeat(region, INBOX_HEARTBEATS_MAX + 1));
  expect(region.shed).toBe(3);
});

test('the peer behind a flood stays up, and what was shed is known to be missing', async () => {
  const region = await busy();
  region.receive('eu-west', heartbeat(region, 1));
  for (let sequence = 1; sequence <= INBOX_MESSAGES_MAX + 10; sequence += 1)
    region.receive('eu-west', delta(sequence));
  region.receive('eu-west', heartbeat(region, 2));
  region.catchUp();
  const eu = () => region.region.view().peers.find(({ region: name }) => name === 'eu-west');
  expect(eu()).toMatchObject({ status: 'up', stale: false });
  region.receive('eu-west', delta(INBOX_MESSAGES_MAX + 11));
  region.catchUp();
  expect(eu()).toMatchObject({ status: 'up', stale: true });
});

test('there is room again after a drain', async () => {
  const region = await busy();
  for (let sequence = 1; sequence <= INBOX_MESSAGES_MAX + 1; sequence += 1)
    region.receive('eu-west', delta(sequence));
  region.catchUp();
  region.receive('eu-west', delta(1));
  expect([region.waiting, region.shed]).toEqual([1, 1]);
});

test('checks are answered while the inbox is full', async () => {
  const region = await busy();
  for (let sequence = 1; sequence <= INBOX_MESSAGES_MAX; sequence += 1)
    region.receive('eu-west', delta(sequence));
  expect(region.region.check({ resource: 'orders', dimensions: {}, permits: 1 }).allowed).toBe(true);
});
