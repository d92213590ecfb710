import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../eventually.ts';
import type { LimitEntry } from './cluster.ts';
import { Figures, inSeconds } from './figures.ts';
import { Wire, type WireAnswer } from './wire.ts';
import { usages, Worlds } from './world.ts';

const ORDERS: LimitEntry = { name: 'orders', match: { resource: 'orders' }, limit: 1_000, window: '60s' };

const worlds = new Worlds();
const figures = new Figures();

beforeAll(() => worlds.start({ limits: [ORDERS] }, []));

afterAll(async () => {
  await worlds.stop();
  figures.print();
});

const WINDOW_MS = 60_000;

const PERMITS = 40;
const BODY = `{"resource":"orders","permits":${PERMITS}}`;
const HEAD = `POST /check HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n`;

test('a region that is told to stop finishes what is in flight, is not ready, tells its peers all it spent, and ends with 0', async () => {
  await worlds.tell(async (world) => {
    const { cluster } = world;
    const region = cluster.regions['us-east'];
    const port = Number(new URL(region.url).port);
    const [check, ready] = [await Wire.open(port), await Wire.open(port)];
    // Both connections have been served, and have the next request half sent, when the signal comes.
    for (const wire of [check, ready]) {
      wire.send(HEAD + BODY.replace('40', '0 '));
      expect((await wire.answer())?.status).toBe(200);
    }
    check.send(HEAD + BODY.slice(0, 10));
    ready.send('GET /health/ready HTTP/1.1\r\nHost: x\r\n');
    const { windowId, spent } = await spend(port);
    const toldMs = performance.now();
    region.signal('SIGTERM');
    await eventually(async () => {
      const wire = await Wire.open(port).catch(() => undefined);
      wire?.close();
      return wire === undefined;
    });
    ready.send('\r\n');
    check.send(BODY.slice(10));
    const [readiness, decision] = [await ready.answer(), await check.answer()];
    expect(readiness).toMatchObject({ status: 503, body: expect.stringContaining('draining') });
    // Its answer is whole: a decision, or the advice to ask elsewhere.
    expect([200, 503]).toContain(decision?.status);
    expect(await region.ended()).toBe(0);
    const tookMs = performance.now() - toldMs;
    // Long before the connections, which their clients keep open, would be closed by force.
    expect(tookMs).toBeLessThan(3_000);
    const later = decision === undefined ? 0 : spentIn(decision, windowId);
    await eventually(async () => {
      const question = { limit: 'orders', windowId, among: ['eu-west', 'ap-southeast'] } as const;
      const said = await usages(world, question);
      return said.every((usage) => usage?.['us-east'] === spent + later);
    });
    figures.note(
      cluster.transport,
      'told to stop',
      `ended with 0 after ${inSeconds(tookMs)}; ${spent} spent, known to all peers`,
    );
  });
});

test('all regions end with 0 when they are told to', async () => {
  await worlds.tell(async ({ cluster }) => {
    expect(await cluster.stop()).toEqual([0, 0, 0]);
  });
});

/** Spends permits until there were enough for the peers to be told, and says how many it was in which window. */
async function spend(port: number): Promise<{ readonly windowId: number; readonly spent: number }> {
  const wire = await Wire.open(port);
  const windowId = Math.floor(Date.now() / WINDOW_MS);
  let spent = 0;
  await eventually(async () => {
    wire.send(HEAD + BODY);
    const answer = await wire.answer();
    spent += answer === undefined ? 0 : spentIn(answer, windowId);
    return spent >= 200;
  });
  return { windowId, spent };
}

function spentIn({ body }: WireAnswer, windowId: number): number {
  const { allowed, resetAt } = JSON.parse(body) as { readonly allowed?: boolean; readonly resetAt?: number };
  return allowed === true && resetAt === (windowId + 1) * WINDOW_MS ? PERMITS : 0;
}
