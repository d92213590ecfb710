import { expect } from 'vitest';
import type { LimitSpec } from '../../src/core/limit.ts';
import { limitSpec } from '../world.ts';
import { Lone } from './builders.ts';

type Dimensions = Readonly<Record<string, string>>;

const ALONE = [{ region: 'us-east', weight: 1 }];

/** One region that has every limit to itself, from its first day on. */
export function sole(...limits: readonly Partial<LimitSpec>[]): Lone {
  return new Lone({ members: ALONE, limits: limits.map((limit) => limitSpec(limit)) });
}

/** The same, of which nobody says that it is new: it lost its books, and sits out what they may have told of. */
export function soleWithoutBooks(...limits: readonly Partial<LimitSpec>[]): Lone {
  return new Lone({ members: ALONE, limits: limits.map((limit) => limitSpec(limit)), newCluster: false });
}

/** Lets time pass at once, as when nobody asks for a while. */
export function pass(lone: Lone, ms: number): void {
  lone.wallMs += ms;
  lone.monoMs += ms;
  lone.take({ kind: 'tick' });
}

/** Lets time pass up to so many milliseconds after the world began. */
export function passTo(lone: Lone, sinceStartMs: number): void {
  pass(lone, sinceStartMs - lone.monoMs);
}

/** Takes one permit after another until there is none; returns how many there were. */
export function drain(lone: Lone, dimensions: Dimensions = {}): number {
  let taken = 0;
  while (lone.check(1, dimensions).allowed) taken += 1;
  return taken;
}

/** Makes other limits those of the cluster, and lets the region adopt them. */
export function publish(lone: Lone, ...limits: readonly Partial<LimitSpec>[]): void {
  lone.take({
    kind: 'publish',
    configuration: { members: ALONE, limits: limits.map((limit) => limitSpec(limit)), retired: [] },
  });
}

/** Of a request that is denied now: it still is a millisecond before it should be tried again, and then is not. Returns how long that took. */
export function expectExactRetry(lone: Lone, permits = 1, dimensions: Dimensions = {}): number {
  const denied = lone.check(permits, dimensions);
  expect(denied.allowed).toBe(false);
  const retryAfterMs = denied.verdict?.retryAfterMs ?? Number.NaN;
  expect(Number.isInteger(retryAfterMs) && retryAfterMs > 0).toBe(true);
  if (retryAfterMs > 1) pass(lone, retryAfterMs - 1);
  if (retryAfterMs > 1)
    expect(lone.check(permits, dimensions), 'a millisecond early').toMatchObject({ allowed: false });
  pass(lone, 1);
  expect(lone.check(permits, dimensions), `after ${retryAfterMs} ms`).toMatchObject({ allowed: true });
  return retryAfterMs;
}
