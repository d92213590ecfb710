import type { Message } from '../src/core/messages.ts';
import { isMessage, LAYOUTS } from './message-schema.ts';

const NUMBERS: ReadonlyMap<string, number> = new Map(LAYOUTS.map(({ kind }, number) => [kind, number]));

/** A message as an array: its kind's number, then its fields without their names. */
export function toFields(message: Message): unknown[] {
  const number = NUMBERS.get(message.kind) ?? -1;
  const values = message as unknown as Readonly<Record<string, unknown>>;
  return [number, ...(LAYOUTS[number]?.names ?? []).map((name) => values[name])];
}

/** The message that `toFields` made these of; undefined when they are anything else, or out of bounds. */
export function fromFields(fields: unknown): Message | undefined {
  if (!Array.isArray(fields) || typeof fields[0] !== 'number') return undefined;
  const layout = LAYOUTS[fields[0]];
  if (layout === undefined || fields.length !== layout.names.length + 1) return undefined;
  const candidate: Record<string, unknown> = { kind: layout.kind };
  for (const [at, name] of layout.names.entries()) candidate[name] = fields[at + 1];
  return isMessage(layout.kind, candidate) ? candidate : undefined;
}
