/** A point of a picture, in pixels. */
export type Point = { readonly x: number; readonly y: number };

/** The room that a picture has, and what it leaves free at its edges. */
export type Room = {
  readonly width: number;
  readonly height: number;
  readonly marginX: number;
  readonly marginTop: number;
  readonly marginBottom: number;
};

/**
 * Where regions stand in a picture: on an ellipse, the first at its left, the others clockwise after it, stretched so that they fill
 * the room. One alone stands in the middle.
 */
export function placeRegions(
  count: number,
  { width, height, marginX, marginTop, marginBottom }: Room,
): Point[] {
  const angles = Array.from({ length: count }, (_, at) => Math.PI + (2 * Math.PI * at) / count);
  const xs = fill(angles.map(Math.cos), marginX, width - marginX);
  const ys = fill(angles.map(Math.sin), marginTop, height - marginBottom);
  return angles.map((_, at) => ({ x: xs[at] ?? 0, y: ys[at] ?? 0 }));
}

/** Where a line between two points leaves circles of a radius around them. */
export function between(from: Point, to: Point, radius: number): readonly [Point, Point] {
  const length = Math.max(1, Math.hypot(to.x - from.x, to.y - from.y));
  const [dx, dy] = [((to.x - from.x) * radius) / length, ((to.y - from.y) * radius) / length];
  return [
    { x: from.x + dx, y: from.y + dy },
    { x: to.x - dx, y: to.y - dy },
  ];
}

/** The arc of a circle that begins at its top and covers a part of it. */
export function arc({ x, y }: Point, radius: number, part: number): string {
  const end = Math.min(part, 0.999_9) * 2 * Math.PI;
  const large = part > 0.5 ? 1 : 0;
  const to = `${round(x + radius * Math.sin(end))} ${round(y - radius * Math.cos(end))}`;
  return `M${round(x)} ${round(y - radius)}A${radius} ${radius} 0 ${large} 1 ${to}`;
}

function fill(values: readonly number[], from: number, to: number): number[] {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  if (most - least < 1e-6) return values.map(() => (from + to) / 2);
  return values.map((value) => from + ((value - least) / (most - least)) * (to - from));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
