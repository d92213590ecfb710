import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { oneLimit } from './administration/administered.ts';
import { start } from './cli/command.ts';
import { LIMITS } from './cli/configuration.ts';
import { eventually } from './eventually.ts';
import { freePort } from './servers/free-port.ts';

const WITHIN = { withinMs: 15_000, everyMs: 50 };
const TOKEN = 'rotated-in-while-running';
const YAML = { 'content-type': 'application/yaml' };

async function deployment() {
  const directory = await mkdtemp(join(tmpdir(), 'headgate-'));
  const [port, meshPort] = [await freePort(), await freePort()];
  const config = join(directory, 'headgate.yaml');
  const text = `version: 1
node: { listen: { port: ${port} } }
http: { drainNotice: 0s }
regions: [{ name: us-east, quota: 1, address: "http://127.0.0.1:${meshPort}" }]
transport: { kind: mesh, key: not-much-of-a-secret, mesh: { listen: { port: ${meshPort} } } }
limitsFile: limits.yaml
durability: { directory: books }
`;
  await writeFile(config, text);
  await writeFile(join(directory, 'limits.yaml'), LIMITS);
  const origin = `http://127.0.0.1:${port}`;
  const serve = async () => {
    const running = start(['serve', '--config', config, '--region', 'us-east', '--new-cluster']);
    onTestFinished(() => void running.process.kill('SIGKILL'));
    await eventually(async () => (await fetch(`${origin}/health/ready`)).ok, WITHIN);
    return running;
  };
  return { directory, config, text, origin, serve };
}

test('what was changed by hand outlives a kill, with its audit log; a copy of the file that says the same undoes nothing', async () => {
  const { directory, origin, serve } = await deployment();
  const first = await serve();
  const put = await fetch(`${origin}/v1/admin/limits`, { method: 'PUT', body: oneLimit(7), headers: YAML });
  expect(await put.json()).toMatchObject({ changed: true, durable: true });
  first.process.kill('SIGKILL');
  await first.ended;
  const file = join(directory, 'limits.yaml');
  await cp(file, `${file}.copy`);
  await writeFile(file, await readFile(`${file}.copy`));
  const second = await serve();
  const current = await (await fetch(`${origin}/v1/admin/limits`)).json();
  expect(current).toMatchObject({ differsFromFile: true, file: { limits: [{ limit: 7 }] } });
  const audit = await (await fetch(`${origin}/v1/admin/audit`)).json();
  expect(audit).toMatchObject({ durable: true, entries: [{ action: 'limits.replace', outcome: 'changed' }] });
  second.process.kill('SIGTERM');
  expect((await second.ended).code).toBe(0);
}, 60_000);

test('tokens are exchanged while running', async () => {
  const { config, text, origin, serve } = await deployment();
  await serve();
  const status = async (headers: Record<string, string> = {}) =>
    (await fetch(`${origin}/v1/admin/limits`, { headers })).status;
  expect(await status()).toBe(200);
  const hash = `sha256:${createHash('sha256').update(TOKEN).digest('hex')}`;
  await writeFile(config, `${text}security: { tokens: [{ name: ops, role: admin, hash: "${hash}" }] }\n`);
  await eventually(async () => (await status()) === 401, WITHIN);
  expect(await status({ authorization: `Bearer ${TOKEN}` })).toBe(200);
}, 60_000);
