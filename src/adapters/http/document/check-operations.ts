import { Type } from 'typebox';
import { BATCH_ITEMS_MAX } from '../bounds.ts';
import { BatchBody, BodyQuery, CheckBody, CheckHeaders, CheckQuery } from '../check-schema.ts';
import { ALLOWED, DENIED } from './answer-schema.ts';
import { PROBLEM_MEDIA_TYPE, problemSchema, problems, type Responses } from './problem-schema.ts';

const UNAVAILABLE = problemSchema(['starting', 'draining', 'overloaded']);

const denied = { schema: DENIED };
const deniedTypes = { [PROBLEM_MEDIA_TYPE]: denied, 'application/json': denied };

/** What a check is answered with, beside what is wrong with the request. */
const DECISIONS: Responses = {
  200: {
    description: 'Allowed; or denied, where denials are asked for as 200.',
    content: { 'application/json': { schema: Type.Union([ALLOWED, DENIED]) } },
  },
  403: {
    description: 'Denied, as 403; or the token is for something else: `role_missing`.',
    content: {
      [PROBLEM_MEDIA_TYPE]: { schema: Type.Union([DENIED, problemSchema(['role_missing'])]) },
      'application/json': denied,
    },
  },
  429: { description: 'Denied.', content: deniedTypes },
  503: {
    description: 'Denied, as 503; or this region does not decide: `starting`, `draining`, `overloaded`.',
    content: {
      [PROBLEM_MEDIA_TYPE]: { schema: Type.Union([DENIED, UNAVAILABLE]) },
      'application/json': denied,
    },
  },
};

const TAGS = ['decisions'];

const SUB_PATHS =
  'Every path below `/check/` is the same endpoint, as gateways append the path that they ask about.';

/** `GET /check` for the document. */
export const GET_CHECK = {
  tags: TAGS,
  summary: 'Decide, asked in the query',
  description: SUB_PATHS,
  querystring: CheckQuery,
  headers: CheckHeaders,
  response: { ...problems('invalid_request', 'request_id_reused'), ...DECISIONS },
};

/** `POST /check` for the document. */
export const POST_CHECK = {
  tags: TAGS,
  summary: 'Decide',
  description: SUB_PATHS,
  querystring: BodyQuery,
  headers: CheckHeaders,
  body: CheckBody,
  response: {
    ...problems(
      'malformed_json',
      'invalid_request',
      'body_too_large',
      'unsupported_media_type',
      'request_id_reused',
    ),
    ...DECISIONS,
  },
};

/** `POST /check/batch` for the document. */
export const POST_BATCH = {
  tags: TAGS,
  summary: `Decide up to ${BATCH_ITEMS_MAX} requests`,
  description:
    'Each is decided by itself, in their order, and the answers come in the same order. If one of them is not right, none is decided and nothing is spent.',
  querystring: BodyQuery,
  body: BatchBody,
  response: {
    ...problems(
      'malformed_json',
      'invalid_request',
      'body_too_large',
      'unsupported_media_type',
      'request_id_reused',
      'starting',
      'draining',
      'overloaded',
    ),
    200: {
      description: 'One answer for each request.',
      content: { 'application/json': { schema: Type.Array(Type.Union([ALLOWED, DENIED])) } },
    },
  },
};
