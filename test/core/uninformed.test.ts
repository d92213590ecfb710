import { expect, test } from 'vitest';
import { viewOf } from '../../src/core/look.ts';
import { limitSpec } from '../world.ts';
import { Lone } from './builders.ts';

const cutOff = () => new Lone({ newCluster: false });

test('a region that knows no stable version yet still sits, however long it has waited, and does not look ready', () => {
  const lone = cutOff();
  lone.run(20_000);
  expect(lone.check(1).allowed).toBe(false);
  expect(viewOf(lone.state, lone.at()).sitting).toBe(true);
});

test('a denial always names a moment that can be written down: a window or two away', () => {
  const lone = cutOff();
  lone.run(20_000);
  const { windowMs } = limitSpec();
  expect(lone.check(1).verdict?.retryAfterMs).toBeLessThanOrEqual(10 * windowMs);
});
