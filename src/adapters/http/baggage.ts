/**
 * The value of a key in a `baggage` header field: undefined when it is not there, or when its percent-encoding is broken. Of a key that is
 * there more than once the last counts, as in OpenTelemetry's libraries.
 *
 * Source: W3C Baggage, https://www.w3.org/TR/baggage/
 */
export function baggageValue(field: string, key: string): string | undefined {
  let found: string | undefined;
  for (const member of field.split(',')) {
    const [pair = ''] = member.split(';', 1);
    const at = pair.indexOf('=');
    if (at !== -1 && pair.slice(0, at).trim() === key) found = pair.slice(at + 1).trim();
  }
  if (found === undefined || !found.includes('%')) return found;
  try {
    return decodeURIComponent(found);
  } catch {
    return undefined;
  }
}
