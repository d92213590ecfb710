import { expect, test } from 'vitest';
import { TURN_MS_MAX, Turns } from '../../src/adapters/system/turns.ts';

/** A loop whose turns the test ends. */
function loop() {
  let monoMs = 0;
  let ends: (() => void)[] = [];
  const turns = new Turns({
    now: () => ({ wallMs: 0, monoMs }),
    every: () => () => undefined,
    soon: (task) => void ends.push(task),
  });
  return {
    turns,
    pass: (ms: number) => {
      monoMs += ms;
    },
    endTurn: () => {
      for (const end of ends.splice(0)) end();
      ends = [];
    },
  };
}

test('one long turn refuses nothing: it may have been a pause', () => {
  const { turns, pass } = loop();
  expect(turns.refuse()).toBe(false);
  pass(10 * TURN_MS_MAX);
  expect(turns.refuse()).toBe(false);
  expect(turns.refused()).toBe(0);
});

test('after a long turn the next decides for as long as it may, and refuses the rest', () => {
  const { turns, pass, endTurn } = loop();
  turns.refuse();
  pass(TURN_MS_MAX);
  endTurn();
  expect(turns.refuse()).toBe(false);
  pass(TURN_MS_MAX - 1);
  expect(turns.refuse()).toBe(false);
  pass(1);
  expect([turns.refuse(), turns.refuse()]).toEqual([true, true]);
  expect(turns.refused()).toBe(2);
});

test('half of the time is for decisions, however much is refused', () => {
  const { turns, pass, endTurn } = loop();
  turns.refuse();
  pass(10 * TURN_MS_MAX);
  endTurn();
  turns.refuse();
  pass(5 * TURN_MS_MAX - 1);
  expect(turns.refuse()).toBe(false);
  pass(1);
  expect(turns.refuse()).toBe(true);
});

test('a turn that ends in time ends the overload', () => {
  const { turns, pass, endTurn } = loop();
  turns.refuse();
  pass(TURN_MS_MAX);
  endTurn();
  turns.refuse();
  endTurn();
  turns.refuse();
  pass(10 * TURN_MS_MAX);
  expect(turns.refuse()).toBe(false);
});

test('time between turns in which nobody asked does not count', () => {
  const { turns, pass, endTurn } = loop();
  turns.refuse();
  endTurn();
  pass(10 * TURN_MS_MAX);
  turns.refuse();
  endTurn();
  expect(turns.refuse()).toBe(false);
});
