/** Letters of a beginning that are enough to guess the whole name. */
const BEGINNING_CHARS_MIN = 3;

/**
 * The one of `names` that `text` was probably meant to be: the one it begins, or the one fewest edits away, if those are within a
 * third of its length. Undefined when none is near.
 */
export function nearestName(text: string, names: readonly string[]): string | undefined {
  const begun = names.find((name) => text.length >= BEGINNING_CHARS_MIN && name.startsWith(text));
  if (begun !== undefined) return begun;
  let best: string | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (const name of names) {
    if (Math.abs(name.length - text.length) > name.length) continue;
    const edits = editDistance(text.toLowerCase(), name.toLowerCase());
    if (edits < fewest) [best, fewest] = [name, edits];
  }
  return best !== undefined && fewest <= Math.max(1, Math.floor(best.length / 3)) ? best : undefined;
}

/** Levenshtein's distance, one row at a time. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let line = 1; line <= from.length; line += 1) {
    const next = [line];
    for (let column = 1; column <= to.length; column += 1) {
      const replaced = (row[column - 1] ?? 0) + (from[line - 1] === to[column - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
