import { token } from './token.ts';

/** Where the API is: the console is one level below it. */
const ROOT = new URL('../', document.baseURI);

/** How long an answer may take, in milliseconds; the coordinator answers from memory. */
const ANSWER_MS = 8_000;

/** An answer that is a problem document, or none at all (status 0). */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;

  constructor(
    message: string,
    { status = 0, cause }: { readonly status?: number; readonly cause?: unknown },
  ) {
    super(message, { cause });
    this.status = status;
  }
}

/** What every request to the API brings along. */
export function requestTo(path: string, signal: AbortSignal): Request {
  const headers = new Headers();
  if (token.value !== '') headers.set('authorization', `Bearer ${token.value}`);
  return new Request(new URL(path, ROOT), { headers, signal, cache: 'no-store' });
}

/** Asks the API for JSON. Throws `ApiError` with what the problem document says, or why there was no answer. */
export async function ask<Body>(path: string): Promise<Body> {
  let response: Response;
  try {
    response = await fetch(requestTo(path, AbortSignal.timeout(ANSWER_MS)));
  } catch (cause) {
    throw new ApiError('This node does not answer.', { cause });
  }
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as Body;
}

/** What a refused request was refused for. */
export async function problemOf(response: Response): Promise<ApiError> {
  const { status } = response;
  try {
    const { title, detail, errors } = (await response.json()) as Problem;
    const fields = errors?.map((each) => `${each.field} ${each.detail}`).join('; ');
    return new ApiError(fields ?? detail ?? title ?? response.statusText, { status });
  } catch {
    return new ApiError(`The answer was ${status} ${response.statusText}.`, { status });
  }
}

type Problem = {
  readonly title?: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly field: string; readonly detail: string }[];
};
