/** Where a value sits in a configuration tree: a JSON pointer (RFC 6901); the empty text is the whole tree. */
export type Path = string;

/** The path of `key`, or of the item at that index, inside what `path` names. */
export function childPath(path: Path, key: string | number): Path {
  return `${path}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** The path of what contains `path`; undefined for the whole tree. */
export function parentPath(path: Path): Path | undefined {
  const cut = path.lastIndexOf('/');
  return cut < 0 ? undefined : path.slice(0, cut);
}

/** The path as people write it: `regions[1].quota`. */
export function showPath(path: Path): string {
  return keysOf(path).reduce((shown, key) => shown + step(key, shown === ''), '');
}

function keysOf(path: Path): string[] {
  return path
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function step(key: string, first: boolean): string {
  if (/^\d+$/.test(key)) return `[${key}]`;
  return first ? key : `.${key}`;
}
