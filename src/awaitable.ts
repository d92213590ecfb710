/** Something that is there at once where it can be, and a promise of it only where it must be waited for. */
export type Awaitable<Value> = Value | Promise<Value>;

/** Goes on with a value: at once where it is there, so that nothing is allocated on a path that never waits. */
export function andThen<Value, Next>(
  value: Awaitable<Value>,
  next: (value: Value) => Awaitable<Next>,
): Awaitable<Next> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** All of them in their order: at once where every one is there. */
export function together<Value>(values: readonly Awaitable<Value>[]): Awaitable<readonly Value[]> {
  return values.some((value) => value instanceof Promise)
    ? Promise.all(values)
    : (values as readonly Value[]);
}
