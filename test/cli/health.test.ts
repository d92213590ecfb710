import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { serve } from '../adapters/http-fixture.ts';
import { headgate, temporaryFiles } from './command.ts';
import { configuration, LIMITS } from './configuration.ts';

test('health shows every region and every link, and tells UP, DEGRADED and DOWN apart by its exit code', async () => {
  const up = await serve();
  const degraded = await serve();
  degraded.world.kill('eu-west');
  degraded.world.run(3_000);
  const down = await serve();
  down.server.drain();
  const well = await headgate(['health', up.origin]);
  expect([well.code, well.stderr]).toEqual([0, '']);
  expect(well.stdout).toMatch(/^us-east +UP +http/m);
  expect(well.stdout).toMatch(/^us-east → eu-west +up$/m);
  expect(well.stdout).toMatch(/^us-east → ap-southeast +up$/m);
  const lost = await headgate(['health', up.origin, degraded.origin]);
  expect(lost.code).toBe(5);
  expect(lost.stdout).toMatch(/^us-east +DEGRADED/m);
  expect(lost.stdout).toMatch(/^us-east → eu-west +suspected/m);
  const both = await headgate(['health', '--json', up.origin, down.origin]);
  expect(both.code).toBe(6);
  expect(JSON.parse(both.stdout)).toMatchObject([
    { url: up.origin, health: { status: 'UP' } },
    { url: down.origin, health: { status: 'DOWN', checks: { decisions: 'draining' } } },
  ]);
});

test('health finds the coordinator that is configured, by file or by variable', async () => {
  const { port, origin } = await serve();
  const text = configuration().replace('port: 0', `port: ${port}`);
  const files = temporaryFiles({ 'headgate.yaml': text, 'limits.yaml': LIMITS });
  const byFile = await headgate(['health', '--config', files['headgate.yaml']]);
  expect([byFile.code, byFile.stdout]).toMatchObject([0, expect.stringContaining(origin)]);
  const byVariable = await headgate(['health'], { env: { HEADGATE_NODE_LISTEN_PORT: String(port) } });
  expect([byVariable.code, byVariable.stdout]).toMatchObject([0, expect.stringContaining(origin)]);
  const wrong = temporaryFiles({ 'wrong.yaml': text.replace('quota: 1', 'quota: lots') });
  const refused = await headgate(['health', '--config', wrong['wrong.yaml']]);
  expect(refused.code).toBe(3);
  expect(refused.stderr).toContain('regions[0].quota');
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
  const args = ['health', '--timeout', '0.3', ...origins, '127.0.0.1:1', 'nowhere:x'];
  const { code, stdout } = await headgate(args);
  expect(code).toBe(6);
  expect(stdout).toMatch(/not JSON/);
  expect(stdout).toMatch(/no answer within 0.3 s/);
  expect(stdout).toMatch(/ECONNREFUSED|bad port/);
  expect(stdout).toMatch(/Invalid URL/);
});
