import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { FieldProblem } from '../../errors.ts';
import { DIMENSIONS_MAX, PERMITS_MAX } from './bounds.ts';
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

const resource = Type.Refine(Type.String({ description: RIGHT.resource }), isPlainText);

const dimensions = Type.Refine(
  Type.Record(Type.String(), Type.String(), {
    description: RIGHT.dimensions,
    maxProperties: DIMENSIONS_MAX,
  }),
  hasPlainPairs,
);

const permits = Type.Integer({
  description: RIGHT.permits,
  minimum: 0,
  maximum: PERMITS_MAX,
  default: 1,
});

const denyStatus = Type.Union([Type.Literal(200), Type.Literal(403), Type.Literal(429), Type.Literal(503)], {
  description: RIGHT.denyStatus,
  default: 429,
});

const requestId = Type.Refine(Type.String({ description: RIGHT.requestId }), isPlainText);

/** The body of `POST /check`. */
export const CheckBody = Type.Object(
  {
    resource,
    dimensions: Type.Optional(dimensions),
    permits: Type.Optional(permits),
    denyStatus: Type.Optional(denyStatus),
    requestId: Type.Optional(requestId),
  },
  { additionalProperties: false },
);

/** A valid body of `POST /check`. */
export type CheckBody = Static<typeof CheckBody>;

/** Whether `value` is a valid body, in well under a microsecond. */
export const isCheckBody: (value: unknown) => value is CheckBody = (() => {
  const compiled = Compile(CheckBody);
  return (value): value is CheckBody => compiled.Check(value);
})();

const FIELDS = {
  resource: Compile(resource),
  dimensions: Compile(dimensions),
  permits: Compile(permits),
  denyStatus: Compile(denyStatus),
  requestId: Compile(requestId),
} as const;

/** Everything that is wrong with a body that is not valid, with what would be right. Empty when `body` is valid. */
export function bodyProblems(body: Readonly<Record<string, unknown>>): FieldProblem[] {
  const problems: FieldProblem[] = [];
  if (!Object.hasOwn(body, 'resource'))
    problems.push({ field: 'resource', detail: `is missing; it is ${PLAIN_TEXT}` });
  for (const name of Object.keys(body)) {
    const value = body[name];
    if (!isField(name)) problems.push(unknownField(name, Object.keys(FIELDS)));
    else if (FIELDS[name].Check(value)) continue;
    else if (name === 'dimensions' && isDictionary(value)) problems.push(...dimensionProblems(value));
    else problems.push({ field: name, detail: `must be ${RIGHT[name]}, not ${describe(value)}` });
  }
  return problems;
}

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

function isField(name: string): name is keyof typeof FIELDS {
  return Object.hasOwn(FIELDS, name);
}

function isDictionary(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
