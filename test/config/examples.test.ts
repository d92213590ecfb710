import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadLimits } from '../../config/limits-file.ts';
import { loadConfiguration } from '../../config/load.ts';

const directory = join(import.meta.dirname, '../../config/examples');
const examples = readdirSync(directory);

test('there are examples of both kinds', () => {
  expect(examples).toEqual(expect.arrayContaining(['limits.yaml', 'three-regions.yaml']));
});

test.each(examples)('%s loads', (name) => {
  const file = join(directory, name);
  const env = { CLUSTER_KEY: '0123456789abcdef' };
  const result = name.startsWith('limits')
    ? loadLimits(file)
    : loadConfiguration({ file, env, anyRegion: true });
  expect(result).toMatchObject({ ok: true });
});
