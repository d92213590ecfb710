import { expect, test } from 'vitest';
import { Unconfirmed } from '../../transport/unconfirmed.ts';
import { eventually } from '../eventually.ts';

const MIB = 1024 * 1024;

test('a server that confirms is never full', async () => {
  let asked = 0;
  const unconfirmed = new Unconfirmed(async () => {
    asked += 1;
  });
  for (let sent = 0; sent < 40; sent += 1) {
    unconfirmed.add(MIB);
    await eventually(() => !unconfirmed.full());
  }
  expect(asked).toBeGreaterThanOrEqual(8);
});

test('a server that stalls is full after a few mebibytes, is asked once, and takes more when it answers', async () => {
  const answers: (() => void)[] = [];
  const unconfirmed = new Unconfirmed(() => new Promise<void>((resolve) => answers.push(resolve)));
  let sent = 0;
  while (!unconfirmed.full()) {
    unconfirmed.add(MIB / 4);
    sent += MIB / 4;
  }
  expect(sent).toBeLessThan(5 * MIB);
  expect(answers).toHaveLength(1);
  unconfirmed.add(MIB);
  answers[0]?.();
  await eventually(() => !unconfirmed.full() || answers.length > 1 || undefined, { withinMs: 100 }).catch(
    () => undefined,
  );
  // The answer covers what was sent before the question only; the next frame asks about the rest.
  unconfirmed.add(1);
  expect(answers).toHaveLength(2);
  answers[1]?.();
  await eventually(() => !unconfirmed.full());
});

test('little is sent without asking', () => {
  const unconfirmed = new Unconfirmed(() => Promise.reject(new Error('asked')));
  for (let sent = 0; sent < 100; sent += 1) unconfirmed.add(300);
  expect(unconfirmed.full()).toBe(false);
});
