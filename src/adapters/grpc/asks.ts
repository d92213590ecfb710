import { createHash } from 'node:crypto';
import type { CheckRequest } from '../../core/decision.ts';
import { type FieldProblem, HeadgateError } from '../../errors.ts';
import {
  DESCRIPTORS_MAX,
  ENTRIES_MAX,
  FINGERPRINT_HEAD_UNITS,
  HITS_MAX,
  NAME_BYTES_MAX,
  VALUE_BYTES_MAX,
} from './bounds.ts';
import {
  type RateLimitDescriptor,
  type RateLimitOverride,
  type RateLimitRequest,
  UNITS,
  windowMsOf,
} from './messages.ts';

/** What one descriptor asks. */
export type Ask = {
  readonly request: CheckRequest;
  /** What limits of this window may have given at most for this request to pass, whatever they could give. */
  readonly cap: { readonly windowMs: number; readonly permits: number } | undefined;
};

const NAME = `text of 1 to ${NAME_BYTES_MAX} bytes without control characters`;

/**
 * Reads a request as one question for each descriptor: the domain is the domain that limits may
 * name, and the resource for those that name none; the entries are the dimensions. A key that comes
 * again in one descriptor is `KEY#2`, then `KEY#3`. What the callers of a gateway may choose, the values, is never refused: who could
 * make a request invalid could slip past a gateway that lets requests pass when the service fails. Long values count as fingerprints.
 * Throws `HeadgateError` `invalid_request` with everything that is wrong with what the gateway's configuration chose.
 */
export function asksOf({ domain, descriptors, hitsAddend }: RateLimitRequest): readonly Ask[] {
  const problems: FieldProblem[] = [];
  if (!isName(domain)) problems.push({ field: 'domain', detail: `must be ${NAME}` });
  if (descriptors.length === 0 || descriptors.length > DESCRIPTORS_MAX) {
    problems.push({
      field: 'descriptors',
      detail: `must be 1 to ${DESCRIPTORS_MAX}, not ${descriptors.length}`,
    });
  } else descriptors.forEach((descriptor, at) => void findProblems(descriptor, at, problems));
  if (problems.length > 0) throw new HeadgateError('invalid_request', { problems });
  return descriptors.map((descriptor) => {
    const hits = descriptor.hitsAddend?.value ?? Math.max(1, hitsAddend);
    return {
      request: {
        resource: domain,
        domain,
        dimensions: dimensionsOf(descriptor),
        permits: Math.min(HITS_MAX, hits),
      },
      cap: descriptor.limit === null ? undefined : capOf(descriptor.limit),
    };
  });
}

function findProblems(descriptor: RateLimitDescriptor, at: number, problems: FieldProblem[]): void {
  const field = `descriptors[${at}]`;
  const { entries, limit } = descriptor;
  if (entries.length === 0 || entries.length > ENTRIES_MAX) {
    problems.push({
      field: `${field}.entries`,
      detail: `must be 1 to ${ENTRIES_MAX}, not ${entries.length}`,
    });
  }
  for (const [index, { key }] of entries.slice(0, ENTRIES_MAX).entries()) {
    if (!isName(key)) problems.push({ field: `${field}.entries[${index}].key`, detail: `must be ${NAME}` });
  }
  if (limit !== null && (limit.unit === 0 || limit.unitMultiplier?.value === 0)) {
    problems.push({ field: `${field}.limit`, detail: `must have a unit of ${UNITS.slice(1).join(', ')}` });
  }
  if (descriptor.isNegativeHits) {
    problems.push({ field: `${field}.is_negative_hits`, detail: 'is not supported: nothing is given back' });
  }
}

function dimensionsOf({ entries }: RateLimitDescriptor): Readonly<Record<string, string>> {
  // Without a prototype every name is a name like any other.
  const dimensions = Object.create(null) as Record<string, string>;
  for (const { key, value } of entries) {
    let name = key;
    for (let again = 2; name in dimensions; again += 1) name = `${key}#${again}`;
    dimensions[name] = countedAs(value);
  }
  return dimensions;
}

function capOf({ requestsPerUnit, unit, unitMultiplier }: RateLimitOverride): Ask['cap'] {
  const windowMs = windowMsOf(unit, unitMultiplier?.value ?? 1);
  return windowMs === undefined ? undefined : { windowMs, permits: requestsPerUnit };
}

/** What a value counts as: itself where it can name a counter everywhere, else a beginning of it and a fingerprint of all of it. */
function countedAs(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const plain = value.toWellFormed().replaceAll(/[\x00-\x1f\x7f]/g, '\ufffd');
  if (plain.length * 3 <= VALUE_BYTES_MAX || Buffer.byteLength(plain) <= VALUE_BYTES_MAX) return plain;
  const digest = createHash('sha256').update(plain).digest('hex');
  return `${plain.slice(0, FINGERPRINT_HEAD_UNITS).toWellFormed()}~sha256:${digest}`;
}

function isName(text: string): boolean {
  if (text.length === 0 || text.length > NAME_BYTES_MAX || !text.isWellFormed()) return false;
  return !/\p{Cc}/u.test(text) && Buffer.byteLength(text) <= NAME_BYTES_MAX;
}
