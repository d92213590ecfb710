import type { X509Certificate } from 'node:crypto';
import type { RegionId } from '../crdt/index.ts';

/** One alternative name as Node writes it: names that could be taken for several are quoted as JSON. */
const ALTERNATIVE = /([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^",]*)(?:, |$)/y;

/**
 * The DNS and URI names that a certificate is for, DNS names in lower case; none where the text cannot be read to its end, and none of its
 * subject: what is not an alternative name proves nothing (RFC 9525 §2).
 */
export function namesOf(certificate: Pick<X509Certificate, 'subjectAltName'>): ReadonlySet<string> {
  const text = certificate.subjectAltName ?? '';
  const names = new Set<string>();
  for (let at = 0; at < text.length; at = ALTERNATIVE.lastIndex) {
    ALTERNATIVE.lastIndex = at;
    const [, kind, written = ''] = ALTERNATIVE.exec(text) ?? [];
    if (kind === undefined) return new Set();
    const name = written.startsWith('"') ? unquoted(written) : written;
    if (kind === 'DNS') names.add(name.toLowerCase());
    if (kind === 'URI') names.add(name);
  }
  return names;
}

/** The name that a region's certificate must be for, by a template such as `{region}.{environment}.headgate`. */
export function nameOfRegion(template: string, region: RegionId, environment: string): string {
  return template.replaceAll('{region}', region).replaceAll('{environment}', environment);
}

function unquoted(written: string): string {
  try {
    return String(JSON.parse(written));
  } catch {
    return '';
  }
}
