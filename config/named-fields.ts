import { isRegionId } from '../crdt/index.ts';
import { type About, isText, text } from './field.ts';

/** A field for the name of a region, or for what is named like one. */
export function regionName(about: About<string>) {
  return text({
    ...about,
    expects: 'a name of 1 to 32 lower-case letters, digits and inner hyphens',
    accepts: isRegionId,
  });
}

/** A field for where to listen. */
export function host(about: About<string>) {
  return text({ ...about, expects: 'a host name or IP address', accepts: isHost });
}

/** A field for a file's path; relative to the configuration file that it stands in. */
export function path(description: string, whenMissing?: string) {
  const fallback = whenMissing === undefined ? {} : { default: whenMissing };
  return text({ description, expects: 'a path', accepts: (text) => isText(text, 1, 4_096), ...fallback });
}

function isHost(host: string): boolean {
  return /^[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/.test(host) || /^[0-9A-Fa-f:.]{2,45}$/.test(host);
}
