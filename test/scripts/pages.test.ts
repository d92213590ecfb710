import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { pages } from '../../scripts/pages/pages.ts';

test.each(pages())('$path is what `make pages` writes', ({ path, text }) => {
  expect(readFileSync(path, 'utf8')).toBe(text);
});
