import { expect, test } from 'vitest';
import { loadConfiguration } from '../../config/load.ts';
import type { Settings } from '../../config/settings.ts';
import { DEFAULT_TIMING } from '../../src/core/cluster.ts';
import { loadText, memoryFiles, problemLines, SMALL_DEPLOYMENT, SMALL_LIMITS } from './memory-files.ts';

function settingsOf(text: string, files: Readonly<Record<string, string>> = {}): Settings {
  const result = loadText(text, { files });
  expect(problemLines(result)).toEqual([]);
  if (!result.ok) throw new Error('not loaded');
  return result.settings;
}

function regions(...quotas: readonly string[]): string {
  const lines = quotas.map(
    (quota, index) => `  - { name: r${index}, quota: ${quota}, address: "http://h${index}" }`,
  );
  return SMALL_DEPLOYMENT.replace(/ {2}- .*\n/g, '')
    .replace('regions:', `regions:\n${lines.join('\n')}`)
    .replace('east', 'r0');
}

test('a limit is held against the lookahead of the deployment that names its file', () => {
  const limits = `version: 1
limits:
  - { name: a, match: { resource: a }, algorithm: leaky-bucket, limit: 1, window: 1s, maxDelay: 10s }
`;
  const files = { 'limits.yaml': limits };
  expect(problemLines(loadText(SMALL_DEPLOYMENT, { files }))).toEqual([
    expect.stringContaining('limits[0].maxDelay: nobody can be told to wait for 10s'),
  ]);
  const further = `${SMALL_DEPLOYMENT}cluster: { lookahead: 10 }\n`;
  expect(problemLines(loadText(further, { files }))).toEqual([]);
});

test('defaults are filled in, and the times are those of the protocol', () => {
  const settings = settingsOf(SMALL_DEPLOYMENT);
  expect(settings).toMatchObject({
    environment: 'default',
    node: { region: 'east', name: 'east', listen: { host: '127.0.0.1', port: 8080 } },
    telemetry: { logLevel: 'info', logFormat: 'auto', tracing: undefined },
  });
  expect(settings.timing).toEqual(DEFAULT_TIMING);
});

test('mesh: every other enabled region is a peer', () => {
  const text = SMALL_DEPLOYMENT.replace(
    'transport:',
    '  - { name: off, quota: 1, enabled: false }\ntransport:',
  );
  const settings = settingsOf(text);
  expect(settings.transport).toEqual({
    kind: 'mesh',
    key: '0123456789abcdef-secret',
    listen: { host: '127.0.0.1', port: 8090 },
    peers: [{ region: 'west', address: 'http://10.0.0.2:8090' }],
  });
  expect(settings.members).toEqual([
    { region: 'east', weight: 60, address: 'http://10.0.0.1:8090' },
    { region: 'west', weight: 40, address: 'http://10.0.0.2:8090' },
  ]);
  expect(settings.regions.map(({ name, enabled }) => [name, enabled])).toEqual([
    ['east', true],
    ['west', true],
    ['off', false],
  ]);
});

test('nats needs no addresses', () => {
  const nats =
    '  kind: nats\n  nats: { servers: [n1, "nats://n2:4222"], user: u, password: p, tls: { enabled: true, caFile: limits.yaml } }';
  const text = SMALL_DEPLOYMENT.replace('transport:', `transport:\n${nats}`).replace(
    /, address: .* }/g,
    ' }',
  );
  expect(settingsOf(text).transport).toEqual({
    kind: 'nats',
    key: '0123456789abcdef-secret',
    servers: ['n1', 'nats://n2:4222'],
    login: { user: 'u', password: 'p' },
    tls: { handshakeFirst: false, caFile: `${process.cwd()}/limits.yaml` },
  });
});

test.each([
  [
    ['40%', '35%', '25%'],
    [40, 35, 25],
  ],
  [
    ['40', '35 %', '"25%"'],
    [40, 35, 25],
  ],
  [
    ['1', '2', '0'],
    [1, 2, 0],
  ],
  [
    ['33.3%', '33.3%', '33.4%'],
    [333, 333, 334],
  ],
  [
    ['0.5', '0.25', '1'],
    [50, 25, 100],
  ],
  [
    ['0.001', '1', '999'],
    [1, 1_000, 999_000],
  ],
  [
    ['10', '20', '30'],
    [10, 20, 30],
  ],
])('quotas %j weigh %j', (quotas, weights) => {
  expect(settingsOf(regions(...quotas)).regions.map((region) => region.weight)).toEqual(weights);
});

test('members are in alphabetical order, whatever the order of the file', () => {
  const text = SMALL_DEPLOYMENT.replace('name: east', 'name: zulu').replace('region: east', 'region: zulu');
  expect(settingsOf(text).members.map((member) => member.region)).toEqual(['west', 'zulu']);
});

test('paths in the file are relative to it, others to the working directory', () => {
  const file = '/etc/headgate/headgate.yaml';
  const text = SMALL_DEPLOYMENT.replace('key: 0123456789abcdef-secret', 'keyFile: key.txt');
  const readFile = memoryFiles({
    [file]: text,
    '/etc/headgate/key.txt': ' a-key-of-sixteen-bytes\n',
    '/etc/headgate/limits.yaml': SMALL_LIMITS,
    'mine.yaml': SMALL_LIMITS,
  });
  const inFile = loadConfiguration({ file, env: {}, readFile });
  expect(inFile).toMatchObject({
    settings: { limitsFile: '/etc/headgate/limits.yaml', transport: { key: 'a-key-of-sixteen-bytes' } },
  });
  const byFlag = loadConfiguration({ file, env: {}, readFile, flags: { limitsFile: 'mine.yaml' } });
  expect(byFlag).toMatchObject({ settings: { limitsFile: `${process.cwd()}/mine.yaml` } });
});

test('a key file must hold a key, and does not show it', () => {
  const text = SMALL_DEPLOYMENT.replace('key: 0123456789abcdef-secret', 'keyFile: key.txt');
  expect(problemLines(loadText(text, { files: { 'key.txt': 'hunter2\n' } }))).toEqual([
    'headgate.yaml:7:12 transport.keyFile: the file key.txt holds no key; expected text of 16 to 1024 bytes',
  ]);
});

test('one file serves all nodes, so it can be checked without being one of them', () => {
  const shared = SMALL_DEPLOYMENT.replace('node: { region: east }\n', '');
  expect(loadText(shared, { anyRegion: true })).toMatchObject({ settings: { node: { region: 'east' } } });
  expect(loadText(shared, { anyRegion: true, flags: { 'node.region': 'west' } })).toMatchObject({
    settings: { node: { region: 'west' } },
  });
  expect(problemLines(loadText(shared))).toHaveLength(1);
});

test('settings are frozen all the way down', () => {
  const unfrozen: string[] = [];
  const visit = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null) return;
    if (!Object.isFrozen(value)) unfrozen.push(path);
    for (const [key, inner] of Object.entries(value)) visit(inner, `${path}.${key}`);
  };
  visit(settingsOf(SMALL_DEPLOYMENT), '');
  expect(unfrozen).toEqual([]);
});

test('one load leaves nothing behind for the next', () => {
  const first = settingsOf(SMALL_DEPLOYMENT);
  const second = settingsOf(SMALL_DEPLOYMENT);
  expect(second).toEqual(first);
  expect(second).not.toBe(first);
});
