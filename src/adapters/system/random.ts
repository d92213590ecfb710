import { randomBytes } from 'node:crypto';
import type { LedgerId } from '../../../crdt/index.ts';
import type { Random } from '../../ports.ts';

/** Chance for spreading things, not for secrets. */
export const systemRandom: Random = Math.random;

/** Names a new life of this member's books: 64 random bits, from the machine's own source, since two lives must never share a name. */
export function newLedgerId(): LedgerId {
  return randomBytes(8).toString('hex');
}
