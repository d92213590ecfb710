import { type TSchema, Type } from 'typebox';
import { DESCRIPTORS_MAX, ENTRIES_MAX } from './bounds.ts';
import { CODES, UNITS } from './messages.ts';

const wholeNumber = (description: string) => Type.Integer({ minimum: 0, description });

const closed = { additionalProperties: false };

const override = Type.Object(
  {
    requestsPerUnit: wholeNumber('at most this many for this request to pass'),
    unit: Type.Enum(UNITS.slice(1), { description: 'applies to limits whose window is that long' }),
    unitMultiplier: Type.Optional(wholeNumber('how many units the window is long, where it is not one')),
  },
  { ...closed, description: 'a stricter cap; a looser one changes nothing' },
);

const descriptor = Type.Object(
  {
    entries: Type.Array(Type.Object({ key: Type.String(), value: Type.Optional(Type.String()) }, closed), {
      minItems: 1,
      maxItems: ENTRIES_MAX,
      description: 'dimensions and their values',
    }),
    limit: Type.Optional(override),
    hitsAddend: Type.Optional(wholeNumber('permits; 0 asks whether anything is left and spends nothing')),
  },
  closed,
);

const BODY = Type.Object(
  {
    domain: Type.String({ description: 'the resource that limits match' }),
    descriptors: Type.Array(descriptor, { minItems: 1, maxItems: DESCRIPTORS_MAX }),
    hitsAddend: Type.Optional(wholeNumber('permits of every descriptor that says nothing else; 0 means 1')),
  },
  closed,
);

const code = Type.Enum(CODES.slice(1));

const ANSWER = Type.Object(
  {
    overallCode: code,
    statuses: Type.Array(
      Type.Object(
        {
          code,
          currentLimit: Type.Optional(
            Type.Object(
              {
                name: Type.String(),
                requestsPerUnit: Type.Optional(Type.Integer()),
                unit: Type.Enum(UNITS.slice(1)),
                unitMultiplier: Type.Optional(Type.Integer()),
              },
              closed,
            ),
          ),
          limitRemaining: Type.Optional(wholeNumber('absent where it is 0')),
          durationUntilReset: Type.Optional(Type.String({ description: 'such as `30s`' })),
        },
        closed,
      ),
      { description: 'one for each descriptor, in their order' },
    ),
    responseHeadersToAdd: Type.Optional(
      Type.Array(Type.Object({ key: Type.String(), value: Type.String() }, closed)),
    ),
    dynamicMetadata: Type.Optional(Type.Record(Type.String(), Type.String())),
  },
  closed,
);

const problem = (description: string) => documented(description, 'application/problem+json', Type.Object({}));

/** `POST /json` for the document of the HTTP interface. */
export const POST_JSON = {
  tags: ['decisions'],
  summary: 'Decide, asked as Envoy’s rate limit service is',
  description:
    'The same decision as `envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit` over gRPC, for clients without it. All descriptors pass, or none spends.',
  body: BODY,
  response: {
    200: documented('Everything is within its limits.', 'application/json', ANSWER),
    429: documented('Something is over its limit. Nothing was spent.', 'application/json', ANSWER),
    400: problem('`malformed_json`, `invalid_request`: the body is not such a request.'),
    401: problem('`token_missing`, `token_invalid`: there are tokens, and none of them was sent.'),
    403: problem('`role_missing`: the token is for something else than decisions.'),
    413: problem('`body_too_large`: the body is too large.'),
    500: problem('`internal`: something went wrong inside.'),
    503: problem('`starting`, `draining`: this region does not decide.'),
  },
};

function documented(description: string, mediaType: string, schema: TSchema) {
  return { description, content: { [mediaType]: { schema } } };
}
