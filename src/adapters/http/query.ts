/** A query string taken apart: each name with its first value, and what was wrong with it. */
export type Query = {
  readonly values: ReadonlyMap<string, string>;
  /** Names that came more than once: which value is meant is anyone's guess. */
  readonly repeated: readonly string[];
  /** Pairs, as they came, whose percent-encoding is broken or not UTF-8. */
  readonly malformed: readonly string[];
};

/** A query of nothing, as that of most requests with a body. */
export const EMPTY_QUERY: Query = Object.freeze({
  values: new Map(),
  repeated: Object.freeze([]),
  malformed: Object.freeze([]),
});

/** Takes a query string apart as HTML forms write it, `+` for a space included. Never throws. */
export function parseQuery(text: string): Query {
  if (text === '') return EMPTY_QUERY;
  const values = new Map<string, string>();
  const repeated: string[] = [];
  const malformed: string[] = [];
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const at = pair.indexOf('=');
    const name = decode(at === -1 ? pair : pair.slice(0, at));
    const value = at === -1 ? '' : decode(pair.slice(at + 1));
    if (name === undefined || value === undefined) malformed.push(pair);
    else if (values.has(name)) repeated.push(name);
    else values.set(name, value);
  }
  return { values, repeated, malformed };
}

function decode(text: string): string | undefined {
  if (!text.includes('%') && !text.includes('+')) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
