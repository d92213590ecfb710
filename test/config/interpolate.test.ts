// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these texts are what users write.
import { expect, test } from 'vitest';
import { interpolate } from '../../config/interpolate.ts';
import { RawText, Unresolved } from '../../config/written.ts';

const variables = { A: 'one', EMPTY: '', YAML: '[1, {a: b}]', NESTED: '${A}' };

test.each([
  ['${A}', 'one'],
  ['x${A}y${A}', 'xoneyone'],
  ['${EMPTY}', ''],
  ['${EMPTY:-two}', 'two'],
  ['${MISSING:-two}', 'two'],
  ['${MISSING:-}', ''],
  ['${A:-two}', 'one'],
  ['${MISSING:-a:-b\nc}', 'a:-b\nc'],
  ['${YAML}', '[1, {a: b}]'],
  ['${NESTED}', '${A}'],
  ['$${A} ${A}', '${A} one'],
])('%j becomes %j', (text, filled) => {
  expect(interpolate(text, variables)).toEqual(new RawText(filled, text));
});

test.each([
  ['plain $A {A} $', 'plain $A {A} $'],
  ['$${A}', '${A}'],
])('%j has nothing to fill in', (text, result) => {
  expect(interpolate(text, variables)).toBe(result);
});

test.each([
  ['${MISSING}', 'the environment variable MISSING is not set'],
  ['${toString}', 'the environment variable toString is not set'],
  ['${A', '"${A" is not a variable'],
  ['${}', '"${}" is not a variable'],
  ['${1A}', '"${1A}" is not a variable'],
  ['${A-two}', '"${A-two}" is not a variable'],
])('%j cannot be filled in', (text, message) => {
  const result = interpolate(text, variables);
  expect(result).toBeInstanceOf(Unresolved);
  expect(result).toMatchObject({ message });
});
