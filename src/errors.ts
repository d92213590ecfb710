/** One row of the error table. */
type ErrorRow = {
  /** HTTP status of an answer that carries this code. */
  readonly status: number;
  /** Whether the very same request may succeed later. */
  readonly retryable: boolean;
  readonly title: string;
  /** What the caller can do about it. */
  readonly text: string;
};

/** Every error that leaves the process, by its stable code. A code is never renamed and never used for anything else. */
export const ERRORS = {
  malformed_http: {
    status: 400,
    retryable: false,
    title: 'The request is not valid HTTP',
    text: 'Send an HTTP/1.1 request.',
  },
  malformed_json: {
    status: 400,
    retryable: false,
    title: 'The body is not valid JSON',
    text: 'Send one JSON object in UTF-8.',
  },
  invalid_request: {
    status: 400,
    retryable: false,
    title: 'The request has invalid fields',
    text: 'Correct every field that is listed in errors.',
  },
  invalid_limits: {
    status: 400,
    retryable: false,
    title: 'The limits have problems',
    text: 'Correct every problem that is listed in errors; nothing was changed.',
  },
  token_missing: {
    status: 401,
    retryable: false,
    title: 'This needs a token',
    text: 'Send Authorization: Bearer and a token that the configuration knows.',
  },
  token_invalid: {
    status: 401,
    retryable: false,
    title: 'The token is not known',
    text: 'Send a token whose hash is among security.tokens of the configuration.',
  },
  role_missing: {
    status: 403,
    retryable: false,
    title: 'The role does not allow this',
    text: 'Use a token with the role that is needed.',
  },
  unknown_path: {
    status: 404,
    retryable: false,
    title: 'There is nothing at this path',
    text: 'Decisions are made at /check.',
  },
  unknown_limit: {
    status: 404,
    retryable: false,
    title: 'There is no limit of this name',
    text: 'List the limits with GET /v1/limits.',
  },
  unknown_lease: {
    status: 404,
    retryable: false,
    title: 'There is no such lease, or not any more',
    text: 'Send the lease of an answer to the region that gave it, before it runs out; what has run out holds nothing.',
  },
  unknown_block: {
    status: 404,
    retryable: false,
    title: 'There is no such block, or not any more',
    text: 'Return a block once, to the coordinator that gave it, before it is over; what has run out holds nothing.',
  },
  region_silent: {
    status: 503,
    retryable: true,
    title: 'No node speaks for this region at the moment',
    text: 'Try again in a moment; another node takes over within seconds.',
  },
  unknown_override: {
    status: 404,
    retryable: false,
    title: 'The limit has no override for these dimensions',
    text: 'Look at the overrides of the limit with GET /v1/admin/limits.',
  },
  unknown_version: {
    status: 404,
    retryable: false,
    title: 'There is no such version, or not any more',
    text: 'List the versions with GET /v1/admin/versions.',
  },
  method_not_allowed: {
    status: 405,
    retryable: false,
    title: 'This path does not answer to this method',
    text: 'Use one of the methods in the Allow header.',
  },
  request_timeout: {
    status: 408,
    retryable: true,
    title: 'The request did not arrive in time',
    text: 'Send the whole request without pausing.',
  },
  concurrency_exceeded: {
    status: 409,
    retryable: true,
    title: 'There is no room to hold these permits for longer',
    text: 'Finish before the lease runs out, or renew again in a moment; nothing was changed.',
  },
  version_changed: {
    status: 412,
    retryable: false,
    title: 'The limits have changed meanwhile',
    text: 'Get the newest version, make the change to that, and send its name in If-Match.',
  },
  body_too_large: {
    status: 413,
    retryable: false,
    title: 'The body is too large',
    text: 'Send at most 64 KiB; 1 MiB to /check/batch, 8 MiB of limits.',
  },
  uri_too_long: {
    status: 414,
    retryable: false,
    title: 'The request target is too long',
    text: 'Send at most 8 KiB of path and query, or POST.',
  },
  unsupported_media_type: {
    status: 415,
    retryable: false,
    title: 'The body is not declared as JSON',
    text: 'Send Content-Type: application/json, without a content encoding.',
  },
  expectation_failed: {
    status: 417,
    retryable: false,
    title: 'The expectation cannot be met',
    text: 'Send no Expect header, or 100-continue.',
  },
  request_id_reused: {
    status: 422,
    retryable: false,
    title: 'This request id belongs to another request',
    text: 'Use a new id for every request, and the same id only to repeat the same request.',
  },
  header_fields_too_large: {
    status: 431,
    retryable: false,
    title: 'The header fields are too large',
    text: 'Send at most 16 KiB of header fields.',
  },
  internal: {
    status: 500,
    retryable: true,
    title: 'Something went wrong inside',
    text: 'The log of this region says what happened.',
  },
  cannot_publish: {
    status: 503,
    retryable: true,
    title: 'No version can be published now',
    text: 'Ask again in a moment, or another coordinator; nothing was changed.',
  },
  audit_unavailable: {
    status: 503,
    retryable: true,
    title: 'The audit log cannot be written',
    text: 'See that the disk of this coordinator has room; nothing was changed.',
  },
  too_many_listeners: {
    status: 503,
    retryable: true,
    title: 'As many listen already as this coordinator tells what happens',
    text: 'Close a console that nobody looks at, or ask another coordinator.',
  },
  starting: {
    status: 503,
    retryable: true,
    title: 'This region is starting',
    text: 'Ask again in a moment; /health/ready says when.',
  },
  overloaded: {
    status: 503,
    retryable: true,
    title: 'This coordinator has more to do than it can',
    text: 'Ask again after a moment, or another coordinator; nothing was decided.',
  },
  draining: {
    status: 503,
    retryable: true,
    title: 'This region is shutting down',
    text: 'Ask another coordinator.',
  },
} as const satisfies Readonly<Record<string, ErrorRow>>;

/** The stable name of an error. */
export type ErrorCode = keyof typeof ERRORS;

/** One field that is not as it should be, and what would be right. */
export type FieldProblem = {
  readonly field: string;
  readonly detail: string;
  /** Where in a text with lines it is written, each counted from 1. */
  readonly line?: number;
  readonly column?: number;
};

/** What an error may say beyond its row of the table. */
type HeadgateErrorOptions = {
  /** Shown instead of the row's text. */
  readonly detail?: string | undefined;
  readonly problems?: readonly FieldProblem[];
  /** For the log; the caller never sees it. */
  readonly cause?: unknown;
};

/** An error of the public table, on its way to whoever caused it. `detail` is shown to the caller: nothing internal goes in. */
export class HeadgateError extends Error {
  override readonly name = 'HeadgateError';
  readonly code: ErrorCode;
  readonly detail: string;
  readonly problems: readonly FieldProblem[];

  constructor(code: ErrorCode, { detail, problems = [], cause }: HeadgateErrorOptions = {}) {
    super(`${code}: ${detail ?? ERRORS[code].text}`, { cause });
    this.code = code;
    this.detail = detail ?? ERRORS[code].text;
    this.problems = problems;
  }
}
