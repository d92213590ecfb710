/** Stands for every key of a limit. No request has it: see `counterKey`. */
export const WHOLE_KEY = '\u0000';

/** The key that values make, in order: one value stands as it is; of several, each has its commas escaped, so that no two share a key. */
export function keyOf(values: readonly string[]): string {
  return values.length === 1 ? (values[0] ?? '') : values.map(escapeCommas).join(',');
}

/** The values that make a key of several; of a key of one value it is no inverse where that has commas. */
export function valuesOf(key: string): string[] {
  const values: string[] = [];
  let value = '';
  for (let at = 0; at < key.length; at += 1) {
    const letter = key[at] ?? '';
    if (letter === '\\') {
      at += 1;
      value += key[at] ?? '';
    } else if (letter === ',') {
      values.push(value);
      value = '';
    } else {
      value += letter;
    }
  }
  return [...values, value];
}

/** A value as it stands in a key of several. */
export function escapeCommas(value: string): string {
  if (!value.includes(',') && !value.includes('\\')) return value;
  return value.replaceAll('\\', '\\\\').replaceAll(',', '\\,');
}
