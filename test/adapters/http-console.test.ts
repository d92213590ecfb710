import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fastify } from 'fastify';
import { expect, onTestFinished, test } from 'vitest';
import { addConsole } from '../../src/adapters/http/console-route.ts';
import { ask, serve } from './http-fixture.ts';

/** A folder as `vite build` leaves it, or an empty one. */
function folder(isBuilt: boolean): string {
  const directory = mkdtempSync(join(tmpdir(), 'headgate-console-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  if (!isBuilt) return directory;
  mkdirSync(join(directory, 'assets'));
  writeFileSync(join(directory, 'index.html'), '<!doctype html><script src="./assets/a.js"></script>');
  writeFileSync(join(directory, 'assets/a.js'), 'const a = 1;');
  return directory;
}

function served(isBuilt: boolean) {
  const server = fastify();
  const directory = folder(isBuilt);
  server.register(async (scope) => addConsole(scope, directory));
  return server;
}

test('the console is served with a policy that allows nothing inline and nothing from elsewhere', async () => {
  const server = served(true);
  const page = await server.inject('/console/');
  expect([page.statusCode, page.headers['content-type'], page.headers['cache-control']]).toEqual([
    200,
    'text/html; charset=utf-8',
    'no-cache',
  ]);
  const policy = String(page.headers['content-security-policy']);
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toMatch(/unsafe|http|\*/);
  const script = await server.inject('/console/assets/a.js');
  expect([script.statusCode, script.headers['content-type']]).toEqual([
    200,
    'application/javascript; charset=utf-8',
  ]);
  expect(script.headers['cache-control']).toContain('immutable');
  expect(script.headers['x-content-type-options']).toBe('nosniff');
});

test('its address without a slash leads to it behind any prefix; nothing beside it can be reached', async () => {
  const server = served(true);
  const moved = await server.inject('/console');
  expect([moved.statusCode, moved.headers.location]).toEqual([308, 'console/']);
  for (const path of [
    '/console/../package.json',
    '/console/%2e%2e/package.json',
    '/console/assets/',
    '/console/none',
  ])
    expect((await server.inject(path)).statusCode).toBe(404);
});

test('where it was not built, its page says how to', async () => {
  const server = served(false);
  for (const path of ['/console', '/console/']) {
    const page = await server.inject(path);
    expect([page.statusCode, page.headers['content-type']]).toEqual([404, 'text/plain; charset=utf-8']);
    expect(page.body).toContain('make build');
  }
});

test('the page itself needs no token: it asks for one', async () => {
  const hash = `sha256:${'0'.repeat(64)}`;
  const { origin } = await serve({ tokens: [{ name: 'somebody', role: 'read', hash }] });
  expect([200, 404]).toContain((await ask(`${origin}/console/`)).status);
});
