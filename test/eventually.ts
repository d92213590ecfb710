import { setTimeout as pause } from 'node:timers/promises';

/** How long a condition is waited for when the caller does not say, in milliseconds. */
const WITHIN_MS = 5_000;

/** How often a condition is looked at when the caller does not say, in milliseconds. */
const EVERY_MS = 10;

export type Patience = {
  /** The longest to wait, in milliseconds. */
  readonly withinMs?: number;
  /** How often to look, in milliseconds. */
  readonly everyMs?: number;
  /** What is being waited for, for the failure's message. */
  readonly what?: string;
};

/**
 * Waits until `condition` gives something truthy and returns that.
 * A condition that throws has not come true yet: its last error is the `cause` of the failure.
 * Throws when the time is over; the condition is looked at least once after that, so a slow machine gets its chance.
 */
export async function eventually<T>(
  condition: () => T | Promise<T>,
  patience: Patience = {},
): Promise<NonNullable<T>> {
  const { withinMs = WITHIN_MS, everyMs = EVERY_MS, what = condition.toString() } = patience;
  const deadline = performance.now() + withinMs;
  let cause: unknown;
  for (;;) {
    const late = performance.now() >= deadline;
    try {
      const value = await condition();
      if (value) return value;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (late) throw new Error(`not true within ${withinMs} ms: ${what}`, { cause });
    await pause(everyMs);
  }
}
