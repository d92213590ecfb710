import type { FastifyInstance } from 'fastify';
import Negotiator from 'negotiator';
import type { HttpContext } from './context.ts';
import { GET_METRICS } from './document/state-operations.ts';

/** The media types of the formats, the one that is sent unless another is asked for first. */
const TYPES = ['text/plain; version=0.0.4', 'application/openmetrics-text; version=1.0.0'];

/** Adds `/metrics`: in Prometheus' text format or, to who prefers it, as OpenMetrics, where requests that are traced stand for numbers. */
export function addMetricsRoute(server: FastifyInstance, { telemetry }: HttpContext): void {
  server.get('/metrics', { schema: GET_METRICS }, async (request, reply) => {
    const preferred = new Negotiator(request.raw).mediaType(TYPES);
    const { contentType, text } = await telemetry.scrape(
      preferred === TYPES[1] ? 'openmetrics' : 'prometheus',
    );
    return reply.header('content-type', contentType).header('vary', 'accept').send(text);
  });
}
