import { expect, test } from 'vitest';
import { Findings } from '../../config/findings.ts';
import { formatProblem } from '../../config/problem.ts';
import { readYaml } from '../../config/yaml-text.ts';

function read(text: string) {
  const findings = new Findings('f');
  const tree = readYaml(text, { origin: 'f', path: '', variables: undefined }, findings);
  return { tree, findings, lines: findings.problems().map(formatProblem) };
}

test('anchors and aliases stand for the values they name', () => {
  const { tree, lines } = read('a: &x { b: 1 }\nc: *x\nd: [*x, *x]\n');
  expect(lines).toEqual([]);
  expect(tree).toEqual({ a: { b: 1 }, c: { b: 1 }, d: [{ b: 1 }, { b: 1 }] });
});

test('every value and key knows where it was written', () => {
  const { findings } = read('a:\n  - b: 1\n    c:   two\n');
  expect(findings.placeOf('/a/0/c')).toEqual({ origin: 'f', line: 3, column: 10 });
  expect(findings.placeOf('/a/0/missing')).toEqual({ origin: 'f', line: 2, column: 5 });
});

test.each([
  ['a: 1\nb: 2\na: 3\n', ['f:3:1 a: is given twice; keep one; the first is on line 1']],
  ['a:\n  b: 1\n  "b": 2\n', ['f:3:3 a.b: is given twice; keep one; the first is on line 2']],
  [
    'a: [1\nb: 2',
    ['f:2:1: not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]'],
  ],
  ['a: 1\n---\nb: 2\n', ['f:2:1: a second document starts here; keep one document in a file']],
  ['a: !secret x\n', ['f:1:4: not YAML: Unresolved tag: !secret']],
  ['a: !!binary aGk=\n', ['f:1:4: not YAML: Unresolved tag: tag:yaml.org,2002:binary']],
  [
    'a: [$' + '{NAME}]\n',
    [
      'f:1:6: not YAML: Missing , or : between flow sequence items; inside [ ] and { }, put a variable in quotes',
    ],
  ],
  ['a: *nowhere\n', ['f:1:4 a: no anchor &nowhere before this; write the value out']],
  ['a: &x [1, *x]\n', ['f:1:11 a[1]: &x holds itself; write the value out']],
  ['? [1]\n: 2\n', ['f:1:3: a key is not plain text; write name: value']],
  ['a:\n  __proto__: { b: 1 }\n', ['f:2:3 a: the name __proto__ is not allowed; choose another name']],
  ['constructor: 1\n', ['f:1:1: the name constructor is not allowed; choose another name']],
  ['prototype: 1\n', ['f:1:1: the name prototype is not allowed; choose another name']],
  [`${'{a: '.repeat(26)}1${'}'.repeat(26)}`, [`f:1:101 ${'a.'.repeat(24)}a: nested deeper than 24 levels`]],
])('%j is refused with its line and column', (text, problems) => {
  expect(read(text).lines).toEqual(problems);
});

test('a syntax error does not repeat what may be a secret', () => {
  const { lines } = read('key: [ "a" ]\n}hunter2\nkey: "x"hunter2\n');
  expect(lines).not.toEqual([]);
  expect(lines.join()).not.toContain('hunter2');
});

test('nothing reaches the prototype of what is read', () => {
  const { tree } = read(
    '__proto__: { polluted: true }\nconstructor: { prototype: { polluted: true } }\na: 1\n',
  );
  expect(tree).toEqual({ a: 1 });
  expect(Object.getPrototypeOf(tree)).toBe(Object.prototype);
  expect({}).not.toHaveProperty('polluted');
});

test('a small text of aliases cannot stand for billions of values', () => {
  const letters = 'abcdefghij'.split('');
  const bomb = letters.map((letter, index) => {
    const inside = index === 0 ? 'x' : `*${letters[index - 1]}`;
    return `${letter}: &${letter} [${Array(10).fill(inside).join(', ')}]`;
  });
  const { lines } = read(bomb.join('\n'));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^f:1:\d+ .*: aliases stand for more than 10000 values; write the values out$/);
});

test.each([
  ['[', 100_000],
  ['{a: ', 50_000],
  ['- ', 50_000],
  ['? ', 50_000],
])('%j nested without end is refused', (opening, times) => {
  expect(read(opening.repeat(times)).lines[0]).toMatch(/^f:1:\d+: nested too deeply$/);
});

test('a long map is read in time that grows with its length only', () => {
  const text = Array.from({ length: 20_000 }, (_, index) => `key${index}: ${index}`).join('\n');
  const { tree, lines } = read(text);
  expect(lines).toEqual([]);
  expect(Object.keys(tree as object)).toHaveLength(20_000);
});
