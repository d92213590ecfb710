import { connect } from 'node:net';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { expect, onTestFinished, test } from 'vitest';
import { UNREAD_EVENTS_BYTES_MAX } from '../../src/adapters/http/bounds.ts';
import { eventually } from '../eventually.ts';
import { ask, type Served, serve } from './http-fixture.ts';

const NEWS = { kind: 'fence', tone: 'info', event: 'made_up', text: 'something' } as const;

/** Listens to the events of a server; `ended` tells how the stream did. */
async function listen({ origin }: Served) {
  const leaving = new AbortController();
  onTestFinished(() => leaving.abort());
  const answer = await fetch(`${origin}/v1/events`, { signal: leaving.signal });
  const events: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => void events.push(event) });
  const read = async () => {
    const decoder = new TextDecoder();
    for await (const chunk of answer.body ?? []) parser.feed(decoder.decode(chunk, { stream: true }));
    return 'ended';
  };
  return { answer, events, ended: read().catch(() => 'broken'), leave: () => leaving.abort() };
}

test('events are told as they happen, everything first', async () => {
  const served = await serve();
  const { answer, events } = await listen(served);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  await eventually(() => events.length === 1);
  served.world.check('us-east', 7);
  served.world.run(1_000);
  served.watch.note(NEWS);
  await eventually(() => events.length === 3);
  expect(events.map(({ event }) => event)).toEqual(['snapshot', 'second', 'happening']);
  const [, second, happening] = events.map(({ data }) => JSON.parse(data));
  expect(second.limits[1].rates.admitted).toBe(7);
  expect(events[2]?.id).toBe(happening.id);
});

test('a listener that comes again is told what happened meanwhile', async () => {
  const served = await serve();
  const first = await listen(served);
  await eventually(() => first.events.length === 1);
  first.leave();
  await first.ended;
  served.watch.note(NEWS);
  const { events } = await listen(served);
  await eventually(() => events.length === 1);
  expect(JSON.parse(events[0]?.data ?? '').happenings).toMatchObject([NEWS]);
});

test('a server that stops ends its streams, and is not held up by them', async () => {
  const served = await serve();
  const { events, ended } = await listen(served);
  await eventually(() => events.length === 1);
  const startedMs = performance.now();
  await served.server.stop();
  expect(await ended).toBe('ended');
  expect(performance.now() - startedMs).toBeLessThan(3_000);
});

test('a listener that does not read is let go, and the others hear on', async () => {
  const served = await serve();
  const socket = connect(served.port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  let closed = false;
  socket.once('close', () => {
    closed = true;
  });
  socket.write('GET /v1/events HTTP/1.1\r\nHost: h\r\n\r\n');
  await new Promise((resolve) => socket.once('data', resolve));
  socket.pause();
  const other = await listen(served);
  const text = 'x'.repeat(UNREAD_EVENTS_BYTES_MAX / 4);
  await eventually(
    () => {
      served.watch.note({ ...NEWS, text });
      if (socket.isPaused() && other.events.length > 40) socket.resume();
      return closed;
    },
    { withinMs: 8_000 },
  );
  expect(await ask(`${served.origin}/v1/regions`)).toMatchObject({ status: 200 });
  expect(other.events.length).toBeGreaterThan(40);
});

test('listening needs the role read, and the head alone cannot be asked for', async () => {
  const hash = `sha256:${'0'.repeat(64)}`;
  const { origin } = await serve({ tokens: [{ name: 'somebody', role: 'read', hash }] });
  expect((await ask(`${origin}/v1/events`)).body.code).toBe('token_missing');
  const open = await serve();
  expect((await fetch(`${open.origin}/v1/events`, { method: 'HEAD' })).status).toBe(405);
});
