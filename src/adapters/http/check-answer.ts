import type { Decision, Verdict } from '../../core/decision.ts';
import type { Limit } from '../../core/limit.ts';
import { denies, tooSmallFor, waitMsOf } from './waiting.ts';

/** What an answer says beside the decision itself. */
export type AnswerOptions = {
  readonly region: string;
  /** The status that a denial is sent with. */
  readonly denyStatus: number;
  /** Adds one entry per matched limit. */
  readonly detail: boolean;
};

/** The problem types of draft-ietf-httpapi-ratelimit-headers-11 §5, as a denial's document begins. */
const QUOTA_EXCEEDED =
  '{"type":"https://iana.org/assignments/http-problem-types#quota-exceeded",' +
  '"title":"Request cannot be satisfied as assigned quota has been exceeded"';

const REDUCED_CAPACITY =
  '{"type":"https://iana.org/assignments/http-problem-types#temporary-reduced-capacity",' +
  '"title":"Request cannot be satisfied due to temporary server capacity constraints"';

/** Reasons that lie with the quota itself; all others with what this region has of it. */
const OF_THE_QUOTA: ReadonlySet<string> = new Set(['global_limit_exceeded', 'concurrency_exceeded']);

const quotedNames = new WeakMap<Limit, string>();

/**
 * Renders a decision as JSON. A denial is a problem document too (draft-ietf-httpapi-ratelimit-headers-11 §5): its type tells an
 * exceeded quota from a region's share that is used up while the world has some left. Written by hand, because every request pays for it,
 * and in ASCII, so that it is as long in bytes as in letters.
 */
export function answerBody(decision: Decision, { region, denyStatus, detail }: AnswerOptions): string {
  const { verdict } = decision;
  let body = decision.allowed ? '{"allowed":true' : `${problemMembers(decision, denyStatus)},"allowed":false`;
  body += `,"reason":"${decision.reason}"`;
  if (verdict === undefined) {
    body += ',"limit":null,"remaining":null,"globalRemaining":null,"resetAt":null,"retryAfterMs":0';
  } else {
    body += `,"limit":${quotedName(verdict.limit)}${countMembers(verdict, waitMsOf(decision))}`;
  }
  body += `,"delayMs":${Math.ceil(decision.delayMs)},"decidedAt":${Math.floor(decision.atMs)},"region":"${region}","degraded":${decision.degraded}`;
  if (decision.lease !== undefined)
    body += `,"lease":${JSON.stringify(decision.lease)},"leaseExpiresAt":${leaseEndMs(decision)}`;
  if (detail) body += `,"limits":[${decision.verdicts.map(verdictObject).join(',')}]`;
  return `${body}}`;
}

/** When the first of the permits that are held runs out. */
function leaseEndMs({ verdicts }: Decision): number {
  let endMs = Number.POSITIVE_INFINITY;
  for (const { limit, windowId, allowed } of verdicts) {
    if (allowed && limit.windows.leading > 0) endMs = Math.min(endMs, limit.windows.endMs(windowId));
  }
  return endMs;
}

function problemMembers(decision: Decision, denyStatus: number): string {
  let body = OF_THE_QUOTA.has(decision.reason) ? QUOTA_EXCEEDED : REDUCED_CAPACITY;
  body += `,"status":${denyStatus}`;
  const small = tooSmallFor(decision)?.limit;
  if (small !== undefined) {
    body += `,"detail":${asciiJson(`No waiting helps: ${small.name} never allows as many permits as are asked for.`)}`;
  }
  const violated = decision.verdicts.filter(denies).map((verdict) => quotedName(verdict.limit));
  return `${body},"violated-policies":[${violated.join(',')}]`;
}

function verdictObject(verdict: Verdict): string {
  const { limit, key, allowed, reason, retryAfterMs, delayMs } = verdict;
  const counts = countMembers(verdict, retryAfterMs);
  return (
    `{"limit":${quotedName(limit)},"key":${asciiJson(key)},"allowed":${allowed},"reason":"${reason}"${counts}` +
    `,"delayMs":${Math.ceil(delayMs)}}`
  );
}

function countMembers({ remaining, globalRemaining, resetAtMs }: Verdict, waitMs: number): string {
  return (
    `,"remaining":${finite(remaining)},"globalRemaining":${finite(globalRemaining)}` +
    `,"resetAt":${finite(resetAtMs)},"retryAfterMs":${finite(Math.ceil(waitMs))}`
  );
}

/** JSON has no infinity; null stands for a wait that never ends. */
function finite(value: number): string {
  return Number.isFinite(value) ? String(value) : 'null';
}

function asciiJson(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function quotedName(limit: Limit): string {
  let name = quotedNames.get(limit);
  if (name === undefined) {
    name = asciiJson(limit.spec.name);
    quotedNames.set(limit, name);
  }
  return name;
}
