import { type TSchema, Type } from 'typebox';
import type { ErrorCode } from '../../../errors.ts';
import { problems } from './problem-schema.ts';

const TAGS = ['administration'];

const count = Type.Integer({ minimum: 0 });
const any = Type.Unknown();

const version = Type.String({ description: 'number and publisher, such as `7@us-east`' });

const limitForm = Type.Object(
  { name: Type.String() },
  { additionalProperties: true, description: 'a limit as a limits file has it' },
);

const field = Type.Object({ field: Type.String(), before: Type.Optional(any), after: Type.Optional(any) });

const difference = Type.Object({
  limits: Type.Array(
    Type.Object({
      name: Type.String(),
      kind: Type.Enum(['added', 'removed', 'changed']),
      fields: Type.Array(field),
    }),
  ),
  reordered: Type.Boolean({ description: 'the same limits stand in another order' }),
  members: Type.Array(field, { description: 'what changed of the regions' }),
});

const text = Type.String({ description: 'the difference for people: + new, - gone, ~ changed' });

const affected = Type.Object({
  limits: Type.Array(
    Type.Object({
      name: Type.String(),
      keys: Type.Integer({ minimum: 0, description: 'keys with counters here' }),
      demand: Type.Number({ minimum: 0, description: 'permits a second asked for here' }),
      shares: Type.Array(Type.Object({ region: Type.String(), before: count, after: count })),
    }),
  ),
  waitsFor: Type.Array(Type.String(), {
    description: 'regions out of contact: whatever becomes more waits for them',
  }),
});

const durable = Type.Boolean({ description: 'whether this outlives the process' });

const CHANGED = Type.Object(
  {
    dryRun: Type.Boolean(),
    changed: Type.Boolean({ description: 'false when it was so already, or in a dry run' }),
    from: version,
    version,
    difference,
    text,
    affected,
    durable,
    requestId: Type.String(),
  },
  { description: 'What changed, or would change.' },
);

const origin = {
  action: Type.String({
    description: 'what made it: such as `limit.put`, `rollback`, `limits-file`, `heard`',
  }),
  by: Type.String(),
  comment: Type.Optional(Type.String()),
};

const CURRENT = Type.Object({
  version,
  fingerprint: Type.String(),
  environment: Type.String(),
  source: Type.Object(origin),
  differsFromFile: Type.Boolean({ description: 'other limits are in force than the limits file has' }),
  file: Type.Object({
    version: Type.Literal(1),
    environment: Type.String(),
    limits: Type.Array(limitForm),
  }),
});

const VERSIONS = Type.Object({
  durable,
  versions: Type.Array(
    Type.Object({
      version,
      fingerprint: Type.String(),
      atMs: Type.Integer(),
      ...origin,
      newest: Type.Boolean(),
      changes: Type.Array(Type.String()),
      limits: count,
      adopted: Type.Array(Type.Object({ region: Type.String(), epoch: Type.Integer() })),
    }),
    { description: 'newest first' },
  ),
});

const DIFF = Type.Object({ from: version, to: version, difference, text });

const AUDIT = Type.Object({
  durable,
  entries: Type.Array(
    Type.Object({
      id: Type.String(),
      atMs: Type.Integer(),
      environment: Type.String(),
      actor: Type.Object({
        name: Type.String(),
        role: Type.String(),
        address: Type.Optional(Type.String()),
      }),
      action: Type.String(),
      target: Type.Optional(Type.String()),
      from: version,
      to: Type.Optional(version),
      outcome: Type.Enum(['changed', 'unchanged', 'refused', 'unknown']),
      code: Type.Optional(Type.String()),
      changes: Type.Optional(Type.Array(Type.String())),
      comment: Type.Optional(Type.String()),
      requestId: Type.String(),
    }),
    { description: 'oldest first' },
  ),
});

const changeQuery = {
  dryRun: Type.Optional(
    Type.Enum(['0', '1'], { description: '1 says what would change, and changes nothing' }),
  ),
  comment: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 256,
      pattern: '^[A-Za-z ]+$',
      description: 'why; for versions and audit log',
    }),
  ),
};

const changeHeaders = Type.Object({
  'if-match': Type.Optional(Type.String({ description: 'the version that must be the newest still' })),
});

const name = Type.Object({ name: Type.String({ description: 'name of the limit' }) });

/** Every change may meet these. */
const CHANGE_CODES: readonly ErrorCode[] = [
  'invalid_request',
  'version_changed',
  'cannot_publish',
  'audit_unavailable',
];
const BODY_CODES: readonly ErrorCode[] = ['malformed_json', 'body_too_large', 'unsupported_media_type'];
const TEXT_CODES: readonly ErrorCode[] = [...BODY_CODES, 'invalid_limits'];

/** `GET /v1/admin/limits` for the document. */
export const GET_CURRENT = {
  ...operation('The limits in force, in the form of a limits file', CURRENT, ['invalid_request']),
  response: {
    ...problems('invalid_request'),
    200: {
      description: 'The limits; with `Accept: application/yaml` as a limits file. The ETag is the version.',
      content: {
        'application/json': { schema: CURRENT },
        'application/yaml': { schema: Type.String() },
      },
    },
  },
};

/** `PUT /v1/admin/limits` for the document. */
export const PUT_LIMITS = {
  ...change('Replace all limits by those of a limits file, in YAML or JSON', TEXT_CODES),
  ...fileBody('a limits file', Type.Object({ version: Type.Literal(1), limits: Type.Array(limitForm) })),
};

/** `PUT /v1/admin/limits/{name}` for the document. */
export const PUT_LIMIT = {
  ...change('Make or replace one limit', TEXT_CODES),
  ...fileBody('a limit as a limits file has it; its name may be left out', limitForm),
  params: name,
};

/** `DELETE /v1/admin/limits/{name}` for the document. */
export const DELETE_LIMIT = { ...change('Remove one limit', ['unknown_limit']), params: name };

/** `PUT /v1/admin/limits/{name}/overrides` for the document. */
export const PUT_OVERRIDE = {
  ...change('Give some keys of a limit another amount', [...TEXT_CODES, 'unknown_limit']),
  ...fileBody(
    'an override as a limits file has it',
    Type.Object({
      dimensions: Type.Record(Type.String(), Type.String()),
      limit: count,
      burst: Type.Optional(count),
    }),
  ),
  params: name,
};

/** `DELETE /v1/admin/limits/{name}/overrides` for the document. */
export const DELETE_OVERRIDE = {
  ...change('Take an override away: that of `d.NAME=value`, as for decisions', [
    'unknown_limit',
    'unknown_override',
  ]),
  params: name,
};

/** `POST /v1/admin/rollback` for the document. */
export const POST_ROLLBACK = {
  ...change('Put the limits of an earlier version in force again, as a new version', [
    ...TEXT_CODES,
    'unknown_version',
  ]),
  body: Type.Object({ to: version }),
};

/** `GET /v1/admin/versions` for the document. */
export const GET_VERSIONS = operation('Versions: what was in force when, and by whom', VERSIONS, [
  'invalid_request',
]);

/** `GET /v1/admin/versions/{a}/diff/{b}` for the document. */
export const GET_DIFF = {
  ...operation('What makes one version another', DIFF, ['invalid_request', 'unknown_version']),
  params: Type.Object({ a: version, b: version }),
};

/** `GET /v1/admin/audit` for the document. */
export const GET_AUDIT = {
  ...operation('The audit log of this coordinator', AUDIT, ['invalid_request']),
  querystring: Type.Object({
    since: Type.Optional(
      Type.String({ description: 'a time such as 2026-01-31T12:00:00Z, or Unix milliseconds' }),
    ),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1_000, description: 'most entries; the newest are kept' }),
    ),
  }),
};

/** `POST /v1/admin/drain` for the document. */
export const POST_DRAIN = {
  ...operation(
    'Make this coordinator not ready any more; it decides on until it is stopped',
    Type.Object({ draining: Type.Boolean(), dryRun: Type.Boolean() }),
    ['invalid_request', 'audit_unavailable', ...BODY_CODES],
  ),
  querystring: Type.Object(changeQuery),
};

function operation(summary: string, schema: TSchema, codes: readonly ErrorCode[]) {
  return {
    tags: TAGS,
    summary,
    response: {
      ...problems(...codes),
      200: { description: `${summary}.`, content: { 'application/json': { schema } } },
    },
  };
}

function change(summary: string, codes: readonly ErrorCode[]) {
  return {
    ...operation(summary, CHANGED, [...CHANGE_CODES, ...codes]),
    querystring: Type.Object(changeQuery),
    headers: changeHeaders,
  };
}

/** A body that is YAML or JSON. */
function fileBody(description: string, schema: TSchema) {
  return {
    consumes: ['application/json', 'application/yaml'],
    body: Type.Unsafe({ ...schema, description }),
  };
}
