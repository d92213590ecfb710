import type { VersionId } from '../core/version.ts';

/** How a version is called outside: `7@us-east` is the seventh, published by us-east; `0` is what a cluster begins with. */
export function versionName([number, publisher]: VersionId): string {
  return publisher === '' ? String(number) : `${number}@${publisher}`;
}
