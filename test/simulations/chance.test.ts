import { expect, test } from 'vitest';
import { Chance } from '../../simulations/chance.ts';

const draw = (chance: Chance, count: number) => Array.from({ length: count }, () => chance.next());

test('equal names draw equal numbers, different names different ones', () => {
  expect(draw(new Chance('a'), 5)).toEqual(draw(new Chance('a'), 5));
  expect(draw(new Chance('a'), 5)).not.toEqual(draw(new Chance('b'), 5));
});

test('what is drawn from a stream does not shift those that are split from it', () => {
  const fresh = new Chance('a');
  const used = new Chance('a');
  draw(used, 100);
  expect(draw(used.split('b'), 5)).toEqual(draw(fresh.split('b'), 5));
});

test.each([
  ['uniform', (chance: Chance) => chance.next(), 0.5],
  ['whole numbers below 11', (chance: Chance) => chance.below(11), 5],
  ['exponential', (chance: Chance) => chance.exponential(7), 7],
  ['few rare events', (chance: Chance) => chance.poisson(0.3), 0.3],
  ['many rare events', (chance: Chance) => chance.poisson(200), 200],
] as const)('the mean of %s is right', (name, next, mean) => {
  const chance = new Chance(name);
  let sum = 0;
  for (let at = 0; at < 20_000; at += 1) sum += next(chance);
  expect(sum / 20_000 / mean).toBeCloseTo(1, 1);
});
