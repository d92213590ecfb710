import type { FastifyInstance } from 'fastify';
import type { AlertRecord } from '../../watch/alert-log.ts';
import { refuseParameters } from './admin-input.ts';
import type { HttpContext } from './context.ts';
import { GET_ALERTS } from './document/alerts-operations.ts';
import type { Query } from './query.ts';

/** Adds `/v1/alerts`: what is wrong here now, and what was. */
export function addAlertsRoute(server: FastifyInstance, { region, alerts }: HttpContext): void {
  server.get('/v1/alerts', { schema: GET_ALERTS }, (request) => {
    refuseParameters(request.query as Query);
    return { region, alerts: alerts.list().map(entryOf) };
  });
}

function entryOf({ id, name, tone, text, sinceMs, untilMs, ...about }: AlertRecord): object {
  const state = untilMs === undefined ? 'firing' : 'resolved';
  return {
    id,
    name,
    state,
    severity: tone,
    text,
    ...about,
    sinceMs,
    ...(untilMs !== undefined && { untilMs }),
  };
}
