const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

const DURATION = /^(\d{1,12}(?:\.\d{1,3})?)(ms|s|m|h|d)$/;

/**
 * Milliseconds that a text such as `250ms`, `1.5s`, `10m`, `1h` or `1d` means; undefined when it has no unit,
 * another unit, a sign, or is not a whole number of milliseconds.
 */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = DURATION.exec(text) ?? [];
  if (amount === undefined || unit === undefined) return undefined;
  // Counted in thousandths, so that fractions stay exact; what is too long for that is too long for any setting.
  const [whole = '0', fraction = ''] = amount.split('.');
  const thousandths = Number(whole + fraction.padEnd(3, '0')) * UNITS_MS[unit as keyof typeof UNITS_MS];
  if (!Number.isSafeInteger(thousandths) || thousandths % 1_000 !== 0) return undefined;
  return thousandths / 1_000;
}

/** The shortest text that `parseDuration` reads back as `milliseconds`, which is a whole number that is not negative. */
export function showDuration(milliseconds: number): string {
  const units = Object.entries(UNITS_MS).reverse();
  const [unit, size] = units.find(([, size]) => milliseconds >= size && milliseconds % size === 0) ?? [
    'ms',
    1,
  ];
  return `${milliseconds / size}${unit}`;
}

const UNIT_WORDS: Readonly<Record<string, string>> = {
  msec: 'ms',
  millisecond: 'ms',
  sec: 's',
  second: 's',
  min: 'm',
  minute: 'm',
  hr: 'h',
  hour: 'h',
  day: 'd',
};

/**
 * Milliseconds that somebody is likely to have meant by what is no duration as settings have them: a number without a unit, which
 * counts seconds, or a unit spelled out. Undefined where that is anyone's guess.
 */
export function guessDuration(written: unknown): number | undefined {
  if (typeof written === 'number') return parseDuration(`${written}s`);
  if (typeof written !== 'string') return undefined;
  const [, amount = '', word = ''] = /^\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*$/.exec(written) ?? [];
  const unit = word.toLowerCase();
  return parseDuration(`${amount}${UNIT_WORDS[unit.replace(/s$/, '')] ?? (unit === '' ? 's' : unit)}`);
}
