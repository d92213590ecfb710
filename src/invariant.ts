/** Something that must not happen has happened: a defect in Headgate, never the caller's mistake. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** Holds the process to a promise, in production too. Throws `InvariantError` when `holds` is false; `promise` says what should have held. */
export function invariant(holds: boolean, promise: string): asserts holds {
  if (!holds) throw new InvariantError(`invariant broken: ${promise}`);
}
