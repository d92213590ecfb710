/** Stands where something could not be read and was reported, so that nothing further is said about it. */
export const UNREADABLE: unique symbol = Symbol('unreadable');

/**
 * A value that arrived as text where YAML would have told numbers and lists apart: from a flag, from the environment,
 * or out of `${NAME}`. The schema decides what the text means.
 */
export class RawText {
  readonly text: string;
  /** What problems may repeat: for `${NAME}` the name, since what it stands for may be a secret. */
  readonly shown: string;

  /** The text itself, and what may be shown of it. */
  constructor(text: string, shown: string) {
    this.text = text;
    this.shown = shown;
  }
}

/** A text that could not be completed; becomes a problem only if nothing overrides it. */
export class Unresolved {
  readonly message: string;
  readonly hint: string;

  /** What is wrong, and what would be right. */
  constructor(message: string, hint: string) {
    this.message = message;
    this.hint = hint;
  }
}

/** Whether `value` is a map of names to values, rather than a list, a scalar or one of the stand-ins above. */
export function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
