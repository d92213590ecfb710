/** A value at a moment, where it is known. */
export type Reading = { readonly atMs: number; readonly value: number };

/** Turns a value into pixels. */
export type Scale = (value: number) => number;

/** Milliseconds between two seconds beyond which there is a gap. */
const GAP_MS = 2_600;

/** Round numbers from 0 to just above `most`, at most five of them. */
export function roundSteps(most: number): readonly number[] {
  const size = 10 ** Math.floor(Math.log10(Math.max(most, 1e-9) / 4));
  const step = [1, 2, 2.5, 5, 10].map((times) => times * size).find((each) => each * 4 >= most) ?? size * 10;
  const count = Math.max(1, Math.ceil(most / step - 1e-9));
  return Array.from({ length: count + 1 }, (_, at) => Number((at * step).toPrecision(6)));
}

/** The line through readings, with a break where there is a gap. */
export function linePath(readings: readonly Reading[], x: Scale, y: Scale): string {
  return runsOf(readings)
    .map((run) => `M${run.map(({ atMs, value }) => `${px(x(atMs))} ${px(y(value))}`).join('L')}`)
    .join('');
}

/** The area between two lines that are known at the same moments. */
export function areaPath(
  readings: readonly (Reading & { readonly base: number })[],
  x: Scale,
  y: Scale,
): string {
  return runsOf(readings)
    .map((run) => {
      const top = run.map(({ atMs, value }) => `${px(x(atMs))} ${px(y(value))}`);
      const bottom = run.toReversed().map(({ atMs, base }) => `${px(x(atMs))} ${px(y(base))}`);
      return `M${[...top, ...bottom].join('L')}Z`;
    })
    .join('');
}

function runsOf<Each extends Reading>(readings: readonly Each[]): Each[][] {
  const runs: Each[][] = [];
  for (const reading of readings) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    if (run === undefined || last === undefined || reading.atMs - last.atMs > GAP_MS) runs.push([reading]);
    else run.push(reading);
  }
  return runs;
}

function px(value: number): number {
  return Math.round(value * 10) / 10;
}
