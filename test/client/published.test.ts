import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';

// The client as others get it: compiled, below node_modules, without the types of Node or any package of ours.

const root = new URL('../../', import.meta.url).pathname;
let place = '';

beforeAll(() => {
  mkdirSync(join(root, 'node_modules/.cache'), { recursive: true });
  place = mkdtempSync(join(root, 'node_modules/.cache/consumer-'));
  const installed = join(place, 'node_modules/headgate');
  mkdirSync(installed, { recursive: true });
  cpSync(join(root, 'package.json'), join(installed, 'package.json'));
  compile('--project', join(root, 'src/client'), '--outDir', join(installed, 'dist/client'));
}, 60_000);

afterAll(() => rmSync(place, { recursive: true, force: true }));

function compile(...args: readonly string[]): void {
  try {
    execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...args], { cwd: place });
  } catch (error) {
    throw new Error(String((error as { stdout?: Buffer }).stdout), { cause: error });
  }
}

const CONSUMER = `
import { connect, type Decision, RequestProblem } from 'headgate/client';
import { limitExpress } from 'headgate/client/express';
import { limitFastify } from 'headgate/client/fastify';
import { limitFetch } from 'headgate/client/fetch';
declare const process: { readonly argv: readonly string[] };
const limiter = connect({ url: process.argv[2] ?? '', leases: { aheadMs: 100 } });
const options = { limiter, describe: () => undefined };
const handler = limitFetch(() => new Response('served'), options);
const served = await (await handler(new Request('http://anywhere'))).text();
for (const limit of [limitExpress, limitFastify]) limit(options);
const decision: Decision = await limiter.check({ resource: 'orders', dimensions: { tenant: 'acme' } });
const problem = await Promise.resolve(limiter.check({ resource: 'wrong' })).catch((error: unknown) => error);
console.log(JSON.stringify([decision.allowed, decision.fields['RateLimit'], problem instanceof RequestProblem, served]));
await limiter.close();
`;

test('it compiles against its declarations, runs without type stripping, and imports nothing', async () => {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => {
      body += piece;
    });
    request.on('end', () => {
      const isWrong = body.includes('wrong');
      response.statusCode = isWrong ? 400 : 200;
      response.setHeader('RateLimit', '"a";r=1;t=2');
      response.end(JSON.stringify(isWrong ? { code: 'invalid_request' } : { allowed: true, reason: 'ok' }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;

  writeFileSync(join(place, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(place, 'consumer.ts'), CONSUMER);
  compile('--ignoreConfig', '--strict', '--module', 'nodenext', '--target', 'es2022', 'consumer.ts');
  const { promise, resolve } = Promise.withResolvers<string>();
  const { execFile } = await import('node:child_process');
  const plain = ['--no-experimental-strip-types', join(place, 'consumer.js'), `http://127.0.0.1:${port}`];
  execFile(process.execPath, plain, (error, stdout) => resolve(error?.message ?? stdout));
  expect(JSON.parse(await promise)).toEqual([true, '"a";r=1;t=2', true, 'served']);

  const compiled = join(place, 'node_modules/headgate/dist/client');
  const imported = readdirSync(compiled)
    .filter((name) => name.endsWith('.js'))
    .flatMap((name) => [...readFileSync(join(compiled, name), 'utf8').matchAll(/from ['"]([^'"]+)['"]/g)])
    .map(([, from = '']) => from);
  expect(imported.length).toBeGreaterThan(10);
  expect(imported.filter((from) => !/^\.\/[a-z-]+\.js$/.test(from))).toEqual([]);
}, 60_000);
