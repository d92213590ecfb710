import { Type } from 'typebox';
import { openProblems } from './problem-schema.ts';

const TAGS = ['health'];

const HEALTH = Type.Object(
  {
    status: Type.Enum(['UP', 'DEGRADED', 'DOWN']),
    region: Type.String(),
    checks: Type.Object({
      decisions: Type.Enum(['ok', 'starting', 'sitting_out', 'draining'], {
        description: 'whether this process decides; one that sits out denies whatever needs permits',
      }),
      share: Type.Enum(['whole', 'floor'], {
        description: 'whether the region may use its whole share, or its floor only',
      }),
      transport: Type.String({ description: 'ok, or disconnected with why, where that is known' }),
      store: Type.Optional(
        Type.String({ description: "ok, or what is wrong with the store that the region's nodes share" }),
      ),
      peers: Type.Record(Type.String(), Type.String(), {
        description: 'up, suspected or unheard, with why, where that is known',
      }),
      configuration: Type.String({ description: 'ok, or what is wrong with the newest files' }),
    }),
  },
  { title: 'Health', description: 'How this coordinator is.' },
);

const READY = Type.Object({ ready: Type.Literal(true) }, { description: 'Ready to decide.' });

const NOT_READY = Type.Object(
  { ready: Type.Literal(false), reason: Type.Enum(['starting', 'sitting_out', 'draining']) },
  { description: 'Not ready.' },
);

/** `GET /health` for the document. */
export const GET_HEALTH = {
  tags: TAGS,
  summary: 'Health: UP, DEGRADED or DOWN',
  response: {
    ...openProblems(),
    200: json('UP or DEGRADED.', HEALTH),
    503: json('DOWN: starting or draining.', HEALTH),
  },
};

/** `GET /health/live` for the document. */
export const GET_LIVE = {
  tags: TAGS,
  summary: 'Is the process alive?',
  response: { ...openProblems(), 200: json('It is.', Type.Object({ live: Type.Literal(true) })) },
};

/** `GET /health/ready` for the document. */
export const GET_READY = {
  tags: TAGS,
  summary: 'Is it ready to decide?',
  response: {
    ...openProblems(),
    200: json('It is.', READY),
    503: json('It is not, or not any more.', NOT_READY),
  },
};

function json<Schema>(description: string, schema: Schema) {
  return { description, content: { 'application/json': { schema } } };
}
