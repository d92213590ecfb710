import { type Static, type TSchema, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { FieldProblem } from '../../errors.ts';
import { BATCH_ITEMS_MAX, DIMENSIONS_MAX, PERMITS_MAX, TEXT_BYTES_MAX } from './bounds.ts';
import { nearestName } from './nearest.ts';
import { describe, echo, isPlainText, PLAIN_TEXT } from './plain-text.ts';

/** Names that mean something to JavaScript objects; nobody needs them and attacks are made of them. */
const RESERVED_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** What each field must be, for errors as for the documentation. */
const RIGHT = {
  resource: PLAIN_TEXT,
  dimensions: `an object of at most ${DIMENSIONS_MAX} pairs of texts`,
  permits: `an integer from 0 to ${PERMITS_MAX}`,
  denyStatus: 'one of 200, 403, 429 and 503',
  requestId: PLAIN_TEXT,
} as const;

/** What JSON Schema can say of plain text; that the bound counts bytes, not characters, is said in words and checked beside it. */
export const TEXT = {
  minLength: 1,
  maxLength: TEXT_BYTES_MAX,
  pattern: '^[^\\u0000-\\u001f\\u007f]*$',
  'x-max-bytes': TEXT_BYTES_MAX,
} as const;

const resource = Type.Refine(
  Type.String({ ...TEXT, description: RIGHT.resource, examples: ['api.orders.create'] }),
  isPlainText,
);

const dimensions = Type.Refine(
  Type.Record(Type.String(), Type.String(TEXT), {
    description: RIGHT.dimensions,
    maxProperties: DIMENSIONS_MAX,
    propertyNames: { ...TEXT, not: { enum: [...RESERVED_NAMES] } },
    examples: [{ tenant: 'acme' }],
  }),
  hasPlainPairs,
);

const permits = Type.Integer({
  description: `${RIGHT.permits}; 0 only peeks`,
  minimum: 0,
  maximum: PERMITS_MAX,
  default: 1,
});

const denyStatus = Type.Enum([200, 403, 429, 503], {
  description: `the status that a denial is sent with: ${RIGHT.denyStatus}`,
  default: 429,
});

const requestId = Type.Refine(
  Type.String({
    ...TEXT,
    description: `${RIGHT.requestId}; the same id within 60 s gets the same answer and spends once`,
  }),
  isPlainText,
);

/** The body of `POST /check`. */
export const CheckBody = Type.Object(
  {
    resource,
    dimensions: Type.Optional(dimensions),
    permits: Type.Optional(permits),
    denyStatus: Type.Optional(denyStatus),
    requestId: Type.Optional(requestId),
  },
  { title: 'Check', additionalProperties: false },
);

/** The body of `POST /check/batch`. */
export const BatchBody = Type.Array(CheckBody, { maxItems: BATCH_ITEMS_MAX });

/** The query of `GET /check`. Its parameters are read as texts and judged as the body's fields are. */
export const CheckQuery = Type.Object({
  resource,
  permits: Type.Optional(permits),
  deny_status: Type.Optional(denyStatus),
  detail: Type.Optional(
    Type.Enum(['0', '1'], { description: '1 adds one entry for each limit that matched', default: '0' }),
  ),
  // Exploded, as query parameters are by default: each member is a parameter of its own.
  dimensions: Type.Optional(
    Type.Record(Type.String(), Type.String(TEXT), {
      description: `each dimension as a parameter of its own, d.NAME=value; at most ${DIMENSIONS_MAX}`,
      maxProperties: DIMENSIONS_MAX,
      propertyNames: {
        pattern: '^d\\.[^\\u0000-\\u001f\\u007f]+$',
        maxLength: TEXT_BYTES_MAX + 'd.'.length,
        'x-max-bytes': TEXT_BYTES_MAX + 'd.'.length,
        not: { enum: [...RESERVED_NAMES].map((name) => `d.${name}`) },
      },
      examples: [{ 'd.tenant': 'acme' }],
    }),
  ),
});

/** What may stand in the query beside a body. */
export const BodyQuery = Type.Pick(CheckQuery, ['detail']);

/** The header fields of a check. */
export const CheckHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      ...TEXT,
      pattern: '^[!#-~]([ -~]*[!#-~])?$',
      description: 'as requestId in a body',
    }),
  ),
});

/** A valid body of `POST /check`. */
export type CheckBody = Static<typeof CheckBody>;

/** Whether `value` is a valid body, in well under a microsecond. */
export const isCheckBody: (value: unknown) => value is CheckBody = (() => {
  const compiled = Compile(CheckBody);
  return (value): value is CheckBody => compiled.Check(value);
})();

/** The fields of a body, each with what it must be. */
export type BodyFields = Readonly<
  Record<
    string,
    { readonly right: string; readonly isNeeded?: true; readonly Check: (value: unknown) => boolean }
  >
>;

/** Everything that is wrong with a body that is not valid, with what would be right. Empty when `body` is valid. */
export function bodyProblems(
  body: Readonly<Record<string, unknown>>,
  fields: BodyFields = CHECK_FIELDS,
): FieldProblem[] {
  const problems: FieldProblem[] = [];
  for (const [field, { right, isNeeded }] of Object.entries(fields)) {
    if (isNeeded && !Object.hasOwn(body, field))
      problems.push({ field, detail: `is missing; it is ${right}` });
  }
  for (const name of Object.keys(body)) {
    const value = body[name];
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (field === undefined) problems.push(unknownField(name, Object.keys(fields)));
    else if (field.Check(value)) continue;
    else if (name === 'dimensions' && isDictionary(value)) problems.push(...dimensionProblems(value));
    else problems.push({ field: name, detail: `must be ${field.right}, not ${describe(value)}` });
  }
  return problems;
}

/** One field, told apart by its schema; `right` says what it must be. */
export function bodyField(schema: TSchema, right: string, isNeeded?: true): BodyFields[string] {
  const compiled = Compile(schema);
  return { right, Check: (value) => compiled.Check(value), ...(isNeeded && { isNeeded }) };
}

/** The fields that every request has, and an id to repeat it by. */
export const REQUEST_FIELDS = {
  resource: bodyField(resource, RIGHT.resource, true),
  dimensions: bodyField(dimensions, RIGHT.dimensions),
  requestId: bodyField(requestId, RIGHT.requestId),
} as const satisfies BodyFields;

const { requestId: requestIdField, ...asked } = REQUEST_FIELDS;

const CHECK_FIELDS: BodyFields = {
  ...asked,
  permits: bodyField(permits, RIGHT.permits),
  denyStatus: bodyField(denyStatus, RIGHT.denyStatus),
  requestId: requestIdField,
};

/** The problem of a field that nobody knows, with the one of `known` that was probably meant. */
export function unknownField(name: string, known: readonly string[]): FieldProblem {
  const meant = nearestName(name.slice(0, 64), known);
  const hint = meant === undefined ? `the fields are ${known.join(', ')}` : `did you mean ${meant}?`;
  return { field: echo(name).slice(1, -1), detail: `is not a field; ${hint}` };
}

function dimensionProblems(pairs: Readonly<Record<string, unknown>>): FieldProblem[] {
  const names = Object.keys(pairs);
  const problems: FieldProblem[] = [];
  if (names.length > DIMENSIONS_MAX) {
    problems.push({
      field: 'dimensions',
      detail: `must be ${RIGHT.dimensions}, not ${names.length}`,
    });
  }
  for (const name of names) {
    const field = `dimensions.${echo(name).slice(1, -1)}`;
    const value = pairs[name];
    if (RESERVED_NAMES.has(name)) problems.push({ field, detail: 'is a reserved name; use another' });
    else if (!isPlainText(name)) problems.push({ field, detail: `must have a name that is ${PLAIN_TEXT}` });
    if (typeof value !== 'string' || !isPlainText(value)) {
      problems.push({ field, detail: `must be ${PLAIN_TEXT}, not ${describe(value)}` });
    }
  }
  return problems;
}

function hasPlainPairs(pairs: Readonly<Record<string, unknown>>): boolean {
  for (const name of Object.keys(pairs)) {
    const value = pairs[name];
    if (typeof value !== 'string' || !isPlainText(value) || !isPlainText(name) || RESERVED_NAMES.has(name))
      return false;
  }
  return true;
}

function isDictionary(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
