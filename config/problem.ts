/** One thing that is wrong with a configuration, and what would be right. */
export type Problem = {
  /** The file, the flag or the environment variable that it comes from. */
  readonly origin: string;
  /** Counted from 1; absent when the origin is not a text with lines. */
  readonly line?: number;
  /** Counted from 1, in UTF-16 code units. */
  readonly column?: number;
  /** The setting as people write it, such as `regions[1].quota`; empty for the whole. */
  readonly path: string;
  readonly message: string;
  readonly hint?: string;
};

/** Most characters of a refused value that are repeated in a problem. */
const SHOWN_CHARS_MAX = 60;

/**
 * One problem on one line, in the form that editors and terminals make clickable:
 * `file:line:column path: what is wrong; what would be right`.
 */
export function formatProblem(problem: Problem): string {
  const { origin, line, column, path, message, hint } = problem;
  const where = [origin, line, column].filter((part) => part !== undefined).join(':');
  const subject = path === '' ? where : `${where} ${path}`;
  return printable(`${subject}: ${message}${hint === undefined ? '' : `; ${hint}`}`);
}

/** All problems, one a line, with a newline after the last. */
export function formatProblems(problems: readonly Problem[]): string {
  return problems.map((problem) => `${formatProblem(problem)}\n`).join('');
}

/** A refused value as it is repeated to its owner: one line, shortened, without the credentials that a URL may carry. */
export function showValue(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a group of fields';
  if (typeof value !== 'string') return String(value);
  const safe = value.replace(/\/\/[^/@]*@/g, '//(hidden)@');
  return JSON.stringify(safe.length > SHOWN_CHARS_MAX ? `${safe.slice(0, SHOWN_CHARS_MAX)}…` : safe);
}

/** Control and direction-changing characters could rewrite the terminal line that they are shown on. */
function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
