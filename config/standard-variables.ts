import Type, { type TSchema } from 'typebox';
import { Check } from 'typebox/schema';
import { notesOf } from './field.ts';
import type { Variables } from './interpolate.ts';
import { isGroup } from './written.ts';

/**
 * Fills in what neither file nor flag nor `HEADGATE_*` variable says from the variables that other programs read too, such as
 * OpenTelemetry's. They are meant for many programs at once: a value that means nothing here is passed over, as their specification
 * has it. Changes `tree`.
 */
export function fillFromStandard(schema: TSchema, tree: unknown, env: Variables): void {
  if (!Type.IsObject(schema) || !isGroup(tree)) return;
  for (const [name, field] of Object.entries(schema.properties)) {
    if (Type.IsObject(field)) fillGroup(field, { tree, name }, env);
    else if (tree[name] === undefined) {
      const value = meaningOf(field, env);
      if (value !== undefined) tree[name] = value;
    }
  }
}

type Place = { readonly tree: Record<string, unknown>; readonly name: string };

/** A group that is not written is made only where it gets something in it. */
function fillGroup(schema: TSchema, { tree, name }: Place, env: Variables): void {
  const group = tree[name] ?? {};
  fillFromStandard(schema, group, env);
  if (isGroup(group) && Object.keys(group).length > 0) tree[name] = group;
}

function meaningOf(schema: TSchema, env: Variables): unknown {
  const { standardEnv } = notesOf(schema);
  const text = standardEnv === undefined ? undefined : env[standardEnv]?.trim();
  if (text === undefined || text === '') return undefined;
  const value = Type.IsNumber(schema) ? Number(text) : text;
  return Check(schema, value) ? value : undefined;
}
