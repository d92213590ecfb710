import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { HeadgateError } from '../../errors.ts';

/** What a caller may do: `check` decisions, `read` state, `admin` everything. */
export type Role = 'check' | 'read' | 'admin';

/** Who holds a token; the hash is `sha256:` and hexadecimal digits. */
export type Token = { readonly name: string; readonly role: Role; readonly hash: string };

/** Who asks. */
export type Caller = { readonly name: string; readonly role: Role; readonly address: string };

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | undefined;
  }
}

export type RolesOptions = {
  /** Looked at for every request, so that a reload counts at once. */
  readonly tokens: () => readonly Token[];
  /** Where the server listens. */
  readonly host: string;
};

/**
 * Lets only those in who may: bearer tokens (RFC 6750) with a role. Without any token, decisions and state are open, and changes only to
 * callers on this machine of a server that listens to this machine alone. Throws `HeadgateError` `token_missing`, `token_invalid` and
 * `role_missing`, with the challenge in `WWW-Authenticate`.
 */
export function addRoles(server: FastifyInstance, options: RolesOptions): void {
  server.decorateRequest('caller', undefined);
  server.addHook('onRequest', (request, reply, done) => {
    const needed = neededRole(request.routeOptions.url);
    if (needed === undefined) return done();
    try {
      request.caller = callerOf(request, needed, options);
      done();
    } catch (error) {
      if (error instanceof HeadgateError) reply.header('www-authenticate', challenge(error, needed));
      done(error as Error);
    }
  });
}

/** The role that a route is for; undefined where it is open, or where there is none. */
function neededRole(route: string | undefined): Role | undefined {
  if (route === undefined) return undefined;
  if (route.startsWith('/v1/admin/')) return 'admin';
  if (route.startsWith('/v1/') || route === '/metrics') return 'read';
  return /^\/(check|lease|json)(\/|$)/.test(route) ? 'check' : undefined;
}

function callerOf(request: FastifyRequest, needed: Role, { tokens, host }: RolesOptions): Caller {
  const { authorization } = request.headers;
  const address = request.raw.socket.remoteAddress ?? '';
  const known = tokens();
  if (known.length === 0) {
    if (needed === 'admin') refuseUnlessLocal(request, host);
    return { name: 'anonymous from loopback', role: needed, address };
  }
  if (authorization === undefined) throw new HeadgateError('token_missing');
  const [, presented] = /^Bearer +([A-Za-z0-9._~+/=-]{1,512})$/i.exec(authorization) ?? [];
  const holder = presented === undefined ? undefined : holderOf(presented, known);
  if (holder === undefined) throw new HeadgateError('token_invalid');
  const { name, role } = holder;
  if (role === needed || role === 'admin') return { name, role, address };
  throw new HeadgateError('role_missing', {
    detail: `This needs the role ${needed}; the token has ${role}.`,
  });
}

/** Hashes are compared whole and all of them, so that the time taken tells nothing of how near a guess came. */
function holderOf(presented: string, tokens: readonly Token[]): Token | undefined {
  const hash = createHash('sha256').update(presented).digest();
  let holder: Token | undefined;
  for (const token of tokens) {
    const expected = Buffer.from(token.hash.slice('sha256:'.length), 'hex');
    if (expected.length === hash.length && timingSafeEqual(expected, hash)) holder = token;
  }
  return holder;
}

/**
 * Changes without a token are for people at this machine. A page in their browser is not one of them, whatever name it gave this address:
 * it says where it comes from, or calls the server by a name that is not this machine's.
 */
function refuseUnlessLocal(request: FastifyRequest, host: string): void {
  const { origin, host: called = '' } = request.headers;
  const name = called.replace(/:\d+$/, '');
  const isSame = origin === undefined || origin === `http://${called}`;
  if (isLoopback(host) && isLoopback(name) && isSame) return;
  throw new HeadgateError('token_missing', {
    detail:
      'Without tokens, changes are made from this machine only: give the configuration security.tokens.',
  });
}

/** Whether a host is this machine and nobody else. */
function isLoopback(host: string): boolean {
  return /^(127(\.\d{1,3}){3}|localhost|\[?::1\]?)$/i.test(host);
}

function challenge({ code }: HeadgateError, needed: Role): string {
  const realm = 'Bearer realm="headgate"';
  if (code === 'token_invalid') return `${realm}, error="invalid_token"`;
  return code === 'role_missing' ? `${realm}, error="insufficient_scope", scope="${needed}"` : realm;
}
