import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isMatch } from '../../src/core/pattern.ts';

/** The same by way of a regular expression. */
function oracle(pattern: string, text: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^]*')}$`).test(text);
}

test('a pattern matches what a regular expression made of it matches', () => {
  const pattern = fc.stringMatching(/^[ab*.]{0,8}$/);
  const text = fc.stringMatching(/^[ab.]{0,10}$/);
  fc.assert(
    fc.property(pattern, text, (a, b) => {
      expect(isMatch(a, b)).toBe(oracle(a, b));
    }),
    { numRuns: 5_000 },
  );
});

test('a text matches every pattern that is made of it by putting stars for parts', () => {
  const cuts = fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 4 });
  fc.assert(
    fc.property(fc.string({ maxLength: 20 }), cuts, (text, all) => {
      let pattern = text;
      for (const [from, length] of all) {
        const at = from % (pattern.length + 1);
        pattern = `${pattern.slice(0, at)}*${pattern.slice(at + (length % 4))}`;
      }
      expect(isMatch(pattern, text)).toBe(true);
    }),
  );
});

test.each([
  ['a*a', 'a', false],
  ['a*a', 'aa', true],
  ['*', '', true],
  ['**', '', true],
  ['a**b', 'ab', true],
  ['*a*', 'a', true],
  ['*ab*ab*', 'abab', true],
  ['*ab*ab*', 'ab', false],
  ['api.*.write', 'api.orders.write', true],
  ['api.*.write', 'api.write', false],
  ['api.*.write', 'api..write', true],
  ['a.c', 'abc', false],
  ['*\n*', 'a\nb', true],
] as const)('the pattern %j on %j: %s', (pattern, text, expected) => {
  expect(isMatch(pattern, text)).toBe(expected);
});

test('many stars on a long text that just fails need no more than a look at each letter for each star', () => {
  // Were it to go back and try again, this would not end.
  expect(isMatch(`${'*a'.repeat(200)}*b`, 'a'.repeat(20_000))).toBe(false);
});
