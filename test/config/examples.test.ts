import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadLimits } from '../../config/limits-file.ts';
import { loadConfiguration } from '../../config/load.ts';
import { headgate } from '../cli/command.ts';
import { EXAMPLES, recipe } from './recipe.ts';

/** What is no recipe: the files that a first start needs. */
const BASICS = ['limits.yaml', 'three-regions.yaml'];

const examples = readdirSync(EXAMPLES);
const recipes = examples.filter((name) => !BASICS.includes(name));

test('there are examples of both kinds, and recipes', () => {
  expect(examples).toEqual(expect.arrayContaining(BASICS));
  expect(recipes.length).toBeGreaterThanOrEqual(9);
});

test.each(examples)('%s loads', (name) => {
  const file = join(EXAMPLES, name);
  const env = { CLUSTER_KEY: '0123456789abcdef' };
  const result =
    name === 'three-regions.yaml' ? loadConfiguration({ file, env, anyRegion: true }) : loadLimits(file);
  expect(result).toMatchObject({ ok: true });
});

test.each(recipes)(
  '%s begins with what it is for, its requests, what a denied client sees, and its knobs',
  (name) => {
    const [head = ''] = readFileSync(join(EXAMPLES, name), 'utf8').split('version: 1');
    const parts = [...head.matchAll(/^# (For|Requests|Denied|Knobs):/gm)].map(([, part]) => part);
    expect(parts).toEqual(['For', 'Requests', 'Denied', 'Knobs']);
    for (const { resource, dimensions } of recipe(name.replace('.yaml', ''))) {
      expect(head).toContain(resource.replace(/\.?\*$/, ''));
      for (const dimension of Object.keys(dimensions)) expect(head).toContain(dimension);
    }
  },
);

test('the README links to every recipe', () => {
  const readme = readFileSync(join(EXAMPLES, '../../README.md'), 'utf8');
  for (const name of recipes) expect(readme).toContain(`(config/examples/${name})`);
});

test('headgate validate finds nothing wrong with any example', async () => {
  const files = examples.map((name) => join(EXAMPLES, name));
  const { code, stdout, stderr } = await headgate(['validate', ...files], {
    env: { CLUSTER_KEY: '0123456789abcdef' },
  });
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(stdout.match(/ is right /g)).toHaveLength(examples.length);
});
