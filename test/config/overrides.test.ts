// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these texts are what users write.
import { expect, test } from 'vitest';
import { SETTINGS } from '../../config/load.ts';
import { loadText, problemLines, SMALL_DEPLOYMENT } from './memory-files.ts';

const PORT = 'node: { region: east, listen: { port: 1111 } }';
const withPort = SMALL_DEPLOYMENT.replace('node: { region: east }', PORT);

test.each([
  ['the default', SMALL_DEPLOYMENT, {}, {}, 8080],
  ['the file', withPort, {}, {}, 1111],
  ['the environment', withPort, { HEADGATE_NODE_LISTEN_PORT: '2222' }, {}, 2222],
  ['an empty variable', withPort, { HEADGATE_NODE_LISTEN_PORT: '' }, {}, 1111],
  ['a flag', withPort, { HEADGATE_NODE_LISTEN_PORT: '2222' }, { 'node.listen.port': '3333' }, 3333],
])('%s decides', (...[, text, env, flags, port]) => {
  expect(loadText(text, { env, flags })).toMatchObject({
    ok: true,
    settings: { node: { listen: { port } } },
  });
});

test('what is overridden need not be right, or even be there', () => {
  const text = withPort.replace('1111', '"${PORT}"').replace('0123456789abcdef-secret', '${KEY}');
  const env = { HEADGATE_TRANSPORT_KEY: 'another-secret-of-24-byte' };
  const result = loadText(text, { env, flags: { 'node.listen.port': '3333' } });
  expect(result).toMatchObject({ ok: true, settings: { transport: { key: 'another-secret-of-24-byte' } } });
});

test('texts become what the schema says: numbers, yes or no, lists', () => {
  const env = {
    HEADGATE_TRANSPORT_KIND: 'nats',
    HEADGATE_TRANSPORT_NATS_SERVERS: 'a:1, nats://b:2,',
    HEADGATE_TRANSPORT_NATS_TLS_ENABLED: 'true',
    HEADGATE_CLUSTER_LOOKAHEAD: ' 5 ',
    HEADGATE_FAULT_TOLERANCE_SUSPICION: '3s',
  };
  expect(loadText(SMALL_DEPLOYMENT, { env })).toMatchObject({
    settings: {
      transport: { kind: 'nats', servers: ['a:1', 'nats://b:2'], tls: { handshakeFirst: false } },
      timing: { lookaheadEpochs: 5, suspicionMs: 3_000 },
    },
  });
});

test('variables in the file are read as the schema says, and never as YAML', () => {
  const text = SMALL_DEPLOYMENT.replace('quota: 60', 'quota: "${Q}"').replace(
    'quota: 40',
    'quota: "${R:-50}%"',
  );
  expect(loadText(`${text}environment: "\${E}"\n`, { env: { Q: '50', E: 'prod' } })).toMatchObject({
    settings: { environment: 'prod', members: [{ weight: 50 }, { weight: 50 }] },
  });
  const injected = loadText(`${text}environment: "\${E}"\n`, { env: { Q: '50', E: 'prod\nversion: 2' } });
  expect(problemLines(injected)).toEqual([
    'headgate.yaml:9:14 environment: got "${E}"; expected a name of 1 to 32 lower-case letters, digits and inner hyphens',
  ]);
});

test('everything can be given without a file', () => {
  const flags = {
    'node.region': 'only',
    regions: '[{ "name": "only", "quota": 1 }]',
    'transport.key': '0123456789abcdef',
    limitsFile: 'limits.yaml',
  };
  expect(loadText('', { file: undefined, flags })).toMatchObject({
    ok: true,
    settings: { node: { region: 'only', name: 'only' }, members: [{ region: 'only', weight: 1 }] },
  });
});

test.each([
  [
    { HEADGATE_NODE_LISTEN_PROT: '1' },
    'HEADGATE_NODE_LISTEN_PROT: no such setting; did you mean HEADGATE_NODE_LISTEN_PORT?',
  ],
  [{ HEADGATE_VERSION: '1' }, 'HEADGATE_VERSION: no such setting; did you mean HEADGATE_REGIONS?'],
  [{ HEADGATE_XYZZYPLUGHPLOVER: '1' }, 'HEADGATE_XYZZYPLUGHPLOVER: no such setting; unset it'],
  [{ HEADGATE_PORT: '8080' }, 'HEADGATE_PORT: no such setting; unset it'],
  [
    { HEADGATE_NODE_LISTEN_PORT: '0x50' },
    'HEADGATE_NODE_LISTEN_PORT node.listen.port: got "0x50"; expected a whole number from 0 to 65535',
  ],
  [
    { HEADGATE_TRANSPORT_NATS_TLS_ENABLED: 'yes' },
    'HEADGATE_TRANSPORT_NATS_TLS_ENABLED transport.nats.tls.enabled: got "yes"; expected true or false',
  ],
  [
    { HEADGATE_TRANSPORT_KEY: 'hunter2' },
    'HEADGATE_TRANSPORT_KEY transport.key: got (hidden); expected text of 16 to 1024 bytes',
  ],
  [{ HEADGATE_LIMITS_FILE: 'nowhere' }, 'HEADGATE_LIMITS_FILE limitsFile: the file nowhere does not exist'],
  [
    { HEADGATE_REGIONS: '[{"name": "east", "quota": 1}, {"name": 5, "__proto__": {"a": 1}}]' },
    'HEADGATE_REGIONS:1:41 regions[1].name: got 5; expected a name of 1 to 32 lower-case letters, digits and inner hyphens, in quotes',
  ],
  [
    { HEADGATE_REGIONS: '[{"name": "east", "quota": 1}, {"name": 5, "__proto__": {"a": 1}}]' },
    'HEADGATE_REGIONS:1:44 regions[1]: the name __proto__ is not allowed; choose another name',
  ],
  [{ HEADGATE_REGIONS: '[' }, 'HEADGATE_REGIONS:1:2 regions: not YAML: Flow sequence must end with a ]'],
])('%j is a problem of the variable', (env, problem) => {
  expect(problemLines(loadText(SMALL_DEPLOYMENT, { env }))).toContain(problem);
});

test('a problem of a flag names the flag', () => {
  expect(
    problemLines(loadText(SMALL_DEPLOYMENT, { flags: { 'node.region': 'wset', 'transport.kind': 'x' } })),
  ).toEqual([
    '--transport-kind transport.kind: got "x"; expected mesh or nats',
    '--region node.region: there is no region "wset"; did you mean west?',
  ]);
  expect(problemLines(loadText(SMALL_DEPLOYMENT, { flags: { nonsense: '1' } }))).toEqual([
    'flag nonsense: no such setting',
  ]);
});

test('other variables, those of the caller and those of Kubernetes are left alone', () => {
  const env = {
    PATH: '/bin',
    HEADGATE_NEW_CLUSTER: '1',
    HEADGATE_PORT: 'tcp://10.0.0.7:80',
    HEADGATE_PORT_80_TCP_ADDR: '10.0.0.7',
    HEADGATE_SERVICE_HOST: '10.0.0.7',
    HEADGATE_SERVICE_PORT_HTTP: '80',
    HEADGATE_EU_SERVICE_HOST: '10.0.0.8',
  };
  expect(problemLines(loadText(SMALL_DEPLOYMENT, { env, extraNames: ['HEADGATE_NEW_CLUSTER'] }))).toEqual([]);
});

test('a problem inside of what a variable gives is never blamed on the file', () => {
  const env = {
    HEADGATE_REGIONS: '[{ "name": "east", "quota": 1 }, { "name": "west", "address": "http://w" }]',
  };
  expect(problemLines(loadText(SMALL_DEPLOYMENT, { env }))).toEqual([
    'HEADGATE_REGIONS:1:34 regions[1].quota: is missing; expected a number from 0 to 1000 with at most three decimals, or a percentage such as 40%',
  ]);
});

test('flags and variables follow from the path', () => {
  const names = SETTINGS.map(({ path, flag, env }) => [path, flag, env]);
  expect(names).toContainEqual([
    'transport.nats.servers',
    '--transport-nats-servers',
    'HEADGATE_TRANSPORT_NATS_SERVERS',
  ]);
  expect(names).toContainEqual(['limitsFile', '--limits-file', 'HEADGATE_LIMITS_FILE']);
  expect(names).toContainEqual(['node.region', '--region', 'HEADGATE_NODE_REGION']);
  expect(new Set(names.map(([, flag]) => flag)).size).toBe(SETTINGS.length);
  expect(new Set(names.map(([, , env]) => env)).size).toBe(SETTINGS.length);
});
