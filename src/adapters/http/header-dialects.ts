import type { FastifyReply } from 'fastify';
import type { Decision } from '../../core/decision.ts';
import { availableField, namelessPolicyField, plainFields, policyField } from './rate-limit-fields.ts';

/** How answers tell what is left (api.md §2). */
export type HeaderDialect = 'draft-11' | 'draft-06' | 'x-ratelimit' | 'none';

/** Writes the header fields that tell what is left after a decision; `wallMs` is now. */
export type WriteFields = (reply: FastifyReply, decision: Decision, wallMs: number) => void;

const WRITERS: Readonly<Record<HeaderDialect, WriteFields>> = {
  'draft-11': (reply, decision, wallMs) => {
    if (decision.verdict === undefined) return;
    reply.header('ratelimit-policy', policyField(decision));
    reply.header('ratelimit', availableField(decision, wallMs));
  },
  'draft-06': (reply, decision, wallMs) => {
    if (decision.verdict === undefined) return;
    const { limit, remaining, reset } = plainFields(decision.verdict, wallMs);
    reply.header('ratelimit-policy', namelessPolicyField(decision));
    reply.header('ratelimit-limit', limit);
    reply.header('ratelimit-remaining', remaining);
    reply.header('ratelimit-reset', reset);
  },
  'x-ratelimit': (reply, { verdict }, wallMs) => {
    if (verdict === undefined) return;
    const { limit, remaining, reset } = plainFields(verdict, wallMs);
    reply.header('x-ratelimit-limit', limit);
    reply.header('x-ratelimit-remaining', remaining);
    reply.header('x-ratelimit-reset', reset);
  },
  none: () => {},
};

/** The writer of a dialect. `Retry-After` belongs to HTTP itself and is none of its business. */
export function fieldWriter(dialect: HeaderDialect): WriteFields {
  return WRITERS[dialect];
}
