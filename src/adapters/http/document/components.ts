import { invariant } from '../../../invariant.ts';

type Node = Readonly<Record<string, unknown>>;

/**
 * A document whose schemas with a title stand among its components, each once, with references wherever they were. Two schemas of
 * one title must be the same.
 */
export function withComponents<Document extends object>(document: Document): Document {
  const schemas = new Map<string, unknown>();
  const moved = moveTitled(document, schemas) as Document & { readonly components?: object };
  return { ...moved, components: { ...moved.components, schemas: Object.fromEntries(schemas) } };
}

function moveTitled(node: unknown, schemas: Map<string, unknown>): unknown {
  if (Array.isArray(node)) return node.map((each) => moveTitled(each, schemas));
  if (typeof node !== 'object' || node === null) return node;
  const moved = Object.fromEntries(
    Object.entries(node).map(([name, each]) => [name, moveTitled(each, schemas)]),
  );
  const title = titleOf(moved);
  if (title === undefined) return moved;
  const known = schemas.get(title);
  invariant(
    known === undefined || JSON.stringify(known) === JSON.stringify(moved),
    `the schemas with the title ${title} are the same`,
  );
  schemas.set(title, moved);
  return { $ref: `#/components/schemas/${title}` };
}

/** The title of a schema; other things have titles too. */
function titleOf(node: Node): string | undefined {
  const { title } = node;
  const isSchema = node['type'] !== undefined || node['anyOf'] !== undefined;
  return isSchema && typeof title === 'string' ? title : undefined;
}
