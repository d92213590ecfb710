import type { Decision, Verdict } from '../../core/decision.ts';
import type { Limit } from '../../core/limit.ts';

/** What an answer says beside the decision itself. */
export type AnswerOptions = {
  readonly region: string;
  /** The status that a denial is sent with. */
  readonly denyStatus: number;
  /** Adds one entry per matched limit. */
  readonly detail: boolean;
};

const QUOTA_EXCEEDED =
  '{"type":"https://iana.org/assignments/http-problem-types#quota-exceeded",' +
  '"title":"Request cannot be satisfied as assigned quota has been exceeded"';

const REDUCED_CAPACITY =
  '{"type":"https://iana.org/assignments/http-problem-types#temporary-reduced-capacity",' +
  '"title":"Request cannot be satisfied due to temporary server capacity constraints"';

const quotedNames = new WeakMap<Limit, string>();

/**
 * Renders a decision as JSON. A denial is a problem document too (draft-ietf-httpapi-ratelimit-headers-11 §5): its type tells an
 * exceeded quota from a region's share that is used up while the world has some left. Written by hand, because every request pays for it.
 */
export function answerBody(decision: Decision, { region, denyStatus, detail }: AnswerOptions): string {
  const { verdict } = decision;
  let body = decision.allowed ? '{"allowed":true' : `${problemMembers(decision, denyStatus)},"allowed":false`;
  body += `,"reason":"${decision.reason}"`;
  if (verdict === undefined) {
    body += ',"limit":null,"remaining":null,"globalRemaining":null,"resetAt":null,"retryAfterMs":0';
  } else {
    body += `,"limit":${quotedName(verdict.limit)}${countMembers(verdict)}`;
  }
  body += `,"delayMs":0,"region":"${region}","degraded":${decision.degraded}`;
  if (detail) body += `,"limits":[${decision.verdicts.map(verdictObject).join(',')}]`;
  return `${body}}`;
}

function problemMembers(decision: Decision, denyStatus: number): string {
  const opening = decision.reason === 'global_limit_exceeded' ? QUOTA_EXCEEDED : REDUCED_CAPACITY;
  const violated = decision.verdicts
    .filter((verdict) => !verdict.allowed)
    .map((verdict) => quotedName(verdict.limit));
  return `${opening},"status":${denyStatus},"violated-policies":[${violated.join(',')}]`;
}

function verdictObject(verdict: Verdict): string {
  const { limit, key, allowed, reason } = verdict;
  return `{"limit":${quotedName(limit)},"key":${JSON.stringify(key)},"allowed":${allowed},"reason":"${reason}"${countMembers(verdict)}}`;
}

function countMembers({ remaining, globalRemaining, resetAtMs, retryAfterMs }: Verdict): string {
  return (
    `,"remaining":${finite(remaining)},"globalRemaining":${finite(globalRemaining)}` +
    `,"resetAt":${finite(resetAtMs)},"retryAfterMs":${finite(Math.ceil(retryAfterMs))}`
  );
}

/** JSON has no infinity; null stands for a wait that never ends. */
function finite(value: number): string {
  return Number.isFinite(value) ? String(value) : 'null';
}

function quotedName(limit: Limit): string {
  let name = quotedNames.get(limit);
  if (name === undefined) {
    name = JSON.stringify(limit.spec.name);
    quotedNames.set(limit, name);
  }
  return name;
}
