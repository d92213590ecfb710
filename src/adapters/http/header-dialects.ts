import type { Decision } from '../../core/decision.ts';
import { availableField, namelessPolicyField, plainFields, policyField } from './rate-limit-fields.ts';

/** How answers tell what is left (api.md §2). */
export type HeaderDialect = 'draft-11' | 'draft-06' | 'x-ratelimit' | 'none';

/** Adds the header fields that tell what is left after a decision, name after value; `wallMs` is now. */
export type WriteFields = (fields: string[], decision: Decision, wallMs: number) => void;

const WRITERS: Readonly<Record<HeaderDialect, WriteFields>> = {
  'draft-11': (fields, decision, wallMs) => {
    if (decision.verdict === undefined) return;
    fields.push('ratelimit-policy', policyField(decision));
    fields.push('ratelimit', availableField(decision, wallMs));
  },
  'draft-06': (fields, decision, wallMs) => {
    if (decision.verdict === undefined) return;
    const { limit, remaining, reset } = plainFields(decision.verdict, wallMs);
    fields.push('ratelimit-policy', namelessPolicyField(decision));
    fields.push('ratelimit-limit', limit);
    fields.push('ratelimit-remaining', remaining);
    fields.push('ratelimit-reset', reset);
  },
  'x-ratelimit': (fields, { verdict }, wallMs) => {
    if (verdict === undefined) return;
    const { limit, remaining, reset } = plainFields(verdict, wallMs);
    fields.push('x-ratelimit-limit', limit);
    fields.push('x-ratelimit-remaining', remaining);
    fields.push('x-ratelimit-reset', reset);
  },
  none: () => {},
};

/** The writer of a dialect. `Retry-After` belongs to HTTP itself and is none of its business. */
export function fieldWriter(dialect: HeaderDialect): WriteFields {
  return WRITERS[dialect];
}
