import Type, { type TSchema } from 'typebox';
import { notesOf } from './field.ts';

/** One setting under each of its names. */
export type Setting = {
  /** In the file: `node.listen.port`. */
  readonly path: string;
  /** On the command line: `--node-listen-port`. */
  readonly flag: string;
  /** In the environment: `HEADGATE_NODE_LISTEN_PORT`. */
  readonly env: string;
  /** A variable of other programs too, which counts where nothing else does: `OTEL_TRACES_EXPORTER`. */
  readonly standardEnv: string | undefined;
  /** How a flag or variable is read: lists of words are separated by commas. */
  readonly type: 'text' | 'number' | 'yes or no' | 'list' | 'JSON';
  /** What a right value looks like. */
  readonly expects: string;
  /** The default as it would be written; undefined where there is none. */
  readonly default: string | undefined;
  readonly description: string;
  /** Never shown or logged. */
  readonly secret: boolean;
};

/** Every setting of `schema` that flags and the environment may give, in the schema's order. */
export function listSettings(schema: TSchema, path = ''): readonly Setting[] {
  if (notesOf(schema).fileOnly) return [];
  if (!Type.IsObject(schema)) return [setting(schema, path)];
  return Object.entries(schema.properties).flatMap(([name, field]) =>
    listSettings(field, path === '' ? name : `${path}.${name}`),
  );
}

function setting(schema: TSchema, path: string): Setting {
  const notes = notesOf(schema);
  const words = path.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`).replaceAll('.', '-');
  return {
    path,
    flag: notes.flag ?? `--${words}`,
    env: `HEADGATE_${words.replaceAll('-', '_').toUpperCase()}`,
    standardEnv: notes.standardEnv,
    type: typeOf(schema),
    expects: notes.expects ?? '',
    default: notes.defaultText ?? showDefault(notes.default),
    description: notes.description ?? '',
    secret: notes.secret === true,
  };
}

function typeOf(schema: TSchema): Setting['type'] {
  if (Type.IsArray(schema)) return Type.IsObject(schema.items) ? 'JSON' : 'list';
  if (Type.IsInteger(schema) || Type.IsNumber(schema)) return 'number';
  return Type.IsBoolean(schema) ? 'yes or no' : 'text';
}

function showDefault(value: unknown): string | undefined {
  return value === undefined ? undefined : Array.isArray(value) ? value.join(',') : String(value);
}
