import type { FieldProblem } from '../errors.ts';
import { EXIT } from './exit-codes.ts';
import { secureFetch, withScheme } from './secure-fetch.ts';

/** Which coordinator is asked for changes, and with which token. */
export type AdminPlace = {
  readonly url: string;
  readonly token: string | undefined;
  readonly timeoutMs: number;
};

export type AdminQuestion = {
  readonly method?: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** What problems call the body. */
  readonly file?: string;
};

/** An answer as text; or what to say, and what to end with. */
export type AdminAnswer =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly code: number; readonly text: string };

/** Asks one coordinator about its limits; never rejects. The token is shown nowhere. */
export async function askAdmin(place: AdminPlace, question: AdminQuestion): Promise<AdminAnswer> {
  const { method = 'GET', path, query = {}, body, headers = {}, file = 'body' } = question;
  try {
    const target = new URL(`/v1/admin/${path}`, withScheme(place.url));
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) target.searchParams.set(name, value);
    const response = await secureFetch(target, {
      method,
      headers: {
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/yaml' }),
        ...(place.token !== undefined && { authorization: `Bearer ${place.token}` }),
        ...headers,
      },
      signal: AbortSignal.timeout(place.timeoutMs),
      ...(body !== undefined && { body }),
    });
    const text = await response.text();
    return response.ok ? { ok: true, text } : refusal(response.status, text, file);
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const said = cause instanceof Error ? cause.message : String(cause);
    return { ok: false, code: EXIT.down, text: `${place.url}: ${said}\n` };
  }
}

const EXIT_OF: Readonly<Record<number, number>> = {
  401: EXIT.refused,
  403: EXIT.refused,
  412: EXIT.changed,
};

function refusal(status: number, text: string, file: string): AdminAnswer {
  const problem = problemIn(text);
  if (problem === undefined)
    return { ok: false, code: EXIT.down, text: `the answer is not that of a coordinator (${status})\n` };
  const { code, title, detail, errors = [] } = problem;
  if (code === 'invalid_limits')
    return { ok: false, code: EXIT.configuration, text: errors.map((each) => placed(each, file)).join('') };
  const lines = errors.map(({ field, detail: said }) => `  ${field}: ${said}\n`).join('');
  return {
    ok: false,
    code: EXIT_OF[status] ?? EXIT.failed,
    text: `${code}: ${title}. ${detail}\n${lines}`,
  };
}

type ProblemDocument = {
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly errors?: readonly FieldProblem[];
};

function problemIn(text: string): ProblemDocument | undefined {
  try {
    const parsed = JSON.parse(text) as ProblemDocument | null;
    return typeof parsed?.code === 'string' ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function placed({ field, detail, line, column }: FieldProblem, file: string): string {
  const where = [file, line, column].filter((part) => part !== undefined).join(':');
  return `${where}${field === '' ? '' : ` ${field}`}: ${detail}\n`;
}
