import Type, { type Static, type TSchema } from 'typebox';
import { guessDuration, parseDuration, showDuration } from './duration.ts';

/** What every field of a schema says about itself, in one place: the loader, the flags and the reference read it here. */
export type FieldNotes = {
  /** One sentence: what the field is for. */
  readonly description?: string;
  /** What a right value looks like, to follow the word "expected". */
  readonly expects?: string;
  /** What to do where the field is missing, when that is not just to write what is expected. */
  readonly whenMissing?: string;
  readonly default?: unknown;
  /** The default in words, where it depends on something else. */
  readonly defaultText?: string;
  /** Never repeat the value in a problem or a log. */
  readonly secret?: boolean;
  /** Left to the file: no flag and no environment variable. */
  readonly fileOnly?: boolean;
  /** The flag, where it is not the path. */
  readonly flag?: string;
  /** A variable that other programs read too, which counts where nothing else says anything. */
  readonly standardEnv?: string;
  /** Names or values that a later version knows. */
  readonly later?: readonly string[];
  /** A right value near one that is not; undefined where none comes to mind. */
  readonly near?: (written: unknown) => string | undefined;
  /** For a map with free names: what the names must be. */
  readonly names?: TSchema;
  /** For lists and maps with free names: how many there may be. */
  readonly size?: { readonly from: number; readonly to: number };
};

/** What is said about a field of one kind of value when it is built. */
export type About<Value> = Omit<FieldNotes, 'default' | 'expects'> & {
  readonly description: string;
  readonly default?: Value;
};

/** The notes that a field was built with. */
export function notesOf(schema: TSchema): FieldNotes {
  return schema as FieldNotes;
}

/** A whole number within bounds; `unit` is what it counts. */
export function integer(
  about: About<number> & { readonly from: number; readonly to: number; readonly unit?: string },
) {
  const { from, to, unit, ...notes } = about;
  const expects = `a whole number${unit === undefined ? '' : ` of ${unit}`} from ${from} to ${to}`;
  return Type.Integer({ ...notes, minimum: from, maximum: to, expects });
}

/** A number within bounds with at most three decimals. */
export function decimal(about: About<number> & { readonly from: number; readonly to: number }) {
  const { from, to, ...notes } = about;
  const expects = `a number from ${from} to ${to} with at most three decimals`;
  const schema = Type.Number({ ...notes, minimum: from, maximum: to, expects });
  return Type.Refine(schema, hasThreeDecimals);
}

/** Whether `value` is a number of whole thousandths, as nearly as a double can hold one. */
export function hasThreeDecimals(value: unknown): boolean {
  return typeof value === 'number' && Math.abs(value * 1_000 - Math.round(value * 1_000)) < 1e-6;
}

/** Text that `accepts`. Without further rules it is 1 to 256 bytes of UTF-8. */
export function text(
  about: About<string> & { readonly expects?: string; readonly accepts?: (text: string) => boolean },
) {
  const {
    accepts = (text: string) => isText(text, 1, 256),
    expects = 'text of 1 to 256 bytes',
    ...notes
  } = about;
  return Type.Refine(
    Type.String({ ...notes, expects }),
    (value) => typeof value === 'string' && accepts(value),
  );
}

/** Whether `text` is Unicode without control characters, and this many bytes in UTF-8. */
export function isText(text: string, bytesMin: number, bytesMax: number): boolean {
  if (!text.isWellFormed() || /\p{Cc}/u.test(text)) return false;
  const bytes = Buffer.byteLength(text);
  return bytes >= bytesMin && bytes <= bytesMax;
}

/** One of a few words. */
export function choice<const Word extends string>(words: readonly Word[], about: About<Word>) {
  const expects = words.length === 1 ? `${words[0]}` : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
  return Type.Enum([...words], { ...about, expects });
}

/** Yes or no. */
export function yesNo(about: About<boolean>) {
  return Type.Boolean({ ...about, expects: 'true or false' });
}

/** Time as text with a unit, within bounds that are written the same way; `step` is what it must be a multiple of, `also` what else is accepted. */
export function duration(
  about: About<string> & {
    readonly from: string;
    readonly to: string;
    readonly step?: string;
    readonly also?: readonly string[];
  },
) {
  const { from, to, step, also = [], ...notes } = about;
  const [fromMs = 0, toMs = 0, stepMs = 1] = [from, to, step ?? '1ms'].map(milliseconds);
  const multiple = step === undefined ? '' : ` and a multiple of ${step}`;
  const example = about.default ?? showDuration(toMs);
  const expects = `a duration from ${from} to ${to}${multiple}, with its unit, such as ${example}`;
  const near = (written: unknown) => {
    const meant = guessDuration(written);
    // Far above what is allowed something else was meant.
    if (meant === undefined || meant > toMs) return undefined;
    return showDuration(Math.max(fromMs, Math.round(meant / stepMs) * stepMs));
  };
  return Type.Refine(Type.String({ ...notes, expects, near }), (value) => {
    const ms = typeof value === 'string' ? parseDuration(value) : undefined;
    if (also.includes(String(value))) return true;
    return ms !== undefined && ms >= fromMs && ms <= toMs && ms % stepMs === 0;
  });
}

/** Milliseconds of a duration that a schema has accepted. Throws when the text is not one. */
export function milliseconds(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new Error(`not a duration: ${text}`);
  return ms;
}

/** A list; with a default it may be left out. */
export function list<Item extends TSchema>(
  item: Item,
  about: About<Static<Item>[]> & { readonly from: number; readonly to: number; readonly expects: string },
) {
  const { from, to, expects, ...notes } = about;
  return Type.Array(item, { ...notes, size: { from, to }, expects: `a list of ${from} to ${to} ${expects}` });
}

/** Fields under one name. Where all of them may be left out, so may the group. */
export function group<Fields extends Record<string, TSchema>>(
  fields: Fields,
  about: Omit<About<never>, 'default'> & { readonly required?: boolean },
) {
  const { required = false, ...notes } = about;
  const expects = `a group of fields: ${Object.keys(fields).join(', ')}`;
  return Type.Object(fields, {
    ...notes,
    expects,
    additionalProperties: false,
    ...(required ? {} : { default: {} }),
  });
}

/** Free names, each with a value of the same kind. */
export function dictionary<Value extends TSchema>(
  value: Value,
  about: About<Record<string, Static<Value>>> & { readonly names: TSchema; readonly to: number },
) {
  const { to, ...notes } = about;
  const expects = `at most ${to} names with their values`;
  return Type.Record(Type.String(), value, { ...notes, size: { from: 0, to }, expects });
}
