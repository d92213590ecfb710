import { connection, frame, isStale } from '../live.ts';
import { nextTheme, type Theme, theme } from '../theme.ts';
import { keepToken, token } from '../token.ts';

const THEME_NAMES: Readonly<Record<Theme, string>> = {
  system: 'as the system',
  light: 'light',
  dark: 'dark',
};

const THEME_SIGNS: Readonly<Record<Theme, string>> = {
  system: 'M8 1.5a6.5 6.5 0 1 0 0 13Z',
  light: 'M8 4.8a3.2 3.2 0 1 0 0 6.4 3.2 3.2 0 0 0 0-6.4Z',
  dark: 'M13.5 9.9A6 6 0 0 1 6.1 2.5a6 6 0 1 0 7.4 7.4Z',
};

/** The top of the page: where one is, whether it is live, and how it looks. */
export function Masthead() {
  const region = frame.value?.region;
  return (
    <header class="masthead">
      <h1>
        <svg class="logo" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false">
          <rect width="32" height="32" rx="8" />
          <path d="M8 6v20M24 6v20M8 13h16M8 19h16" />
        </svg>
        Headgate
        {region !== undefined && <span class="place">{region}</span>}
      </h1>
      <LivePill />
      <div class="masthead-tools">
        {token.value !== '' && (
          <button type="button" class="quiet" onClick={() => keepToken('')}>
            Forget token
          </button>
        )}
        <button type="button" class="quiet" onClick={nextTheme} title={`Theme: ${THEME_NAMES[theme.value]}`}>
          <svg
            class="theme-sign"
            viewBox="0 0 16 16"
            width="16"
            height="16"
            aria-hidden="true"
            focusable="false"
          >
            <circle class="theme-ring" cx="8" cy="8" r="6.5" />
            <path d={THEME_SIGNS[theme.value]} />
          </svg>
          <span class="visually-hidden">Theme: {THEME_NAMES[theme.value]}. Change it.</span>
        </button>
      </div>
    </header>
  );
}

function LivePill() {
  const { state } = connection.value;
  const words = { connecting: 'connecting', live: 'live', lost: 'reconnecting', refused: 'needs a token' };
  const tone = state === 'live' ? 'good' : isStale.value || state === 'refused' ? 'critical' : 'warning';
  return (
    <span class={`pill tone-${tone}`} role="status">
      <span class="pill-dot" />
      {words[state]}
    </span>
  );
}
