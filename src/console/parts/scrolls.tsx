import type { ComponentChildren } from 'preact';

type ScrollsProps = { readonly label: string; readonly children: ComponentChildren };

/** What may be wider than the screen: it scrolls by itself, by keyboard too. */
export function Scrolls({ label, children }: ScrollsProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without it nobody could scroll it by keyboard
    <section class="scrolls" tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}
