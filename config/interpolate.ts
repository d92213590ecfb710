import { RawText, Unresolved } from './written.ts';

/** Environment variables by name. */
export type Variables = Readonly<Record<string, string | undefined>>;

const REFERENCE = /\$?\$\{([^}]*)(\}?)/g;
const NAME_AND_DEFAULT = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

/**
 * Fills `${NAME}` and `${NAME:-default}` in one text from `variables`; the default also stands in for an empty value,
 * and `$${` is a plain `${`. What is filled in is never read as YAML or filled in again.
 * Returns the text itself when there was nothing to fill in.
 */
export function interpolate(text: string, variables: Variables): string | RawText | Unresolved {
  if (!text.includes('${')) return text;
  let unresolved: Unresolved | undefined;
  let filled = false;
  const result = text.replace(REFERENCE, (reference, inner: string, close: string) => {
    if (reference.startsWith('$$')) return reference.slice(1);
    filled = true;
    const value = close === '' ? malformed(reference) : resolve(reference, inner, variables);
    if (typeof value === 'string') return value;
    unresolved ??= value;
    return '';
  });
  if (unresolved !== undefined) return unresolved;
  return filled ? new RawText(result, text) : result;
}

function resolve(reference: string, inner: string, variables: Variables): string | Unresolved {
  const [, name, fallback] = NAME_AND_DEFAULT.exec(inner) ?? [];
  if (name === undefined) return malformed(reference);
  const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
  if (fallback !== undefined) return value === undefined || value === '' ? fallback : value;
  return (
    value ??
    new Unresolved(`the environment variable ${name} is not set`, `set it, or write \${${name}:-a default}`)
  );
}

function malformed(reference: string): Unresolved {
  const start = JSON.stringify(reference.slice(0, 40));
  return new Unresolved(
    `${start} is not a variable`,
    `write \${NAME} or \${NAME:-default}, or $\${ for a plain \${`,
  );
}
