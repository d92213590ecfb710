import { signal } from '@preact/signals';

const NAME = 'headgate-token';

/** The bearer token, empty where none was given. Kept for this tab only, and sent in a header only. */
export const token = signal(sessionStorage.getItem(NAME) ?? '');

/** Uses another token from now on; an empty one forgets it. */
export function keepToken(text: string): void {
  if (text === '') sessionStorage.removeItem(NAME);
  else sessionStorage.setItem(NAME, text);
  token.value = text;
}
