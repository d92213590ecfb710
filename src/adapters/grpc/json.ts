import { type FieldProblem, HeadgateError } from '../../errors.ts';
import {
  CODES,
  type RateLimitDescriptor,
  type RateLimitOverride,
  type RateLimitRequest,
  type RateLimitResponse,
  UNITS,
} from './messages.ts';

/** One value at a place in the document, and where problems with it go. */
type Place = { readonly value: unknown; readonly path: string; readonly problems: FieldProblem[] };

const UINT32_MAX = 0xffff_ffff;

/**
 * Reads a request from its JSON form: names as in the .proto file or in camel case, numbers also as text, null for what is absent.
 * Throws `HeadgateError` `invalid_request` with everything that is not right, fields that nobody knows included.
 *
 * Source: protobuf.dev, *ProtoJSON format*.
 */
export function requestFromJson(body: unknown): RateLimitRequest {
  const problems: FieldProblem[] = [];
  const fields = group({ value: body, path: '', problems }, ['domain', 'descriptors', 'hitsAddend']);
  const request: RateLimitRequest = {
    domain: text(fields('domain')),
    descriptors: list(fields('descriptors')).map(descriptor),
    hitsAddend: count(fields('hitsAddend'), UINT32_MAX),
  };
  if (problems.length > 0) throw new HeadgateError('invalid_request', { problems });
  return request;
}

/** Renders a response in its JSON form, without what has its default value. */
export function responseToJson(response: RateLimitResponse): unknown {
  const { overallCode, statuses, responseHeadersToAdd, dynamicMetadata } = response;
  return {
    overallCode: CODES[overallCode],
    statuses: statuses.map(({ code, currentLimit, limitRemaining, durationUntilReset }) => ({
      code: CODES[code],
      ...(currentLimit && {
        currentLimit: {
          name: currentLimit.name,
          ...(currentLimit.requestsPerUnit > 0 && { requestsPerUnit: currentLimit.requestsPerUnit }),
          unit: UNITS[currentLimit.unit],
          ...(currentLimit.unitMultiplier && { unitMultiplier: currentLimit.unitMultiplier.value }),
        },
      }),
      ...(limitRemaining !== undefined && limitRemaining > 0 && { limitRemaining }),
      ...(durationUntilReset && { durationUntilReset: `${durationUntilReset.seconds}s` }),
    })),
    ...(responseHeadersToAdd.length > 0 && { responseHeadersToAdd }),
    ...(dynamicMetadata && {
      dynamicMetadata: Object.fromEntries(
        Object.entries(dynamicMetadata.fields).map(([name, { stringValue }]) => [name, stringValue]),
      ),
    }),
  };
}

function descriptor(place: Place): RateLimitDescriptor {
  const fields = group(place, ['entries', 'limit', 'hitsAddend', 'isNegativeHits']);
  const limit = fields('limit');
  const hitsAddend = fields('hitsAddend');
  const isNegativeHits = fields('isNegativeHits');
  if (isNegativeHits.value !== undefined && typeof isNegativeHits.value !== 'boolean') {
    refuse(isNegativeHits, 'true or false');
  }
  return {
    entries: list(fields('entries')).map((entry) => {
      const pair = group(entry, ['key', 'value']);
      return { key: text(pair('key')), value: text(pair('value')) };
    }),
    limit: limit.value === undefined ? null : override(limit),
    hitsAddend: hitsAddend.value === undefined ? null : { value: count(hitsAddend, Number.MAX_VALUE) },
    isNegativeHits: isNegativeHits.value === true,
  };
}

function override(place: Place): RateLimitOverride {
  const fields = group(place, ['requestsPerUnit', 'unit', 'unitMultiplier']);
  const multiplier = fields('unitMultiplier');
  return {
    requestsPerUnit: count(fields('requestsPerUnit'), UINT32_MAX),
    unit: unit(fields('unit')),
    unitMultiplier: multiplier.value === undefined ? null : { value: count(multiplier, UINT32_MAX) },
  };
}

/** Looks into an object that may have only these fields. A null stands for an absent field. */
function group(place: Place, names: readonly string[]): (name: string) => Place {
  const { value, path, problems } = place;
  const found = new Map<string, unknown>();
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(place, 'an object');
  else {
    for (const [written, inner] of Object.entries(value)) {
      const name = names.find((known) => written === known || written === inSnakeCase(known));
      if (name === undefined || found.has(name)) {
        const detail = name === undefined ? `the fields are ${names.join(', ')}` : 'it is there twice';
        problems.push({ field: join(path, written.slice(0, 64)), detail });
      } else found.set(name, inner ?? undefined);
    }
  }
  return (name) => ({ value: found.get(name), path: join(path, name), problems });
}

function list(place: Place): readonly Place[] {
  const { value, path, problems } = place;
  if (value === undefined) return [];
  if (!Array.isArray(value)) return refuse(place, 'a list') ?? [];
  return value.map((inner: unknown, at) => ({ value: inner, path: `${path}[${at}]`, problems }));
}

function text(place: Place): string {
  if (place.value === undefined) return '';
  return typeof place.value === 'string' ? place.value : (refuse(place, 'text') ?? '');
}

function count(place: Place, most: number): number {
  const { value } = place;
  if (value === undefined) return 0;
  const number = typeof value === 'string' && /^\d{1,20}$/.test(value) ? Number(value) : value;
  const isCount = typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= most;
  return isCount ? number + 0 : (refuse(place, `a whole number from 0 to ${most}`) ?? 0);
}

function unit(place: Place): number {
  const { value } = place;
  if (value === undefined) return 0;
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  const index = (UNITS as readonly unknown[]).indexOf(value);
  return index === -1 ? (refuse(place, UNITS.join(', ')) ?? 0) : index;
}

function refuse({ path, problems }: Place, expected: string): undefined {
  problems.push({ field: path === '' ? 'body' : path, detail: `must be ${expected}` });
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function inSnakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
