import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isLoopback } from '../../access/loopback.ts';
import { isAccessCode, type Refused } from '../../access/refusals.ts';
import { holderOf, type Role, type Token } from '../../access/token.ts';
import { HeadgateError } from '../../errors.ts';

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
  /** Told of every caller that is not let in. */
  readonly refused: (refused: Refused) => void;
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
      if (error instanceof HeadgateError) {
        reply.header('www-authenticate', challenge(error, needed));
        if (isAccessCode(error.code)) options.refused(refusedOf(request, error.code));
      }
      done(error as Error);
    }
  });
}

/** What anybody may look at: how this coordinator is, and how it is spoken to. */
const OPEN = /^\/(health|docs|openapi\.json|console)(\/|$)/;

/** The role that a route is for; undefined where it is open, or where there is none. A route that nobody thought of is not open. */
function neededRole(route: string | undefined): Role | undefined {
  if (route === undefined || OPEN.test(route)) return undefined;
  if (route.startsWith('/v1/admin/')) return 'admin';
  return /^\/(check|lease|json)(\/|$)/.test(route) ? 'check' : 'read';
}

function callerOf(request: FastifyRequest, needed: Role, { tokens, host }: RolesOptions): Caller {
  const { authorization } = request.headers;
  const address = request.raw.socket.remoteAddress ?? '';
  const known = tokens();
  if (known.length === 0) {
    if (needed === 'admin') refuseUnlessLocal(request, host);
    return { name: 'anonymous from loopback', role: needed, address };
  }
  const { name, role } = holderOf(authorization, needed, known);
  return { name, role, address };
}

function refusedOf(request: FastifyRequest, code: Refused['code']): Refused {
  const route = `${request.method} ${request.routeOptions.url}`;
  return { interface: 'http', code, route, address: request.raw.socket.remoteAddress ?? '' };
}

/**
 * Changes without a token are for people at this machine. A page in their browser is not one of them, whatever name it gave this address:
 * it says where it comes from, or calls the server by a name that is not this machine's.
 */
function refuseUnlessLocal(request: FastifyRequest, host: string): void {
  const { origin, host: called = '' } = request.headers;
  const name = called.replace(/:\d+$/, '');
  const isSame = origin === undefined || origin === `${request.protocol}://${called}`;
  if (isLoopback(host) && isLoopback(name) && isSame) return;
  throw new HeadgateError('token_missing', {
    detail:
      'Without tokens, changes are made from this machine only: give the configuration security.tokens.',
  });
}

function challenge({ code }: HeadgateError, needed: Role): string {
  const realm = 'Bearer realm="headgate"';
  if (code === 'token_invalid') return `${realm}, error="invalid_token"`;
  return code === 'role_missing' ? `${realm}, error="insufficient_scope", scope="${needed}"` : realm;
}
