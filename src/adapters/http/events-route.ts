import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { HeadgateError } from '../../errors.ts';
import type { Told } from '../../watch/watch.ts';
import { refuseParameters } from './admin-input.ts';
import { LISTENERS_MAX, LISTENING_AGAIN_MS, LISTENING_MS_MAX, UNREAD_EVENTS_BYTES_MAX } from './bounds.ts';
import type { HttpContext } from './context.ts';
import { GET_EVENTS } from './document/events-operations.ts';
import type { Query } from './query.ts';

/** What a proxy must neither keep, nor gather before it passes it on. */
const FIELDS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
};

/**
 * Adds `/v1/events`: server-sent events (the HTML standard's text/event-stream). A listener is told everything first, so one that comes
 * again needs nothing from before; what it is told every second shows that the connection lives. One that does not read is let go.
 */
export function addEventsRoute(server: FastifyInstance, { listen, clock, phase }: HttpContext): void {
  const open = new Set<Readable>();
  // Streams have no end of their own, and would keep the server from stopping.
  server.addHook('preClose', (done) => {
    for (const stream of open) stream.push(null);
    done();
  });

  server.get('/v1/events', { schema: GET_EVENTS, exposeHeadRoute: false }, (request, reply) => {
    refuseParameters(request.query as Query);
    if (open.size >= LISTENERS_MAX) throw new HeadgateError('too_many_listeners');
    const stream = new Readable({ read() {} });
    open.add(stream);
    stream.push(`retry: ${LISTENING_AGAIN_MS}\n\n`);
    const untilMonoMs = clock.now().monoMs + LISTENING_MS_MAX;
    const cancel = listen((told) => {
      stream.push(textOf(told));
      if (stream.readableLength > UNREAD_EVENTS_BYTES_MAX) stream.destroy();
      else if (clock.now().monoMs >= untilMonoMs) stream.push(null);
    });
    stream.once('close', () => {
      cancel();
      open.delete(stream);
    });
    if (phase() === 'stopping') stream.push(null);
    return reply.headers(FIELDS).send(stream);
  });
}

/** One event as text; its data is JSON, which has no line breaks. */
function textOf({ event, id, data }: Told): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${data}\n\n`;
}
