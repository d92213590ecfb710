import { TEXT_BYTES_MAX } from './bounds.ts';

/**
 * The resource of a request for `target` (a path with its query, or a whole URL), after `before`: the path alone, percent-decoded
 * once, without empty and dot segments, so that all ways to write a path mean one resource; cut at the bound, where prefix patterns
 * still meet it. What does not decode to printable text stays as it is written.
 */
export function resourceOfPath(before: string, target: string): string {
  const decoded = decodePrintable(pathOf(target));
  return cut(before + withoutDots(decoded));
}

function pathOf(target: string): string {
  const path = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*(.*)$/is.exec(target)?.[1] ?? target;
  const end = path.search(/[?#]/);
  return end === -1 ? path : path.slice(0, end);
}

/** Runs of escapes are decoded together, as one character may take several. */
function decodePrintable(path: string): string {
  if (!path.includes('%')) return path;
  return path.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
    try {
      const text = decodeURIComponent(run);
      return /\p{Cc}/u.test(text) ? run.toUpperCase() : text;
    } catch {
      return run.toUpperCase();
    }
  });
}

function withoutDots(path: string): string {
  if (!/\/(\.|\/)|^[^/]/.test(path) && path !== '') return path;
  const segments: string[] = [];
  const written = path.split('/');
  for (const segment of written) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  const last = written.at(-1);
  const isFolder = segments.length > 0 && (last === '' || last === '.' || last === '..');
  return `/${segments.join('/')}${isFolder ? '/' : ''}`;
}

/** The longest beginning of whole characters that fits. */
function cut(text: string): string {
  if (text.length <= TEXT_BYTES_MAX && Buffer.byteLength(text) <= TEXT_BYTES_MAX) return text;
  let end = TEXT_BYTES_MAX;
  while (Buffer.byteLength(text.slice(0, end)) > TEXT_BYTES_MAX) end -= 1;
  const cutText = text.slice(0, end);
  return cutText.isWellFormed() ? cutText : cutText.slice(0, -1);
}
