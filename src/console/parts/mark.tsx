import type { Tone } from '../../watch/happening.ts';

/** Shapes differ as colours do, for those who cannot tell the colours apart. */
const SHAPES: Readonly<Record<Tone, string>> = {
  good: 'M3 8.5 6.5 12 13 4.5',
  info: 'M8 7.5v4M8 4.5v.5',
  warning: 'M8 4.5v5M8 12v.2',
  critical: 'M5 5l6 6M11 5l-6 6',
};

/** A small sign for how much something matters; what it stands beside says the same in words. */
export function Mark({ tone }: { readonly tone: Tone }) {
  return (
    <svg
      class={`mark tone-${tone}`}
      viewBox="0 0 16 16"
      width="16"
      height="16"
      aria-hidden="true"
      focusable="false"
    >
      {tone === 'warning' ? (
        <path class="mark-ground" d="M8 .8 15.6 14.6H.4Z" />
      ) : (
        <circle class="mark-ground" cx="8" cy="8" r="8" />
      )}
      <path class="mark-sign" d={tone === 'warning' ? 'M8 6v4M8 12v.4' : SHAPES[tone]} />
    </svg>
  );
}
