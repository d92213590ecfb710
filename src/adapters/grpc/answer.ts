import type { Verdict } from '../../core/decision.ts';
import type { Random } from '../../ports.ts';
import { type Answer, denies, type Outcome, usedOf } from './decide.ts';
import { type DescriptorStatus, OK, OVER_LIMIT, type RateLimitResponse, unitsOf } from './messages.ts';

const UINT32_MAX = 0xffff_ffff;

/** Most of the extra wait that spreads callers who were all denied at once, as a part of the wait. */
const JITTER_PART = 0.1;

/** What an answer says beside the outcome. */
export type AnswerContext = { readonly region: string; readonly wallMs: number; readonly random: Random };

/**
 * The response to a request: one status for each descriptor, in their order, and on a denial `Retry-After`, never earlier than the
 * moment at which the same request could pass and up to a tenth later, and what access logs may want to know.
 */
export function responseOf(
  { allowed, answers }: Outcome,
  { region, wallMs, random }: AnswerContext,
): RateLimitResponse {
  const told = answers.map((answer) => ({ answer, shown: shownVerdict(answer) }));
  const statuses = told.map(({ answer, shown }) => statusOf(answer, shown, wallMs));
  if (allowed) return { overallCode: OK, statuses, responseHeadersToAdd: [] };
  const denials = told.filter(({ answer }) => !answer.allowed);
  const waits = denials.flatMap(({ shown }) =>
    shown === undefined ? [] : [waitMsOf(shown.verdict, wallMs)],
  );
  const waitMs = Math.max(0, ...waits) * (1 + JITTER_PART * random());
  const reason = denials[0]?.answer.decision.reason ?? 'ok';
  const metadata = {
    // A look knows no reason: what denied is the request's own cap, or that nothing is left.
    reason: reason === 'ok' ? 'request_cap_exceeded' : reason,
    limit: denials[0]?.shown?.verdict.limit.name ?? '',
    region,
  };
  return {
    overallCode: OVER_LIMIT,
    statuses,
    responseHeadersToAdd: Number.isFinite(waitMs)
      ? [{ key: 'retry-after', value: String(seconds(waitMs)) }]
      : [],
    dynamicMetadata: {
      fields: Object.fromEntries(
        Object.entries(metadata).map(([name, stringValue]) => [name, { stringValue }]),
      ),
    },
  };
}

/** A limit, with what the request's own cap leaves of it. */
type Shown = { readonly verdict: Verdict; readonly permits: number; readonly remaining: number };

/** What leaves least, a limit that denied before all others; undefined where no limit was met. */
function shownVerdict({ ask: { cap }, decision }: Answer): Shown | undefined {
  let chosen: Shown | undefined;
  for (const verdict of decision.verdicts) {
    const { limit, remaining, permits } = verdict;
    const isCapped = cap !== undefined && cap.windowMs === limit.windowMs;
    const shown: Shown = {
      verdict,
      permits: isCapped ? Math.min(permits, cap.permits) : permits,
      remaining: isCapped ? Math.max(0, Math.min(remaining, cap.permits - usedOf(verdict))) : remaining,
    };
    if (chosen === undefined || restriction(shown) < restriction(chosen)) chosen = shown;
  }
  return chosen;
}

function restriction({ verdict, remaining }: Shown): number {
  return denies(verdict) ? -1 : remaining;
}

function statusOf({ allowed }: Answer, shown: Shown | undefined, wallMs: number): DescriptorStatus {
  const code = allowed ? OK : OVER_LIMIT;
  if (shown === undefined) return { code };
  const { limit } = shown.verdict;
  const { unit, multiplier } = unitsOf(limit.windowMs);
  const waitMs = waitMsOf(shown.verdict, wallMs);
  return {
    code,
    currentLimit: {
      requestsPerUnit: shown.permits,
      unit,
      name: limit.name,
      ...(multiplier === 1 ? {} : { unitMultiplier: { value: multiplier } }),
    },
    limitRemaining: Math.min(UINT32_MAX, Math.floor(shown.remaining)),
    ...(Number.isFinite(waitMs) ? { durationUntilReset: { seconds: seconds(waitMs) } } : {}),
  };
}

/** Until the window ends or, where the limit denied, until the same request could pass. */
function waitMsOf({ retryAfterMs, resetAtMs }: Verdict, wallMs: number): number {
  return Math.max(0, retryAfterMs > 0 ? retryAfterMs : resetAtMs - wallMs);
}

/** Gateways drop what is under a second. */
function seconds(milliseconds: number): number {
  return Math.ceil(milliseconds / 1_000);
}
