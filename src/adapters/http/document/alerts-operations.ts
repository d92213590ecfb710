import { Type } from 'typebox';
import { problems } from './problem-schema.ts';

const time = Type.Number({ description: 'milliseconds since 1970' });

/** What both the list and messages say of an alert. */
const ABOUT = {
  id: Type.String({ description: 'the same from its beginning to its end' }),
  name: Type.String({
    description: 'such as `peer_unreachable`; the settings list all of them under `alerts`',
  }),
  state: Type.Enum(['firing', 'resolved']),
  severity: Type.Enum(['warning', 'critical']),
  text: Type.String({ description: 'for people' }),
  region: Type.Optional(Type.String({ description: 'whom it is about, where it is about one' })),
  limit: Type.Optional(Type.String()),
};

/** `GET /v1/alerts` for the document. */
export const GET_ALERTS = {
  tags: ['state'],
  summary: 'What is wrong here now, and what was',
  description: 'Those that last, the longest first; then up to 200 that are over, the newest first.',
  response: {
    ...problems('invalid_request'),
    200: {
      description: 'The alerts.',
      content: {
        'application/json': {
          schema: Type.Object({
            region: Type.String(),
            alerts: Type.Array(Type.Object({ ...ABOUT, sinceMs: time, untilMs: Type.Optional(time) })),
          }),
        },
      },
    },
  },
};

const MESSAGE = Type.Object({
  type: Type.Enum(['alert.firing', 'alert.resolved']),
  timestamp: Type.String({ description: 'when it began or ended (RFC 3339)' }),
  data: Type.Object({
    ...ABOUT,
    startedAt: Type.String(),
    endedAt: Type.Optional(Type.String()),
    seenBy: Type.Object({ environment: Type.String(), region: Type.String(), node: Type.String() }),
    dedupKey: Type.String({ description: 'the same for the same trouble here, whenever it comes' }),
  }),
});

/** Messages that receivers of `alerts.webhooks` get, for the document. */
export const ALERT_WEBHOOK = {
  alert: {
    post: {
      tags: ['state'],
      summary: 'An alert begins or is over',
      description:
        'Sent to the receivers of `alerts.webhooks` and signed as Standard Webhooks has it: `webhook-id` (the same for every try), `webhook-timestamp` and `webhook-signature`. An answer other than 2xx is tried again for some minutes, unless it is a 4xx that says that the message itself is wrong.',
      requestBody: { content: { 'application/json': { schema: MESSAGE } } },
      responses: { '200': { description: 'Taken.' } },
    },
  },
};
