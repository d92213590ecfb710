const BACKSLASH = 0x5c;
const COLON = 0x3a;

/**
 * The first name that one object in a JSON text has twice; undefined when all are unique. `value` is what the text was parsed to,
 * where the last of two wins in silence. Costs one look at each character: the members that were written are counted against
 * those that are left.
 */
export function duplicateName(text: string, value: unknown): string | undefined {
  return colonsIn(text) === membersOf(value) ? undefined : findDuplicate(text);
}

/** Colons outside of strings: one for every member that was written. */
function colonsIn(text: string): number {
  let colons = 0;
  let from = 0;
  for (let quote = text.indexOf('"'); quote !== -1; quote = text.indexOf('"', from)) {
    for (; from < quote; from += 1) if (text.charCodeAt(from) === COLON) colons += 1;
    from = endOfString(text, quote) + 1;
  }
  // A colon always follows a name, which is a string: what is left over holds those of the last one.
  for (; from < text.length; from += 1) if (text.charCodeAt(from) === COLON) colons += 1;
  return colons;
}

/** The index of the quote that ends the string which begins at `quote`; the text was parsed, so there is one. */
function endOfString(text: string, quote: number): number {
  for (let at = quote; ; ) {
    at = text.indexOf('"', at + 1);
    let before = at - 1;
    while (text.charCodeAt(before) === BACKSLASH) before -= 1;
    if ((at - before) % 2 === 1) return at;
  }
}

/** Members of all objects in a value, without recursion, as it may be nested deeply. */
function membersOf(value: unknown): number {
  let members = 0;
  let open: object[] | undefined;
  for (let next: unknown = value; next !== undefined; next = open?.pop()) {
    const isList = Array.isArray(next);
    // What a parser makes has no enumerable properties but its own.
    for (const name in next as object) {
      if (!isList) members += 1;
      const inner = (next as Readonly<Record<string, unknown>>)[name];
      if (typeof inner !== 'object' || inner === null) continue;
      if (open === undefined) open = [inner];
      else open.push(inner);
    }
  }
  return members;
}

const TOKENS = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g;

function findDuplicate(text: string): string | undefined {
  const open: Set<string>[] = [];
  for (const [token, colon] of text.matchAll(TOKENS)) {
    if (token === '{' || token === '[') open.push(new Set());
    else if (token === '}' || token === ']') open.pop();
    else if (colon !== undefined) {
      const name = JSON.parse(token.slice(0, -colon.length)) as string;
      if (open.at(-1)?.has(name)) return name;
      open.at(-1)?.add(name);
    }
  }
  return undefined;
}
