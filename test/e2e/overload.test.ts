import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../eventually.ts';
import { Targets } from '../fuzz/targets.ts';

// Far more callers than a region can answer at once. What is not decided is refused, not left waiting.

const CALLERS = 2_000;

/** Requests of each caller, sent at once: fewer than one read of a connection may hold. */
const REQUESTS = 4;

const ASKED = `${'GET /check?resource=a HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(REQUESTS - 1)}GET /check?resource=a HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`;

/** Memory, in bytes, that so many open connections may take besides what a region has anyway. */
const GROWTH_BYTES_MAX = 200 * 1024 * 1024;

let targets: Targets | undefined;

beforeAll(async () => {
  targets = await Targets.start();
});

afterAll(async () => {
  await targets?.stop();
});

test('who asks too much is refused with 503 and told when to come back; health answers all the while, and it passes', async () => {
  const { httpPort: port } = targets as Targets;
  const url = `http://127.0.0.1:${port}`;
  const before = await metric(url, 'process_resident_memory_bytes');
  const refusedBefore = await metric(url, 'headgate_requests_shed_total');
  const callers = Array.from({ length: CALLERS }, () => connect(port, '127.0.0.1').setEncoding('latin1'));
  try {
    await Promise.all(callers.map((caller) => once(caller, 'connect')));
    const said = callers.map(textOf);
    for (const caller of callers) caller.write(ASKED);
    const health = fetch(`${url}/health`);
    const text = (await Promise.all(said)).join('');
    expect((await health).status).toBe(200);
    const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status);
    expect(statuses.length).toBe(CALLERS * REQUESTS);
    expect(new Set(statuses)).toEqual(new Set(['200', '503']));
    const refused = statuses.filter((status) => status === '503').length;
    expect([...text.matchAll(/^retry-after: 1\r$/gim)].length).toBe(refused);
    expect([...text.matchAll(/"code":"overloaded"/g)].length).toBe(refused);
    expect(await metric(url, 'headgate_requests_shed_total')).toBe(refusedBefore + refused);
    expect(await metric(url, 'process_resident_memory_bytes')).toBeLessThan(before + GROWTH_BYTES_MAX);
  } finally {
    for (const caller of callers) caller.destroy();
  }
  await eventually(async () => (await fetch(`${url}/check?resource=a`)).status === 200, {
    withinMs: 2_000,
    what: 'a check is decided again',
  });
}, 60_000);

async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]);
}

/** All that comes over a connection until it ends. */
async function textOf(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (piece: string) => {
    text += piece;
  });
  await once(socket, 'close');
  return text;
}
