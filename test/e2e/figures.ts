/** What demonstrations measured, printed together at the end as lines that can be quoted. */
export class Figures {
  readonly #lines: (readonly [transport: string, claim: string, figures: string])[] = [];

  note(transport: string, claim: string, figures: string): void {
    this.#lines.push([transport, claim, figures]);
  }

  print(): void {
    if (this.#lines.length === 0) return;
    const wide = Math.max(...this.#lines.map(([, claim]) => claim.length));
    // One world after the other, each in the order of its story.
    const sorted = this.#lines.toSorted(([a], [b]) => a.localeCompare(b));
    const lines = sorted.map(
      ([transport, claim, figures]) => `${transport.padEnd(5)} ${claim.padEnd(wide)}  ${figures}`,
    );
    console.log(lines.join('\n'));
  }
}

/** Milliseconds as seconds with one decimal. */
export function inSeconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(1)} s`;
}
