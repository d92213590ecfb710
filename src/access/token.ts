import { createHash, timingSafeEqual } from 'node:crypto';
import { HeadgateError } from '../errors.ts';

/** What a caller may do: `check` decisions, `read` state, `admin` everything. */
export type Role = 'check' | 'read' | 'admin';

/** Who holds a token; the hash is `sha256:` and hexadecimal digits. */
export type Token = { readonly name: string; readonly role: Role; readonly hash: string };

/** The bearer credentials of RFC 6750 §2.1, at most 512 bytes of them. */
const BEARER = /^Bearer +([A-Za-z0-9._~+/=-]{1,512})$/i;

/** The hashes of the tokens of one configuration as bytes: a configuration is exchanged whole, and looked at for every request. */
const hashesOf = new WeakMap<readonly Token[], readonly Buffer[]>();

/**
 * The holder of the bearer token in `authorization`, who may do what `needed` says. Throws `HeadgateError` `token_missing`,
 * `token_invalid` and `role_missing`; none of them repeats what was presented.
 *
 * Source: RFC 6750.
 */
export function holderOf(authorization: string | undefined, needed: Role, tokens: readonly Token[]): Token {
  if (authorization === undefined) throw new HeadgateError('token_missing');
  const [, presented] = BEARER.exec(authorization) ?? [];
  const holder = presented === undefined ? undefined : find(presented, tokens);
  if (holder === undefined) throw new HeadgateError('token_invalid');
  if (holder.role === needed || holder.role === 'admin') return holder;
  throw new HeadgateError('role_missing', {
    detail: `This needs the role ${needed}; the token has ${holder.role}.`,
  });
}

/** Hashes are compared whole and all of them, so that the time taken tells nothing of how near a guess came. */
function find(presented: string, tokens: readonly Token[]): Token | undefined {
  let hashes = hashesOf.get(tokens);
  if (hashes === undefined) {
    hashes = tokens.map(({ hash }) => Buffer.from(hash.slice('sha256:'.length), 'hex'));
    hashesOf.set(tokens, hashes);
  }
  const asked = createHash('sha256').update(presented).digest();
  let found: Token | undefined;
  for (const [at, hash] of hashes.entries()) {
    if (hash.length === asked.length && timingSafeEqual(hash, asked)) found = tokens[at];
  }
  return found;
}
