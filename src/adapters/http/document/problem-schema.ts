import { type TSchema, Type } from 'typebox';
import { ERRORS, type ErrorCode } from '../../../errors.ts';
import { PROBLEM_TYPE } from '../problem.ts';

/** One documented answer: what it means, and its content by media type. */
export type Documented = {
  readonly description: string;
  readonly content: Readonly<Record<string, { readonly schema: TSchema }>>;
};

/** Documented answers by status. */
export type Responses = Readonly<Record<string, Documented>>;

/** What any request may meet, whatever it asks for. */
const ALWAYS: readonly ErrorCode[] = [
  'malformed_http',
  'request_timeout',
  'uri_too_long',
  'expectation_failed',
  'header_fields_too_large',
  'internal',
];

/** What a request to anything but health may meet, where there are tokens. */
const GUARDED: readonly ErrorCode[] = ['token_missing', 'token_invalid', 'role_missing'];

/** The media type as documents name it, without the charset. */
export const PROBLEM_MEDIA_TYPE = PROBLEM_TYPE.split(';', 1)[0] ?? PROBLEM_TYPE;

/** Answers that are no more than problems of the error table: these codes, and those that any request may meet that needs a role. */
export function problems(...codes: readonly ErrorCode[]): Responses {
  return openProblems(...GUARDED, ...codes);
}

/** The same for what anybody may ask. */
export function openProblems(...codes: readonly ErrorCode[]): Responses {
  const all = [...codes, ...ALWAYS];
  const statuses = [...new Set(all.map((code) => ERRORS[code].status))];
  return Object.fromEntries(
    statuses.map((status) => {
      const here = all.filter((code) => ERRORS[code].status === status);
      return [status, problemAnswer(here)];
    }),
  );
}

/** The answer that problems with these codes are, all of one status. */
function problemAnswer(codes: readonly ErrorCode[]): Documented {
  const description = codes.map((code) => `\`${code}\`: ${ERRORS[code].title}.`).join(' ');
  return { description, content: { [PROBLEM_MEDIA_TYPE]: { schema: problemSchema(codes) } } };
}

/** A problem document (RFC 9457) with one of these codes. */
export function problemSchema(codes: readonly ErrorCode[]): TSchema {
  const problem = Type.Object(
    {
      field: Type.String(),
      detail: Type.String(),
      line: Type.Optional(Type.Integer({ minimum: 1 })),
      column: Type.Optional(Type.Integer({ minimum: 1 })),
    },
    { additionalProperties: false },
  );
  return Type.Object(
    {
      type: Type.Enum(codes.map((code) => `urn:headgate:error:${code}`)),
      title: Type.Enum(codes.map((code) => ERRORS[code].title)),
      status: Type.Enum([...new Set(codes.map((code) => ERRORS[code].status))]),
      detail: Type.String({ description: 'what the caller can do about it' }),
      code: Type.Enum([...codes], { description: 'the stable name of the error' }),
      retryable: Type.Boolean({ description: 'whether the very same request may succeed later' }),
      errors: Type.Optional(
        Type.Array(problem, { description: 'every field that is not right; in a batch, by JSON pointer' }),
      ),
      errorsNotListed: Type.Optional(Type.Integer({ minimum: 1 })),
    },
    { additionalProperties: false },
  );
}

/** The error table as a page shows it, in Markdown. */
export function errorTable(): string {
  const rows = Object.entries(ERRORS).map(
    ([code, { status, retryable, title, text }]) =>
      `| \`${code}\` | ${status} | ${retryable ? 'yes' : 'no'} | ${title}. ${text} |`,
  );
  return ['| Code | Status | Again? | |', '| --- | --- | --- | --- |', ...rows].join('\n');
}
