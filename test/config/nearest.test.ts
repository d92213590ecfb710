import { expect, test } from 'vitest';
import { nearestName } from '../../config/nearest.ts';

const names = ['heartbeat', 'suspicion', 'port', 'host'];

test.each([
  ['heartbeet', 'heartbeat'],
  ['HEARTBEAT', 'heartbeat'],
  ['prot', 'port'],
  ['hots', 'host'],
  ['suspision', 'suspicion'],
  ['x', undefined],
  ['listen', undefined],
  ['h'.repeat(10_000), undefined],
])('%s was meant to be %s', (written, meant) => {
  expect(nearestName(written, names)).toBe(meant);
});
