import type { Line } from './row.ts';

/** The middle one; of an even number the mean of the two in the middle. NaN of none. */
export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle) - 1] ?? Number.NaN)) / 2;
}

/** Figure by figure, so that both sides of each quotient were measured side by side. */
export function ratios(ours: readonly number[], theirs: readonly number[]): number[] {
  return ours.map((figure, round) => figure / (theirs[round] ?? Number.NaN));
}

/** Whether a line reaches its target; undefined where it has none. */
export function isMet({ figures, target }: Line): boolean | undefined {
  if (target === undefined) return undefined;
  const figure = median(figures);
  return 'atLeast' in target ? figure >= target.atLeast : figure <= target.atMost;
}

/** With as many digits as matter, and commas between thousands. */
export function written(figure: number): string {
  const digits = Math.abs(figure) >= 100 ? 0 : Math.abs(figure) >= 10 ? 1 : 2;
  return figure.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** Runs what is compared in turns, so that all of them meet the same moods of the machine; the results by name, a list for each. */
export async function inTurns<Result>(
  rounds: number,
  sides: Readonly<Record<string, () => Promise<Result> | Result>>,
): Promise<(name: string) => readonly Result[]> {
  const results = new Map<string, Result[]>(Object.keys(sides).map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, run] of Object.entries(sides)) results.get(name)?.push(await run());
  }
  return (name) => results.get(name) ?? [];
}
