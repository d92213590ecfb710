import type { Decision, LimitState, Reason } from './decision.ts';
import { CallFailed } from './problem.ts';

/** What `POST /lease` answers. */
export type LeaseAnswer =
  | {
      readonly leasable: true;
      readonly permits: number;
      readonly block: string | undefined;
      readonly expiresInMs: number;
      readonly limits: readonly LimitState[];
      readonly denial: DenialAnswer | undefined;
    }
  | { readonly leasable: false; readonly forMs: number };

export type DenialAnswer = {
  readonly reason: Reason;
  readonly limit: string | undefined;
  readonly retryAfterMs: number | undefined;
};

type Json = Readonly<Record<string, unknown>>;

/** Header fields of an answer that a gateway passes on, whatever dialect the coordinator speaks. */
const PASSED_ON = [
  'RateLimit-Policy',
  'RateLimit',
  'RateLimit-Limit',
  'RateLimit-Remaining',
  'RateLimit-Reset',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
  'Retry-After',
] as const;

/** Reads the answer of `POST /lease`. Throws `CallFailed` when it is not one. */
export function readLease(body: unknown): LeaseAnswer {
  const answer = objectIn(body);
  if (answer['leasable'] === false) return { leasable: false, forMs: numberIn(answer, 'forMs') };
  if (answer['leasable'] !== true) throw notOurs('leasable');
  const limits = answer['limits'];
  if (!Array.isArray(limits)) throw notOurs('limits');
  const { block, denial } = answer;
  return {
    leasable: true,
    permits: numberIn(answer, 'permits'),
    block: typeof block === 'string' ? block : undefined,
    expiresInMs: numberIn(answer, 'expiresInMs'),
    limits: limits.map(readLimit),
    denial: denial === undefined ? undefined : readDenial(objectIn(denial)),
  };
}

/** Reads the decision in an answer of `/check`. Throws `CallFailed` when it is not one. */
export function readDecision(body: unknown, headers: { get(name: string): string | null }): Decision {
  const answer = objectIn(body);
  const { allowed, reason } = answer;
  if (typeof allowed !== 'boolean' || typeof reason !== 'string') throw notOurs('allowed');
  return {
    allowed,
    reason: reason as Reason,
    source: 'region',
    limit: textIn(answer, 'limit'),
    remaining: optionalIn(answer, 'remaining'),
    retryAfterMs: allowed ? 0 : optionalIn(answer, 'retryAfterMs'),
    delayMs: optionalIn(answer, 'delayMs') ?? 0,
    lease: textIn(answer, 'lease'),
    limits: [],
    fields: passedOn(headers),
  };
}

function passedOn(headers: { get(name: string): string | null }): Readonly<Record<string, string>> {
  const fields: Record<string, string> = {};
  for (const name of PASSED_ON) {
    const value = headers.get(name);
    if (value !== null) fields[name] = value;
  }
  return fields;
}

function readLimit(value: unknown): LimitState {
  const limit = objectIn(value);
  return {
    limit: textIn(limit, 'limit') ?? '',
    quota: numberIn(limit, 'quota'),
    windowMs: numberIn(limit, 'windowMs'),
    remaining: numberIn(limit, 'remaining'),
    resetInMs: numberIn(limit, 'resetInMs'),
    windowId: numberIn(limit, 'windowId'),
  };
}

function readDenial(denial: Json): DenialAnswer {
  const reason = textIn(denial, 'reason');
  if (reason === undefined) throw notOurs('denial');
  return {
    reason: reason as Reason,
    limit: textIn(denial, 'limit'),
    retryAfterMs: optionalIn(denial, 'retryAfterMs'),
  };
}

function objectIn(value: unknown): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  throw notOurs('body');
}

function numberIn(json: Json, name: string): number {
  const value = json[name];
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw notOurs(name);
}

function optionalIn(json: Json, name: string): number | undefined {
  const value = json[name];
  return typeof value === 'number' ? value : undefined;
}

function textIn(json: Json, name: string): string | undefined {
  const value = json[name];
  return typeof value === 'string' ? value : undefined;
}

function notOurs(name: string): CallFailed {
  return new CallFailed(`the answer is not that of a coordinator: ${name}`);
}
