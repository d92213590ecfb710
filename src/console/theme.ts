import { effect, signal } from '@preact/signals';

/** What somebody chose; `system` follows the system's own choice. */
export type Theme = 'system' | 'light' | 'dark';

const NAME = 'headgate-theme';
const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

/** The theme that is shown. */
export const theme = signal<Theme>(stored());

/** Shows the theme, and remembers it for this browser. */
export function followTheme(): void {
  effect(() => {
    const { value } = theme;
    if (value === 'system') {
      localStorage.removeItem(NAME);
      delete document.documentElement.dataset['theme'];
    } else {
      localStorage.setItem(NAME, value);
      document.documentElement.dataset['theme'] = value;
    }
  });
}

/** Goes on to the next theme. */
export function nextTheme(): void {
  theme.value = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? 'system';
}

function stored(): Theme {
  const found = localStorage.getItem(NAME);
  return THEMES.find((one) => one === found) ?? 'system';
}
