import { expect, test } from 'vitest';
import { Refusals, type Refused } from '../../src/access/refusals.ts';

const GUESS: Refused = { interface: 'http', code: 'token_invalid', route: 'GET /check', address: '10.0.0.9' };

test('a guesser is counted each time, and told of once in ten seconds', () => {
  const lines: unknown[] = [];
  const write = (_event: string, fields: unknown) => void lines.push(fields);
  const refusals = new Refusals({ info: write, warn: write, error: write });
  for (let at = 0; at < 100_000; at += 10) refusals.note(GUESS, at);
  expect(lines).toHaveLength(10);
  expect(lines.slice(0, 2)).toEqual([
    { ...GUESS, count: 1, since: 1 },
    { ...GUESS, count: 1_001, since: 1_000 },
  ]);
  refusals.note({ ...GUESS, interface: 'grpc' }, 100_000);
  expect(lines).toHaveLength(11);
  expect(refusals.counts().filter(({ count }) => count > 0)).toEqual([
    { interface: 'http', code: 'token_invalid', count: 10_000 },
    { interface: 'grpc', code: 'token_invalid', count: 1 },
  ]);
  expect(refusals.counts()).toHaveLength(6);
});
