import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';

// The house rules. Each is a function from one file to its breaches. Each is run over the tree, and over a bad
// sample, so that a rule that has stopped seeing anything fails as loudly as a file that breaks it.

const FILE_LINES_MAX = 400;
const TEST_FILE_LINES_MAX = 600;
const FUNCTION_LINES_MAX = 70;
const PARAMETERS_MAX = 4;

const CODE = /\.(tsx?|mjs)$/;
const TYPESCRIPT = /\.tsx?$/;
const PRODUCT = /^(crdt|src|transport|config)\/.*\.tsx?$/;
const TESTS = /^test\/.*\.ts$/;

interface Rule {
  readonly claim: string;
  readonly appliesTo: RegExp;
  readonly except?: RegExp;
  readonly breaches: (text: string, path: string) => readonly string[];
  readonly bad: readonly (readonly [path: string, text: string])[];
}

const RULES: readonly Rule[] = [
  {
    claim: `a file has at most ${FILE_LINES_MAX} lines, a test ${TEST_FILE_LINES_MAX}`,
    appliesTo: CODE,
    breaches: longFile,
    bad: [
      ['src/long.ts', '\n'.repeat(FILE_LINES_MAX + 1)],
      ['test/long.test.ts', '\n'.repeat(TEST_FILE_LINES_MAX + 1)],
    ],
  },
  {
    claim: `a function has at most ${FUNCTION_LINES_MAX} lines, not counting the tests inside it`,
    appliesTo: CODE,
    breaches: longFunctions,
    bad: [
      ['src/long.ts', `function long() {${'\n'.repeat(FUNCTION_LINES_MAX)}}`],
      ['test/long.test.ts', `test('long', () => {${'\n'.repeat(FUNCTION_LINES_MAX)}});`],
    ],
  },
  {
    claim: `a function takes at most ${PARAMETERS_MAX} positional parameters`,
    appliesTo: CODE,
    breaches: manyParameters,
    bad: [
      ['src/wide.ts', 'function wide(a, b, c, d, e) {}'],
      ['src/wide.ts', 'interface Wide { wide(a: 1, b: 1, c: 1, d: 1, e: 1): void }'],
    ],
  },
  {
    claim: 'everything is exported by name, except where a tool reads its own configuration',
    appliesTo: CODE,
    except: /^([^/]+\.config\.ts|\.dependency-cruiser\.mjs)$/,
    breaches: defaultExports,
    bad: [
      ['src/default.ts', 'export default function anything() {}'],
      ['src/default.ts', 'export default 1;'],
      ['src/default.ts', 'const a = 1; export { a as default };'],
    ],
  },
  {
    claim: 'no file or folder is a drawer for whatever has no place',
    appliesTo: /./,
    breaches: drawers,
    bad: [
      ['src/utils/pad.ts', ''],
      ['src/core/helpers.ts', ''],
      ['test/common.test.ts', ''],
      ['config/Misc.yaml', ''],
    ],
  },
  {
    claim: 'no barrel files except crdt/index.ts',
    appliesTo: CODE,
    except: /^crdt\/index\.ts$/,
    breaches: (_text, path) => (basename(path).startsWith('index.') ? ['a barrel'] : []),
    bad: [['src/core/index.ts', '']],
  },
  {
    claim: 'relative imports carry their extension',
    appliesTo: CODE,
    breaches: bareImports,
    bad: [
      ['src/bare.ts', "import { admit } from './admit';"],
      ['src/bare.ts', "export * from '../core/admit.js';"],
      ['src/bare.ts', "const admit = await import('./admit');"],
      ['src/bare.ts', "type Admit = import('./admit').Admit;"],
    ],
  },
  {
    claim: 'Node can run the sources as they are: only types are added to JavaScript',
    appliesTo: TYPESCRIPT,
    breaches: inerasable,
    bad: [
      ['src/inerasable.ts', 'enum Vote { Own, Fence }'],
      ['src/inerasable.ts', 'namespace Votes { export const own = 1; }'],
      ['src/inerasable.ts', 'class Vote { constructor(private readonly own: boolean) {} }'],
      ['src/inerasable.ts', '@sealed class Vote {}'],
    ],
  },
  {
    claim: 'time and chance are arguments wherever the simulator runs the same code',
    appliesTo: /^(crdt|src\/core|src\/region|simulations)\/.*\.ts$/,
    breaches: hiddenInputs,
    bad: [
      ['crdt/now.ts', 'const at = Date.now();'],
      ['src/core/now.ts', 'const at = new Date();'],
      ['src/core/chance.ts', 'const chance = Math.random;'],
      ['src/region/tick.ts', 'setInterval(() => {}, 250);'],
      ['simulations/world.ts', 'const at = performance.now();'],
    ],
  },
  {
    claim: 'what the product exports for calling says what it promises in a doc comment',
    appliesTo: PRODUCT,
    breaches: undocumented,
    bad: [
      ['crdt/mute.ts', 'export function mute() {}'],
      ['src/mute.ts', '// not a doc comment\nexport const mute = () => 1;'],
      ['transport/mute.ts', '/** */\nexport class Mute {}'],
    ],
  },
  {
    claim: 'no tracked file names a path of the machine it was written on',
    appliesTo: /./,
    breaches: (text) => matches(text, /(?<![\w.~/*-])\/(home|root|work|Users)\/[\w.]+/g),
    bad: [
      ['README.md', `see ${['', 'home', 'someone', 'notes'].join('/')}`],
      ['test/a.test.ts', `open('${['', 'work', 'tree', 'file'].join('/')}')`],
      ['.ci/run', `cd ${['', 'root', 'headgate'].join('/')}`],
    ],
  },
  {
    claim: 'no tracked file names a package registry',
    appliesTo: /./,
    breaches: registries,
    bad: [
      ['.npmrc', `registry=https://${['registry', 'example', 'org'].join('.')}/`],
      ['Dockerfile', `FROM ${['registry-1', 'docker', 'io'].join('.')}/node`],
      ['package-lock.json', ['"resolved": "https', '//packages.example/yaml.tgz"'].join(':')],
    ],
  },
  {
    claim: 'no test is skipped, left for later or run alone',
    appliesTo: TESTS,
    breaches: unrunTests,
    bad: [
      ['test/a.test.ts', "test.skip('later', () => {});"],
      ['test/a.test.ts', "describe.only('alone', () => {});"],
      ['test/a.test.ts', "it.concurrent.todo('later');"],
      ['test/a.test.ts', "test.skipIf(isRoot)('sometimes', () => {});"],
      ['test/a.test.ts', "test('later', { skip: true }, () => {});"],
    ],
  },
  {
    claim: 'no test sleeps: it advances the clock, or waits for a condition in eventually.ts',
    appliesTo: TESTS,
    except: /^test\/([^/]+\/)*eventually\.ts$/,
    breaches: sleeps,
    bad: [
      ['test/a.test.ts', 'await new Promise((resolve) => setTimeout(resolve, 100));'],
      ['test/a.test.ts', 'await new Promise((done) => { setTimeout(() => done(1), 100); });'],
      ['test/a.test.ts', "import { setTimeout as sleep } from 'node:timers/promises';"],
      ['test/a.test.ts', 'const sleep = promisify(setTimeout);'],
    ],
  },
  {
    claim: 'every dependency is pinned to one exact version',
    appliesTo: /^package\.json$/,
    breaches: loosePins,
    bad: [
      ['package.json', '{ "dependencies": { "yaml": "^2.9.1" } }'],
      ['package.json', '{ "devDependencies": { "vitest": "latest" } }'],
    ],
  },
];

test('the listing finds the tree', () => {
  expect(tree()).toEqual(expect.arrayContaining(['package.json', 'crdt/index.ts', 'test/tidy.test.ts']));
});

test.each(RULES)('$claim', (rule) => {
  const files = tree().filter((path) => applies(rule, path));
  expect(files).not.toEqual([]);
  const breaches = files.flatMap((path) =>
    rule.breaches(readFileSync(path, 'utf8'), path).map((breach) => `${path}: ${breach}`),
  );
  expect(breaches).toEqual([]);
});

test.each(RULES.flatMap((rule) => rule.bad.map(([path, text]) => ({ rule, path, text, claim: rule.claim }))))(
  'a breach of "$claim" is noticed in $path',
  ({ rule, path, text }) => {
    expect(applies(rule, path)).toBe(true);
    expect(rule.breaches(text, path)).not.toEqual([]);
  },
);

test('lines of nested tests do not count against the function that holds them', () => {
  const story = `test('one', () => {${'\n'.repeat(FUNCTION_LINES_MAX - 2)}});`;
  expect(longFunctions(`export function suite() {\n${story}\n${story}\n}`, 'test/suite.ts')).toEqual([]);
});

test('a deadline is not a sleep', () => {
  const deadline = 'new Promise((resolve, reject) => { setTimeout(() => reject(new Error("late")), 100); });';
  expect(sleeps(deadline, 'test/a.test.ts')).toEqual([]);
});

function tree(): string[] {
  const listing = execFileSync(
    'git',
    ['-c', 'safe.directory=*', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    { encoding: 'utf8' },
  );
  return [...new Set(listing.split('\0'))].filter((path) => path !== '' && existsSync(path));
}

function applies(rule: Rule, path: string): boolean {
  return rule.appliesTo.test(path) && !(rule.except?.test(path) ?? false);
}

function longFile(text: string, path: string): string[] {
  const lines = text.split('\n').length - 1;
  const most = TESTS.test(path) ? TEST_FILE_LINES_MAX : FILE_LINES_MAX;
  return lines > most ? [`${lines} lines`] : [];
}

function longFunctions(text: string, path: string): string[] {
  return nodes(text, path)
    .filter(ts.isFunctionLike)
    .map((node) => ({ node, lines: lineCount(node) - linesOfStories(node) }))
    .filter(({ lines }) => lines > FUNCTION_LINES_MAX)
    .map(({ node, lines }) => `${lines} lines from line ${lineOf(node)}`);
}

function linesOfStories(within: ts.Node): number {
  let lines = 0;
  ts.forEachChild(within, (child) => {
    lines += isStory(child) ? lineCount(child) : linesOfStories(child);
  });
  return lines;
}

function isStory(node: ts.Node): boolean {
  return ts.isCallExpression(node) && /^(test|it|describe)$/.test(nameAtRoot(node.expression));
}

/** `test` of `test.each(table)`: the identifier that a chain of calls and properties begins with. */
function nameAtRoot(node: ts.Expression): string {
  if (ts.isIdentifier(node)) return node.text;
  if (ts.isCallExpression(node) || ts.isPropertyAccessExpression(node)) return nameAtRoot(node.expression);
  return '';
}

function manyParameters(text: string, path: string): string[] {
  return nodes(text, path)
    .filter(ts.isFunctionLike)
    .filter((node) => node.parameters.length > PARAMETERS_MAX)
    .map((node) => `${node.parameters.length} parameters on line ${lineOf(node)}`);
}

function defaultExports(text: string, path: string): string[] {
  return nodes(text, path)
    .filter(
      (node) =>
        ts.isExportAssignment(node) ||
        node.kind === ts.SyntaxKind.DefaultKeyword ||
        (ts.isExportSpecifier(node) && node.name.text === 'default'),
    )
    .filter((node) => !ts.isDefaultClause(node.parent))
    .map((node) => `a default export on line ${lineOf(node)}`);
}

function drawers(_text: string, path: string): string[] {
  return path
    .split('/')
    .map((part) => part.toLowerCase().replace(/\..*/, ''))
    .filter((stem) => /^(utils?|helpers?|common|misc)$/.test(stem));
}

function bareImports(text: string, path: string): string[] {
  return nodes(text, path)
    .map(specifierOf)
    .filter((specifier) => specifier?.startsWith('.') && !/\.(tsx?|mjs|json)$/.test(specifier))
    .map((specifier) => `import of '${specifier}'`);
}

/** What a node that imports names, for every form an import can take. */
function specifierOf(node: ts.Node): string | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return literalText(node.moduleSpecifier);
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return literalText(node.arguments[0]);
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
    return literalText(node.argument.literal);
  return undefined;
}

function literalText(node: ts.Node | undefined): string | undefined {
  return node !== undefined && ts.isStringLiteral(node) ? node.text : undefined;
}

function inerasable(text: string, path: string): string[] {
  return nodes(text, path)
    .filter(
      (node) =>
        ts.isEnumDeclaration(node) ||
        ts.isDecorator(node) ||
        (ts.isModuleDeclaration(node) && ts.isIdentifier(node.name) && node.name.text !== 'global') ||
        (ts.isParameter(node) && ts.isParameterPropertyDeclaration(node, node.parent)),
    )
    .map((node) => `${ts.SyntaxKind[node.kind]} on line ${lineOf(node)}`);
}

const HIDDEN_INPUTS =
  /^(Date|performance|crypto|globalThis|setTimeout|setInterval|setImmediate|queueMicrotask|Math\.random)$/;

function hiddenInputs(text: string, path: string): string[] {
  return nodes(text, path)
    .flatMap((node) => {
      if (ts.isPropertyAccessExpression(node)) return [node.getText(), node.expression.getText()];
      return ts.isCallExpression(node) || ts.isNewExpression(node) ? [node.expression.getText()] : [];
    })
    .filter((used) => HIDDEN_INPUTS.test(used));
}

function undocumented(text: string, path: string): string[] {
  return parse(text, path).statements.flatMap((statement) => {
    const name = exportedForCalling(statement);
    return name === undefined || hasDocComment(statement) ? [] : [`${name} has no doc comment`];
  });
}

/** The name of an exported function or class; undefined for every other statement. */
function exportedForCalling(statement: ts.Statement): string | undefined {
  const exported =
    ts.canHaveModifiers(statement) &&
    ts.getModifiers(statement)?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword);
  if (!exported) return undefined;
  if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) return statement.name?.text;
  if (!ts.isVariableStatement(statement)) return undefined;
  const callable = statement.declarationList.declarations.find(
    ({ initializer }) =>
      initializer !== undefined && (ts.isArrowFunction(initializer) || ts.isFunctionExpression(initializer)),
  );
  return callable?.name.getText();
}

function hasDocComment(statement: ts.Statement): boolean {
  return ts
    .getJSDocCommentsAndTags(statement)
    .some((comment) => (ts.getTextOfJSDocComment(comment.comment) ?? '').trim() !== '');
}

const REGISTRY = /\b(registry|mirrors?)(-\d+)?(\.[a-z0-9-]+){2,}|"resolved": "[a-z]+:/gi;

function registries(text: string): string[] {
  return matches(text, REGISTRY);
}

function unrunTests(text: string, path: string): string[] {
  const left = /^(skip|only|todo|skipIf|runIf|fails)$/;
  return nodes(text, path)
    .filter(
      (node) =>
        (ts.isPropertyAccessExpression(node) &&
          left.test(node.name.text) &&
          /^(test|it|describe|suite)$/.test(nameAtRoot(node.expression))) ||
        (ts.isPropertyAssignment(node) &&
          left.test(node.name.getText()) &&
          ts.isCallExpression(node.parent.parent) &&
          isStory(node.parent.parent)),
    )
    .map((node) => `${node.getText()} on line ${lineOf(node)}`);
}

function sleeps(text: string, path: string): string[] {
  return nodes(text, path)
    .filter((node) => isSleep(node) || /^(node:)?timers\/promises$/.test(specifierOf(node) ?? ''))
    .map((node) => `a sleep on line ${lineOf(node)}`);
}

/** A timer that resolves the promise it is made in, or `setTimeout` given away to become one. */
function isSleep(node: ts.Node): boolean {
  if (!ts.isCallExpression(node)) return false;
  if (node.arguments.some((argument) => argument.getText() === 'setTimeout')) return true;
  if (node.expression.getText() !== 'setTimeout') return false;
  const executor = ts.findAncestor(
    node,
    (above): above is ts.ArrowFunction | ts.FunctionExpression =>
      (ts.isArrowFunction(above) || ts.isFunctionExpression(above)) && ts.isNewExpression(above.parent),
  );
  const resolve = executor?.parameters[0]?.name.getText();
  return resolve !== undefined && new RegExp(`\\b${resolve}\\b`).test(node.arguments[0]?.getText() ?? '');
}

function loosePins(text: string): string[] {
  const manifest = JSON.parse(text) as Record<string, Record<string, string> | undefined>;
  return ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies']
    .flatMap((kind) => Object.entries(manifest[kind] ?? {}))
    .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
    .map(([name, version]) => `${name} ${version}`);
}

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([match]) => match);
}

const parsed = new Map<string, ts.SourceFile>();

function parse(text: string, path: string): ts.SourceFile {
  const key = `${path}\0${text}`;
  const known = parsed.get(key);
  if (known !== undefined) return known;
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  parsed.set(key, file);
  return file;
}

function nodes(text: string, path: string): ts.Node[] {
  const all: ts.Node[] = [];
  const collect = (node: ts.Node): void => {
    all.push(node);
    ts.forEachChild(node, collect);
  };
  collect(parse(text, path));
  return all;
}

function lineOf(node: ts.Node): number {
  return node.getSourceFile().getLineAndCharacterOfPosition(node.getStart()).line + 1;
}

function lineCount(node: ts.Node): number {
  return node.getSourceFile().getLineAndCharacterOfPosition(node.end).line + 2 - lineOf(node);
}
