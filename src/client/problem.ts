/** A request that is wrong by itself, whoever is asked: to be corrected in the program that made it. */
export class RequestProblem extends Error {
  override readonly name = 'RequestProblem';
  /** The stable code of the coordinator's error, or `invalid_request`. */
  readonly code: string;

  constructor(code: string, detail: string) {
    super(`${code}: ${detail}`);
    this.code = code;
  }
}

/** What was asked of a coordinator could not be had: it was not reached, or did not answer as one does. */
export class CallFailed extends Error {
  override readonly name = 'CallFailed';
  /** The status of its answer; undefined where there was none. */
  readonly status: number | undefined;

  constructor(
    message: string,
    { status, cause }: { readonly status?: number; readonly cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.status = status;
  }
}
