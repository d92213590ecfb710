import { ERRORS, type HeadgateError } from '../../errors.ts';
import { LIMIT_PROBLEMS_LISTED_MAX, PROBLEMS_LISTED_MAX } from './bounds.ts';

/** The media type of RFC 9457. The framework would add the charset to each answer anew. */
export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** The media type of everything else that is JSON. */
export const JSON_TYPE = 'application/json; charset=utf-8';

/** Renders an error of the public table as a problem document of RFC 9457 with the extensions `code`, `retryable` and `errors`. */
export function problemBody(error: HeadgateError): string {
  const { status, retryable, title } = ERRORS[error.code];
  const listed = error.problems.slice(
    0,
    error.code === 'invalid_limits' ? LIMIT_PROBLEMS_LISTED_MAX : PROBLEMS_LISTED_MAX,
  );
  return JSON.stringify({
    type: `urn:headgate:error:${error.code}`,
    title,
    status,
    detail: error.detail,
    code: error.code,
    retryable,
    ...(listed.length === 0 ? {} : { errors: listed }),
    ...(listed.length === error.problems.length
      ? {}
      : { errorsNotListed: error.problems.length - listed.length }),
  });
}
