import Type, { type Static, type TArray, type TObject, type TRecord, type TSchema } from 'typebox';
import { Check } from 'typebox/schema';
import { notesOf } from './field.ts';
import type { Findings } from './findings.ts';
import { nearestName } from './nearest.ts';
import { childPath, type Path } from './path.ts';
import { showValue } from './problem.ts';
import { listSettings } from './setting-list.ts';
import { isGroup, RawText, UNREADABLE, Unresolved } from './written.ts';

/** What is left of a tree when all that is wrong has been taken out: anything may be missing. */
export type Sound<Value> = Value extends readonly (infer Item)[]
  ? readonly (Sound<Item> | undefined)[]
  : Value extends object
    ? { readonly [Key in keyof Value]?: Sound<Value[Key]> | undefined }
    : Value;

/**
 * Judges `tree` by `schema`, fills in defaults, and reports every missing, unknown or unacceptable field to `findings`.
 * Returns the sound rest, so that checks across fields can still be made: with no problem reported it is whole.
 */
export function validate<Schema extends TSchema>(
  schema: Schema,
  tree: unknown,
  findings: Findings,
): Sound<Static<Schema>> | undefined {
  return new Validation(schema, findings).sound(schema, tree, '') as Sound<Static<Schema>> | undefined;
}

class Validation {
  readonly #root: TSchema;
  readonly #findings: Findings;
  #isSecret = false;

  constructor(root: TSchema, findings: Findings) {
    this.#root = root;
    this.#findings = findings;
  }

  /** What is inside of a secret is secret too, whatever it is. */
  sound(schema: TSchema, written: unknown, path: Path): unknown {
    const around = this.#isSecret;
    this.#isSecret ||= notesOf(schema).secret === true;
    const sound = this.#soundHere(schema, written, path);
    this.#isSecret = around;
    return sound;
  }

  #soundHere(schema: TSchema, written: unknown, path: Path): unknown {
    if (written === UNREADABLE) return undefined;
    if (written instanceof Unresolved) return this.#findings.report(path, written);
    const value = written ?? structuredClone(notesOf(schema).default);
    if (value === undefined) return this.#absent(schema, path);
    if (Type.IsObject(schema)) return this.#group(schema, value, path);
    if (Type.IsRecord(schema)) return this.#dictionary(schema, value, path);
    if (Type.IsArray(schema)) return this.#list(schema, value, path);
    return this.#leaf(schema, value, path);
  }

  #absent(schema: TSchema, path: Path): void {
    if (Type.IsOptional(schema)) return;
    const { expects, whenMissing } = notesOf(schema);
    this.#findings.report(path, { message: 'is missing', hint: whenMissing ?? `expected ${expects}` });
  }

  #group(schema: TObject, value: unknown, path: Path): unknown {
    if (!isGroup(value)) return this.#unacceptable(schema, value, path);
    for (const name of Object.keys(value)) {
      if (!Object.hasOwn(schema.properties, name)) this.#unknown(schema, name, path);
    }
    const fields = Object.entries(schema.properties).map(([name, field]) => {
      const written = Object.hasOwn(value, name) ? value[name] : undefined;
      return [name, this.sound(field, written, childPath(path, name))] as const;
    });
    return Object.fromEntries(fields.filter(([, field]) => field !== undefined));
  }

  #unknown(schema: TObject, name: string, path: Path): void {
    if (this.#isSecret) {
      this.#findings.reportKey(path, { message: 'unknown field (hidden)' });
      return;
    }
    const shown = showValue(name);
    const later = notesOf(schema).later?.includes(name) === true;
    this.#findings.reportKey(childPath(path, name), {
      message: later ? `${shown} is not available in this version` : `unknown field ${shown}`,
      hint: later ? 'remove it' : this.#suggestion(name, Object.keys(schema.properties)),
    });
  }

  #suggestion(name: string, known: readonly string[]): string {
    const elsewhere = listSettings(this.#root).find((setting) =>
      setting.path.split('.').includes(name),
    )?.path;
    if (elsewhere !== undefined) return `it belongs to ${elsewhere}`;
    const nearest = nearestName(name, known);
    return nearest === undefined ? `known here: ${known.join(', ')}` : `did you mean ${nearest}?`;
  }

  #dictionary(schema: TRecord, value: unknown, path: Path): unknown {
    const { names = Type.String(), size } = notesOf(schema);
    if (!isGroup(value) || Object.keys(value).length > (size?.to ?? 0))
      return this.#unacceptable(schema, value, path);
    const entries = Object.entries(value).map(([name, written]) => {
      const child = childPath(path, name);
      if (!Check(names, name)) {
        this.#findings.reportKey(child, {
          message: `got the name ${showValue(name)}`,
          hint: expected(names, name),
        });
      }
      return [name, this.sound(Type.RecordValue(schema), written, child)] as const;
    });
    return Object.fromEntries(entries.filter(([, entry]) => entry !== undefined));
  }

  #list(schema: TArray, value: unknown, path: Path): unknown {
    const items = value instanceof RawText ? split(value) : value;
    const { from = 0, to = 0 } = notesOf(schema).size ?? {};
    if (!Array.isArray(items) || items.length < from || items.length > to) {
      return this.#unacceptable(schema, value, path);
    }
    return items.map((item, index) => this.sound(schema.items, item, childPath(path, index)));
  }

  #leaf(schema: TSchema, value: unknown, path: Path): unknown {
    const meant = value instanceof RawText ? interpret(schema, value.text) : value;
    return Check(schema, meant) ? meant : this.#unacceptable(schema, value, path);
  }

  #unacceptable(schema: TSchema, value: unknown, path: Path): undefined {
    const { later } = notesOf(schema);
    const shown =
      this.#isSecret || holdsSecret(schema)
        ? '(hidden)'
        : showValue(value instanceof RawText ? value.shown : value);
    const isLater = typeof value === 'string' && later?.includes(value) === true;
    const message = isLater ? `${shown} is not available in this version` : `got ${shown}`;
    this.#findings.report(path, { message, hint: expected(schema, value) });
  }
}

/** Whether what belongs here has secrets right in it: who writes something else may have written just those. */
function holdsSecret(schema: TSchema): boolean {
  if (Type.IsArray(schema)) return holdsSecret(schema.items);
  const fields: readonly TSchema[] = Type.IsObject(schema) ? Object.values(schema.properties) : [];
  return notesOf(schema).secret === true || fields.some((field) => notesOf(field).secret === true);
}

function expected(schema: TSchema, value: unknown): string {
  const quotes = Type.IsString(schema) && ['number', 'boolean'].includes(typeof value) ? ', in quotes' : '';
  const { expects, near } = notesOf(schema);
  const meant = near?.(value instanceof RawText ? value.text : value);
  return `expected ${expects}${quotes}${meant === undefined ? '' : `; did you mean ${meant}?`}`;
}

function split(list: RawText): RawText[] {
  const items = list.text.split(',').map((item) => item.trim());
  return items
    .filter((item) => item !== '')
    .map((item) => new RawText(item, list.text === list.shown ? item : list.shown));
}

/** What a text without YAML's help means where `schema` stands; the text itself where it means nothing there. */
function interpret(schema: TSchema, text: string): unknown {
  const trimmed = text.trim();
  if ((Type.IsInteger(schema) || Type.IsNumber(schema)) && /^-?\d+(\.\d+)?$/.test(trimmed))
    return Number(trimmed);
  if (Type.IsBoolean(schema) && /^(true|false)$/.test(trimmed)) return trimmed === 'true';
  return text;
}
