import { expect, test } from 'vitest';
import { VirtualClock, VirtualTime } from '../../simulations/time.ts';
import { DEFAULT_TIMING } from '../../src/core/cluster.ts';
import type { Message } from '../../src/core/messages.ts';
import type { Transport } from '../../src/ports.ts';
import { Region } from '../../src/region/region.ts';
import { createCodec } from '../../transport/codec.ts';
import { Loopback } from '../../transport/loopback.ts';
import { silent } from '../contracts/transport-contract.ts';
import { limitSpec, THREE_REGIONS, WORLD_START_MS } from '../world.ts';

const LIMITS = [
  limitSpec({ name: 'moving', resource: 'moving', limit: 90, windowMs: 2_000, shares: 'demand' }),
  limitSpec({ name: 'still', resource: 'still', limit: 1_000, windowMs: 10_000 }),
];

const ONE_WAY_MS = 40;

/** Three regions that talk in frames, and somebody who keeps every one of them. */
class Wire {
  readonly time = new VirtualTime(WORLD_START_MS);
  readonly #kept: { readonly atMs: number; readonly frame: Uint8Array }[] = [];
  /** All that was said and decided, by whom. */
  readonly told: unknown[] = [];
  readonly #regions = new Map<string, Region>();
  readonly #transports = new Map<string, Transport>();
  readonly #loopback = new Loopback((deliver) => this.time.after(ONE_WAY_MS, deliver), silent);
  #lives = 0;

  async start(region: string, newCluster: boolean): Promise<void> {
    const codec = createCodec({ region, environment: 'test', key: Buffer.alloc(32, 7) });
    const tapped = {
      ...codec,
      encode: (message: Message, to?: string) => {
        this.told.push([region, to, message]);
        const frame = codec.encode(message, to);
        if (frame !== undefined) this.#kept.push({ atMs: this.time.nowMs, frame });
        return frame;
      },
    };
    const setup = { region, members: THREE_REGIONS, limits: LIMITS, timing: DEFAULT_TIMING, newCluster };
    const ledger = (this.#lives++).toString(16).padStart(16, '0');
    const transport = this.#loopback.transport(region, tapped);
    const started = new Region(
      { ...setup, ledger },
      { clock: new VirtualClock(this.time), transport, log: silent },
    );
    this.#regions.set(region, started);
    this.#transports.set(region, transport);
    await started.start();
  }

  async stop(region: string): Promise<void> {
    await this.#regions.get(region)?.stop();
  }

  /** Lets time pass, with as much demand as makes quota move. */
  run(ms: number): void {
    for (const until = this.time.nowMs + ms; this.time.nowMs < until; ) {
      this.time.runUntil(this.time.nowMs + 50);
      for (const [region, asked] of this.#regions) {
        const permits = region === 'ap-southeast' ? 2 : 1;
        for (const { resource, windowMs } of LIMITS) {
          const { allowed } = asked.check({ resource, dimensions: {}, permits });
          this.told.push([region, resource, allowed]);
          const window = `${resource} ${Math.floor(this.time.nowMs / windowMs)}`;
          if (allowed) this.admitted.set(window, (this.admitted.get(window) ?? 0) + permits);
        }
      }
    }
  }

  /** Every frame that has arrived by now; one that is under way would only be early. */
  arrived(): readonly Uint8Array[] {
    return this.#kept.flatMap(({ atMs, frame }) => (atMs < this.time.nowMs - ONE_WAY_MS ? [frame] : []));
  }

  /** Sends frames again, to every region, in an order that the seed gives. */
  replay(frames: readonly Uint8Array[], seed: number): void {
    let state = seed;
    const chance = () => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      return state / 2 ** 31;
    };
    const shuffled = frames.map((frame) => ({ frame, at: chance() })).sort((a, b) => a.at - b.at);
    for (const { frame } of shuffled)
      for (const region of this.#regions.keys()) this.#loopback.inject(region, frame);
  }

  /** How many frames were told from new ones, in each region. */
  replaysTold(): readonly number[] {
    return [...this.#transports.values()].map((each) => each.counters().framesRejected['replay'] ?? 0);
  }

  /** Permits by limit and window, as clients were told. */
  readonly admitted = new Map<string, number>();

  /** What every region knows of every window that is open. */
  books(): unknown {
    return [...this.#regions].map(([region, asked]) => [
      region,
      LIMITS.map(({ name }) => asked.usage(name, '')),
      asked.view().peers.map(({ region: peer, status, fenced }) => [peer, status, fenced]),
    ]);
  }
}

async function talking(): Promise<Wire> {
  const wire = new Wire();
  for (const { region } of THREE_REGIONS) await wire.start(region, true);
  wire.run(9_000);
  return wire;
}

test('frames that are kept and sent again, in any order and at any time, change nothing of what is said or decided after', async () => {
  const [plain, attacked] = await Promise.all([talking(), talking()]);
  expect(attacked.told).toEqual(plain.told);
  expect(JSON.stringify(plain.told)).toContain('"kind":"pull"');
  for (let round = 1; round <= 5; round += 1) {
    attacked.replay(attacked.arrived(), round);
    for (const wire of [plain, attacked]) wire.run(1_300);
  }
  expect(attacked.told).toEqual(plain.told);
  expect(attacked.books()).toEqual(plain.books());
  for (const told of attacked.replaysTold()) expect(told).toBeGreaterThan(1_000);
  expect(plain.replaysTold()).toEqual([0, 0, 0]);
});

test('to a region that has lost all memory old frames are new, and no window admits more for it', async () => {
  const wire = await talking();
  const old = wire.arrived();
  await wire.stop('eu-west');
  wire.run(3_000);
  await wire.start('eu-west', false);
  for (let round = 1; round <= 4; round += 1) {
    wire.replay(old, round);
    wire.run(4_000);
  }
  const most: Readonly<Record<string, number>> = { moving: 90, still: 1_000 };
  const over = [...wire.admitted].filter(
    ([window, permits]) => permits > (most[window.split(' ')[0] ?? ''] ?? 0),
  );
  expect(over).toEqual([]);
  expect([...wire.admitted.values()].filter((permits) => permits > 80)).not.toEqual([]);
});
