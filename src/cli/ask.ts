import { secureFetch, withScheme } from './secure-fetch.ts';

/** What a coordinator answered, or why there is no answer that could be used. */
export type Answer<Body> =
  | { readonly ok: true; readonly body: Body; readonly status: number }
  | { readonly ok: false; readonly error: string };

export type Question<Body> = {
  /** The coordinator; `host:port` will do. */
  readonly url: string;
  readonly path: string;
  readonly timeoutMs: number;
  /** Posted as JSON; without it the question is a GET. */
  readonly post?: unknown;
  /** Tells the answer of a coordinator from that of anything else, whatever its status. */
  readonly accepts: (body: unknown) => body is Body;
};

/** Asks one coordinator, with the token in HEADGATE_TOKEN where there is one; never rejects. */
export async function ask<Body>(question: Question<Body>): Promise<Answer<Body>> {
  const { url, path, timeoutMs, post, accepts } = question;
  const token = process.env['HEADGATE_TOKEN'];
  try {
    const target = new URL(path, withScheme(url));
    const response = await secureFetch(target, {
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(post === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(post === undefined ? {} : { method: 'POST', body: JSON.stringify(post) }),
    });
    const body: unknown = await response.json();
    if (accepts(body)) return { ok: true, body, status: response.status };
    return { ok: false, error: problemIn(body) ?? 'the answer is not that of a coordinator' };
  } catch (error) {
    return { ok: false, error: reason(error, timeoutMs) };
  }
}

/** Whether a value is an object that has all of these fields. */
export function hasFields(value: unknown, ...names: readonly string[]): boolean {
  return typeof value === 'object' && value !== null && names.every((name) => name in value);
}

/** What a problem document (RFC 9457) says. */
function problemIn(body: unknown): string | undefined {
  if (!hasFields(body, 'code', 'detail')) return undefined;
  const { code, detail } = body as { readonly code: unknown; readonly detail: unknown };
  return `${code}: ${detail}`;
}

function reason(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${timeoutMs / 1_000} s`;
  if (error instanceof SyntaxError) return 'the answer is not JSON';
  return error.cause instanceof Error ? error.cause.message : error.message;
}
