import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseLimits } from '../../config/limits-file.ts';
import { SETTINGS } from '../../config/load.ts';
import { formatProblems } from '../../config/problem.ts';
import { loadText, problemLines, SMALL_DEPLOYMENT } from './memory-files.ts';

const names = fc.constantFrom(
  ...SETTINGS.flatMap((setting) => setting.path.split('.')),
  ...['version', 'name', 'quota', 'limits', 'match', 'resource', 'dimensions', 'limit', 'window'],
  ...['__proto__', 'constructor', 'prototype', 'toString', '', '<<'],
);

const leaves = fc.oneof(
  fc.constantFrom(
    null,
    true,
    1,
    -1,
    0.5,
    Infinity,
    'east',
    'mesh',
    '1s',
    '40%',
    '*',
    '$' + '{A}',
    '$' + '{',
    'http://x',
  ),
  fc.string({ unit: 'binary' }),
  fc.double(),
);

/** Trees that look like configurations and hardly ever are. */
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5 },
    leaves,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.array(fc.tuple(names, tie('tree')), { maxLength: 8 }).map(Object.fromEntries),
  ),
}));

/** Pieces of YAML in any order. */
const yamlish = fc
  .array(
    fc.oneof(
      names,
      fc.constantFrom(
        ': ',
        '\n',
        '  ',
        '- ',
        '[',
        ']',
        '{',
        '}',
        ',',
        '&a ',
        '*a',
        '|\n',
        '>',
        '"',
        "'",
        '#',
        '? ',
        '!x ',
        '---\n',
        '%YAML 1.1\n',
        '\t',
        '\u0000',
        '\ufeff',
      ),
      fc.string({ unit: 'binary', maxLength: 3 }),
    ),
    { maxLength: 60 },
  )
  .map((pieces) => pieces.join(''));

const texts = fc.oneof(
  fc.string({ unit: 'binary' }),
  yamlish,
  tree.map((value) => JSON.stringify(value) ?? ''),
);

/** What must hold of a refused configuration: it can be shown, one problem a line, and it hurt nobody. */
function expectHarmless(lines: readonly string[], shown: string): void {
  expect(shown.split('\n')).toHaveLength(lines.length + 1);
  expect(shown.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(Object.keys(Object.prototype)).toEqual([]);
}

test('no text is too strange for a deployment', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const result = loadText(text, { env: { A: text } });
      expectHarmless(problemLines(result), result.ok ? '' : formatProblems(result.problems));
    }),
    { numRuns: 1_000 },
  );
});

test('no bytes are too strange for a deployment', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(loadText(bytes).ok).toBe(false);
    }),
  );
});

test('no text is too strange for a file of limits', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const result = parseLimits(text, 'limits.yaml');
      if (!result.ok) expect(formatProblems(result.problems)).not.toBe('');
    }),
    { numRuns: 1_000 },
  );
});

test('no flag or variable is too strange', () => {
  const settings = fc.constantFrom(...SETTINGS);
  fc.assert(
    fc.property(settings, settings, texts, (first, second, text) => {
      const result = loadText(SMALL_DEPLOYMENT, {
        env: { [first.env]: text },
        flags: { [second.path]: text },
      });
      expectHarmless(problemLines(result), result.ok ? '' : formatProblems(result.problems));
    }),
    { numRuns: 1_000 },
  );
});

test('a part of a deployment in the place of another never throws', () => {
  fc.assert(
    fc.property(fc.nat({ max: 7 }), tree, (line, value) => {
      const lines = SMALL_DEPLOYMENT.split('\n');
      const key = lines[line]?.split(':')[0] ?? '';
      expect(
        problemLines(loadText(lines.with(line, `${key}: ${JSON.stringify(value)}`).join('\n'))),
      ).toBeInstanceOf(Array);
    }),
    { numRuns: 1_000 },
  );
});
