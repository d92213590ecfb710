import { type LeaseAnswer, readDecision, readLease } from './answers.ts';
import { ANSWER_BYTES_MAX } from './bounds.ts';
import type { Clock } from './clock.ts';
import type { Decision } from './decision.ts';
import { CallFailed, RequestProblem } from './problem.ts';
import { Reach } from './reach.ts';

/** As much of `fetch` as is used. */
export type Fetch = (
  url: string,
  init: {
    readonly method: 'POST';
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly signal: AbortSignal;
  },
) => Promise<{
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}>;

/** How a coordinator is reached. */
export type Place = {
  readonly url: string;
  readonly token: string | undefined;
  readonly timeoutMs: number;
  readonly fetch: Fetch;
  readonly clock: Clock;
};

type Asked = { readonly resource: string; readonly dimensions: Readonly<Record<string, string>> };

type Answer = {
  readonly status: number;
  readonly body: unknown;
  readonly headers: { get(name: string): string | null };
};

/**
 * Asks one coordinator, each question once and within its time. Every call rejects with `CallFailed` where it cannot be had, and with
 * `RequestProblem` where the request itself is wrong.
 */
export class Coordinator {
  readonly #place: Place;
  readonly #reach = new Reach();
  /** Why the last question failed; undefined when it did not. */
  problem: string | undefined = undefined;

  constructor(place: Place) {
    this.#place = place;
  }

  /** Whether it is worth asking now; if so, whoever is told asks. */
  isReachable(): boolean {
    return this.#reach.allows(this.#place.clock.monoMs());
  }

  check(request: Asked & { readonly permits: number }): Promise<Decision> {
    return this.#ask('/check', request, ({ status, body, headers }) =>
      status === 200 || status === 429 ? readDecision(body, headers) : undefined,
    );
  }

  lease(
    request: Asked & { readonly permits: number; readonly needed: number; readonly smallest: number },
  ): Promise<LeaseAnswer> {
    return this.#ask('/lease', request, ({ status, body }) => (status === 200 ? readLease(body) : undefined));
  }

  /** Gives permits back that are held at one time; false where they are not held any more, or nobody could be told. */
  async release(lease: string): Promise<boolean> {
    return this.#tell('/check/release', { lease });
  }

  /** Returns what is left of a block. What cannot be returned is lost, and no reason to think the coordinator lost. */
  async giveBack(block: string, permits: number): Promise<boolean> {
    return this.#tell('/lease/return', { block, permits });
  }

  async #tell(path: string, json: object): Promise<boolean> {
    try {
      return (await this.#post(path, json)).status === 200;
    } catch {
      return false;
    }
  }

  /** Asks, and reads the answer; what cannot be read refuses. */
  async #ask<Read>(path: string, json: object, read: (answer: Answer) => Read | undefined): Promise<Read> {
    try {
      const answer = await this.#post(path, json);
      const known = read(answer);
      if (known === undefined) throw refusal(path, answer);
      this.#succeeded();
      return known;
    } catch (error) {
      // Whoever says that a request is wrong is there.
      if (error instanceof RequestProblem) this.#succeeded();
      else {
        this.#reach.failed(this.#place.clock.monoMs());
        this.problem = error instanceof Error ? error.message : String(error);
      }
      throw error;
    }
  }

  #succeeded(): void {
    this.#reach.succeeded();
    this.problem = undefined;
  }

  #post(path: string, json: object): Promise<Answer> {
    const { url, token, timeoutMs, fetch, clock } = this.#place;
    const controller = new AbortController();
    const init = {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(json),
      signal: controller.signal,
    } as const;
    return new Promise((resolve, reject) => {
      const cancel = clock.after(timeoutMs, () => {
        reject(new CallFailed(`no answer of ${path} within ${timeoutMs} ms`));
        controller.abort();
      });
      fetch(url + path, init)
        .then(async (response) => {
          const { status, headers } = response;
          return { status, headers, body: await jsonOf(response) };
        })
        .then(resolve, (cause: unknown) => {
          reject(cause instanceof CallFailed ? cause : new CallFailed(`${path} cannot be asked`, { cause }));
        })
        .finally(cancel);
    });
  }
}

async function jsonOf(response: Awaited<ReturnType<Fetch>>): Promise<unknown> {
  const { status, headers } = response;
  const length = Number(headers.get('content-length') ?? 0);
  if (length > ANSWER_BYTES_MAX) throw new CallFailed(`the answer has ${length} bytes`, { status });
  const text = await response.text();
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new CallFailed('the answer is not JSON', { status, cause });
  }
}

function refusal(path: string, { status, body }: Answer): Error {
  const { code, detail } = (typeof body === 'object' && body !== null ? body : {}) as {
    readonly code?: unknown;
    readonly detail?: unknown;
  };
  const said = `${code ?? `status ${status}`}${detail === undefined ? '' : `: ${detail}`}`;
  if (status === 400 || status === 413 || status === 414 || status === 415)
    return new RequestProblem(String(code ?? 'invalid_request'), String(detail ?? `status ${status}`));
  return new CallFailed(`${path}: ${said}`, { status });
}
