import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadConfiguration } from '../../config/load.ts';
import { OWN_VARIABLES } from '../../src/cli/own-variables.ts';
import { type Daemon, startDaemon } from '../../src/daemon.ts';
import { eventually } from '../eventually.ts';
import { type NatsServer, startNatsServer } from '../servers/nats-server.ts';
import { quietPorts } from './quiet-ports.ts';

// What docker-compose.multiregion.yml starts, without containers: the same NATS servers with the same flags, and the same coordinators with the
// same configuration and environment. Only addresses and folders are this machine's own.

const FILE = 'config/deployment/multiregion.yaml';
const REGIONS = ['us-east', 'eu-west', 'ap-southeast'];

const folder = mkdtempSync(join(tmpdir(), 'headgate-compose-'));
const { services } = parse(readFileSync('docker-compose.multiregion.yml', 'utf8'), { merge: true });
const servers: NatsServer[] = [];
const daemons: Daemon[] = [];

beforeAll(async () => {
  const routes = await quietPorts(REGIONS.length);
  for (const [at, region] of REGIONS.entries())
    servers.push(await startNatsServer(undefined, flagsOf(region, at, routes)));
  const started = REGIONS.map(async (region, at) => {
    const env = {
      ...services[`${region}-a`].environment,
      HEADGATE_NODE_LISTEN_HOST: '127.0.0.1',
      HEADGATE_NODE_LISTEN_PORT: '0',
      HEADGATE_TRANSPORT_NATS_SERVERS: `nats://${servers[at]?.url}`,
      HEADGATE_LIMITS_FILE: 'config/examples/limits.yaml',
      HEADGATE_DURABILITY_DIRECTORY: folder,
      CLUSTER_KEY: 'only-for-a-trial-on-one-machine',
    };
    const loaded = loadConfiguration({ file: FILE, env, flags: {}, extraNames: OWN_VARIABLES });
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    return startDaemon(loaded.settings, {
      newCluster: env['HEADGATE_NEW_CLUSTER'] === 'true',
      logOutput: { write: () => true },
    });
  });
  for (const daemon of await Promise.all(started)) daemons.push(daemon);
});

afterAll(async () => {
  await Promise.all(daemons.map((daemon) => daemon.stop({ atOnce: true })));
  await Promise.all(servers.map((server) => server.stop()));
  rmSync(folder, { recursive: true, force: true });
});

test('three regions that start as they do in containers find each other through their own NATS servers, and decide', async () => {
  const ask = async (at: number, path: string) => {
    const { body } = await request(`http://127.0.0.1:${daemons[at]?.address.port}${path}`);
    return body.json() as Promise<Record<string, unknown>>;
  };
  const areUp = async () =>
    (await Promise.all(REGIONS.map((_, at) => ask(at, '/health')))).every(({ status }) => status === 'UP');
  await eventually(areUp, { withinMs: 30_000, everyMs: 100, what: 'all regions are UP' });
  for (const [at, region] of REGIONS.entries())
    expect(await ask(at, '/check?resource=api.orders.create&d.tenant=acme')).toMatchObject({
      allowed: true,
      region,
    });
  const usedByAll = async () => {
    const { windows } = (await ask(0, '/v1/usage?limit=orders-per-tenant&key=acme')) as {
      windows: { used: number }[];
    };
    return windows.reduce((sum, { used }) => sum + used, 0) >= 1;
  };
  await eventually(usedByAll);
}, 60_000);

/** The flags that the container's server gets, with routes to the loopback ports of the others. */
function flagsOf(region: string, at: number, routes: readonly number[]): string[] {
  const flags: string[] = services[`nats-${region}`].command.map((flag: string) => {
    if (flag === 'nats://0.0.0.0:6222') return `nats://127.0.0.1:${routes[at]}`;
    return flag.replaceAll(
      /nats-([a-z-]+):6222/g,
      (_, other) => `127.0.0.1:${routes[REGIONS.indexOf(other)]}`,
    );
  });
  const monitor = flags.indexOf('-m');
  return flags.toSpliced(monitor, 2);
}
