import { expect, test } from 'vitest';
import { parseLimits } from '../../config/limits-file.ts';
import { loadConfiguration } from '../../config/load.ts';

const HASH = `sha256:${'0f'.repeat(32)}`;

function load(tokens: unknown, others: object = {}) {
  const files: Readonly<Record<string, string>> = {
    'headgate.yaml': JSON.stringify({
      version: 1,
      environment: 'test',
      node: { region: 'us-east' },
      regions: [{ name: 'us-east', quota: 1 }],
      transport: { key: 'not-much-of-a-secret' },
      limitsFile: 'limits.yaml',
      security: { tokens },
      ...others,
    }),
    'limits.yaml': 'version: 1\nenvironment: production\nlimits: []\n',
    'own.yaml': 'version: 1\nenvironment: test\nlimits: []\n',
  };
  const readFile = (path: string) => Buffer.from(files[path] ?? '');
  return (limitsFile: string) =>
    loadConfiguration({ file: 'headgate.yaml', env: {}, flags: { limitsFile }, readFile: readFile as never });
}

test('tokens are taken as they are written', () => {
  const tokens = [{ name: 'ci', role: 'admin', hash: HASH }];
  expect(load(tokens)('own.yaml')).toMatchObject({ ok: true, settings: { tokens } });
});

test.each([
  [[{ name: 'ci', role: 'root', hash: HASH }], 'security.tokens[0].role'],
  [[{ name: 'ci', role: 'admin', hash: 'a-token-as-it-is' }], 'security.tokens[0].hash'],
  [[{ name: 'c i', role: 'admin', hash: HASH }], 'security.tokens[0].name'],
  [
    [
      { name: 'a', role: 'admin', hash: HASH },
      { name: 'b', role: 'read', hash: HASH },
    ],
    'security.tokens[1].hash',
  ],
])('the tokens %j are refused', (tokens, path) => {
  const result = load(tokens)('own.yaml');
  expect(result).toMatchObject({ ok: false, problems: [{ path }] });
  expect(JSON.stringify(result)).not.toContain('a-token-as-it-is');
});

test('a file of limits for another environment is refused', () => {
  expect(load([])('limits.yaml')).toMatchObject({
    ok: false,
    problems: [{ path: 'environment', line: 2, message: 'the limits are for the environment production' }],
  });
  expect(parseLimits('version: 1\nenvironment: production\nlimits: []\n', 'limits.yaml')).toMatchObject({
    ok: true,
  });
});

const EVERYWHERE = { node: { region: 'us-east', listen: { host: '0.0.0.0' } } };
const GRPC = { grpc: { listen: { host: '10.0.0.1', port: 8079 } } };
const TOKENS = [{ name: 'ci', role: 'admin', hash: HASH }];

test.each([
  ['HTTP', EVERYWHERE, 'node.listen.host'],
  ['HTTP by a name', { node: { region: 'us-east', listen: { host: 'east.example' } } }, 'node.listen.host'],
  ['gRPC', GRPC, 'grpc.listen.host'],
])('%s that anybody on the network could ask is refused, unless that is meant', (_name, others, path) => {
  const refused = load([], others)('own.yaml');
  expect(refused).toMatchObject({ ok: false, problems: [{ path }] });
  expect(JSON.stringify(refused)).toContain('security.allowOpen');
  expect(load(TOKENS, others)('own.yaml')).toMatchObject({ ok: true });
  const meant = { ...others, security: { allowOpen: true } };
  expect(load([], meant)('own.yaml')).toMatchObject({ ok: true });
});

test.each(['127.0.0.1', '127.3.2.1', '::1', 'localhost'])('%s is this machine and nobody else', (host) => {
  const others = { node: { region: 'us-east', listen: { host } }, grpc: { listen: { host, port: 8079 } } };
  expect(load([], others)('own.yaml')).toMatchObject({ ok: true });
});
