import { Type } from 'typebox';
import { CheckQuery, TEXT } from '../check-schema.ts';
import { EXPLAINED } from './answer-schema.ts';
import { problems } from './problem-schema.ts';

const { resource, permits, dimensions } = CheckQuery.properties;

/** `GET /v1/explain` for the document. */
export const GET_EXPLAIN = {
  tags: ['state'],
  summary: 'What would be decided about a request, with nothing spent',
  description:
    'By the very rules of `/check`: waits, roll-outs and limits in shadow included. Nothing is spent, counted or asked of other regions.',
  querystring: Type.Object({
    resource,
    permits: Type.Optional(permits),
    domain: Type.Optional(
      Type.String({
        ...TEXT,
        description: 'as a rate limit service is asked with; left out, as `/check` is asked',
      }),
    ),
    dimensions,
  }),
  response: {
    ...problems('invalid_request', 'region_silent'),
    200: { description: 'What would be decided.', content: { 'application/json': { schema: EXPLAINED } } },
  },
};
