import fc from 'fast-check';
import { expect, test } from 'vitest';
import { duplicateName } from '../../src/adapters/http/duplicate-names.ts';

const find = (text: string) => duplicateName(text, JSON.parse(text));

test.each([
  ['{"a":1,"a":2}', 'a'],
  ['{"a":{"b":1,"b":1}}', 'b'],
  ['[{"a":1},{"a":1,"c":2,"c":3}]', 'c'],
  ['{"a":1,"\\u0061":2}', 'a'],
  ['{"a\\"":1,"a\\"":2}', 'a"'],
  ['{"a\\\\":1,"a\\\\":":"}', 'a\\'],
  ['{"":1,"":2}', ''],
  ['{"__proto__":1,"__proto__":2}', '__proto__'],
  ['{"a":1,"b":{"a":1},"c":[{"a":1},{"a":1}]}', undefined],
  ['{"a":"b:c\\":d","e":": {}"}', undefined],
  ['{"a\\\\":":","b":"\\\\"}', undefined],
  ['"a:b"', undefined],
  ['[":"]', undefined],
  ['null', undefined],
  ['7', undefined],
  ['{"__proto__":{"a":1}}', undefined],
])('%s has %s twice', (text, name) => {
  expect(find(text)).toBe(name);
});

test('whatever JSON writes has no name twice, until one is written twice', () => {
  const names = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(fc.jsonValue(), names, (value, name) => {
      expect(find(JSON.stringify(value))).toBeUndefined();
      expect(find(JSON.stringify(value, undefined, 2))).toBeUndefined();
      const key = JSON.stringify(name);
      const inner = JSON.stringify(value);
      expect(find(`[${inner},{${key}:${inner},"${name === 'z' ? 'y' : 'z'}":0,${key}:${inner}}]`)).toBe(
        JSON.parse(key) as string,
      );
    }),
    { numRuns: 500 },
  );
});

test('deep nesting is no trouble', () => {
  const depth = 5_000;
  expect(find(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`)).toBeUndefined();
  expect(find(`${'['.repeat(depth)}{"a":1,"a":1}${']'.repeat(depth)}`)).toBe('a');
});
