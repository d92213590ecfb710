import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { serve } from '../adapters/http-fixture.ts';
import { headgate } from './command.ts';

test('health tells UP, DEGRADED and DOWN apart by its exit code', async () => {
  const up = await serve();
  const degraded = await serve();
  degraded.world.kill('eu-west');
  degraded.world.run(3_000);
  const down = await serve();
  down.server.drain();
  expect(await headgate(['health', up.origin])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/us-east +UP/),
  });
  expect(await headgate(['health', up.origin, degraded.origin])).toMatchObject({
    code: 5,
    stdout: expect.stringMatching(/DEGRADED .* eu-west suspected/),
  });
  const both = await headgate(['health', '--json', up.origin, down.origin]);
  expect(both.code).toBe(6);
  expect(JSON.parse(both.stdout)).toMatchObject([
    { url: up.origin, health: { status: 'UP' } },
    { url: down.origin, health: { status: 'DOWN', checks: { decisions: 'draining' } } },
  ]);
});

test('health counts what is not a coordinator, or silent, as down', async () => {
  const strange = createServer((request, response) => {
    if (request.url === '/health') response.end('<html>UP</html>');
  });
  const silent = createServer(() => {});
  const origins = [];
  for (const server of [strange, silent]) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => server.closeAllConnections());
    onTestFinished(() => void server.close());
    origins.push(`127.0.0.1:${(server.address() as AddressInfo).port}`);
  }
  const { code, stdout } = await headgate([
    'health',
    '--timeout',
    '0.3',
    ...origins,
    '127.0.0.1:1',
    'nowhere:x',
  ]);
  expect(code).toBe(6);
  expect(stdout).toMatch(/not JSON/);
  expect(stdout).toMatch(/no answer within 0.3 s/);
  expect(stdout).toMatch(/ECONNREFUSED|bad port/);
  expect(stdout).toMatch(/Invalid URL/);
});
