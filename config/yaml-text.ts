import { type ErrorCode, Lexer, LineCounter, parseDocument, type YAMLError } from 'yaml';
import type { Findings, Place, Remark } from './findings.ts';
import type { Variables } from './interpolate.ts';
import type { Path } from './path.ts';
import { UNREADABLE } from './written.ts';
import { TreeBuilder } from './yaml-tree.ts';

/** Where a YAML text comes from and where what it holds belongs. */
export type YamlSource = {
  readonly origin: string;
  /** The path of the whole text: empty for a file, the setting's path for JSON in a variable. */
  readonly path: Path;
  /** What `${NAME}` in text values stands for; undefined where nothing is filled in. */
  readonly variables: Variables | undefined;
};

/** Enough for 10,000 limits of 200 tokens each; stops what is small in bytes and large in memory. */
const TOKENS_MAX = 2_000_000;

/** One mistake makes many syntax errors; the first few tell it. */
const SYNTAX_PROBLEMS_MAX = 5;

/** Where the parser's own words would not help. */
const SYNTAX_REMARKS: Readonly<Partial<Record<ErrorCode, Remark>>> = {
  MULTIPLE_DOCS: { message: 'a second document starts here', hint: 'keep one document in a file' },
  RESOURCE_EXHAUSTION: { message: 'nested too deeply' },
};

/**
 * Reads one YAML 1.2 document (JSON is one) into plain values and records in `findings` where each was written and what
 * is wrong: syntax, keys given twice, keys that are not plain text, too deep or too many values. Never throws.
 * The tree may hold `RawText` and `Unresolved` where `${NAME}` stood. Empty text is `null`; `UNREADABLE` stands for what
 * is no YAML at all.
 */
export function readYaml(text: string, source: YamlSource, findings: Findings): unknown {
  if (hasTooManyTokens(text)) {
    findings.report(source.path, { message: `more than ${TOKENS_MAX} words and signs`, hint: 'shorten it' });
    return UNREADABLE;
  }
  const lines = new LineCounter();
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { origin: source.origin, line, column: col };
  };
  const document = parseDocument(text, {
    lineCounter: lines,
    logLevel: 'error',
    prettyErrors: false,
    resolveKnownTags: false,
    schema: 'core',
    uniqueKeys: false,
  });
  const errors = [...document.errors, ...document.warnings].slice(0, SYNTAX_PROBLEMS_MAX);
  for (const error of errors) findings.reportPlace(source.path, placeAt(error.pos[0]), remarkOn(error, text));
  if (errors.length > 0) return UNREADABLE;
  return new TreeBuilder({ ...source, findings, placeAt }).build(document.contents);
}

function remarkOn({ code, message, pos }: YAMLError, text: string): Remark {
  const known = SYNTAX_REMARKS[code];
  if (known !== undefined) return known;
  // What the parser quotes at the end may be a secret; line and column tell it as well.
  const said = { message: `not YAML: ${message.replace(/: ".*"$/s, '').replace(/\s+/g, ' ')}` };
  // Braces end a plain text inside [ ] and { }, so a variable there is the likeliest mistake.
  const line = text.slice(text.lastIndexOf('\n', pos[0] - 1) + 1, pos[0]);
  return /[[{].*\$$/.test(line) ? { ...said, hint: 'inside [ ] and { }, put a variable in quotes' } : said;
}

function hasTooManyTokens(text: string): boolean {
  let tokens = 0;
  for (const _ of new Lexer().lex(text)) {
    tokens += 1;
    if (tokens > TOKENS_MAX) return true;
  }
  return false;
}
