import type { CheckInput } from './check-input.ts';
import type { HttpContext } from './context.ts';
import type { Decided } from './decider.ts';
import { fieldWriter } from './header-dialects.ts';
import { JSON_TYPE, PROBLEM_TYPE } from './problem.ts';
import { retryAfterField } from './rate-limit-fields.ts';

/** How the answer to a check begins: its status and its header fields, name after value, as Node writes them without looking anything up. */
export type Head = { readonly status: number; readonly fields: string[] };

/** What makes the head of an answer, in the header dialect of `context`; `accept` is what the caller said it takes. */
export function headMaker({
  headers,
  clock,
  random,
}: HttpContext): (input: CheckInput, decided: Decided, accept: string | undefined) => Head {
  const writeFields = fieldWriter(headers);
  return ({ denyStatus }, { decision, isReplayed }, accept) => {
    const { allowed } = decision;
    const fields = ['cache-control', 'no-store', 'x-headgate-status', allowed ? '200' : '429'];
    if (isReplayed) fields.push('idempotent-replayed', 'true');
    // What is answered again is old by now.
    writeFields(fields, decision, isReplayed ? clock.now().wallMs : decision.atMs);
    if (allowed) {
      fields.push('content-type', JSON_TYPE);
      return { status: 200, fields };
    }
    const retryAfter = retryAfterField(decision, random);
    if (retryAfter !== undefined) fields.push('retry-after', retryAfter);
    fields.push('content-type', denialType(accept, denyStatus));
    return { status: denyStatus, fields };
  };
}

/**
 * A denial is a problem, and called so: unless it is sent as 200, for then it is not meant as one, or the caller asks for JSON and
 * not for problems. The body is the same.
 */
function denialType(accept: string | undefined, denyStatus: number): string {
  if (denyStatus === 200) return JSON_TYPE;
  return accept?.includes('application/json') && !accept.includes('problem+json') ? JSON_TYPE : PROBLEM_TYPE;
}
