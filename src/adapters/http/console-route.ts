import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** Where `make build` puts the console. */
const BUILT = fileURLToPath(new URL('../../../dist/console/', import.meta.url));

/** Scripts, styles and pictures of this server's own and nothing else; nothing inline, and nobody may put the page into a frame. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** Files whose names change with their content are kept for a year; the page itself is asked for anew. */
const KEPT = 'public, max-age=31536000, immutable';

const NOT_BUILT = `The console is not built here.

Run "make build" (or "npx vite build") where this coordinator's files are, and start it again.
Everything that the console shows is at /v1/regions, /v1/limits, /v1/events and /metrics too.
`;

/** Adds `/console`, the web console, as it was built; where it was not, that page says how to. */
export function addConsole(server: FastifyInstance, directory = BUILT): void {
  if (!existsSync(`${directory}/index.html`)) {
    const tell = (_request: unknown, reply: FastifyReply) =>
      reply.code(404).header('cache-control', 'no-store').type('text/plain; charset=utf-8').send(NOT_BUILT);
    server.get('/console', { schema: { hide: true } }, tell);
    server.get('/console/', { schema: { hide: true } }, tell);
    return;
  }
  server.register(fastifyStatic, {
    root: directory,
    prefix: '/console/',
    wildcard: false,
    redirect: false,
    index: ['index.html'],
    cacheControl: false,
    setHeaders: (reply, path) => {
      reply.header('cache-control', path.includes('/assets/') ? KEPT : 'no-cache');
      reply.header('content-security-policy', POLICY);
      reply.header('x-content-type-options', 'nosniff');
      reply.header('referrer-policy', 'no-referrer');
    },
  });
  // Addresses on the page are relative, so it has to be a folder; said relatively, for it may be behind a prefix.
  server.get('/console', { schema: { hide: true } }, (_request, reply) => reply.redirect('console/', 308));
}
