// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these texts are what users write.
import { expect, test } from 'vitest';
import { loadText, problemLines, SMALL_DEPLOYMENT } from './memory-files.ts';

/** The small deployment with one line replaced, so that what is wrong stands where the table says. */
function withLine(line: number, text: string): string {
  return SMALL_DEPLOYMENT.split('\n')
    .with(line - 1, text)
    .join('\n');
}

test('the small deployment loads', () => {
  expect(problemLines(loadText(SMALL_DEPLOYMENT))).toEqual([]);
});

const name = 'expected a name of 1 to 32 lower-case letters, digits and inner hyphens';
const quota = 'expected a number from 0 to 1000 with at most three decimals, or a percentage such as 40%';

test.each([
  [1, 'version: 2', '1:10 version: got 2; expected 1, the only version there is'],
  [1, '# no version', '2:1 version: is missing; expected 1, the only version there is'],
  [2, 'node: 7', '2:7 node: got 7; expected a group of fields: region, name, listen'],
  [2, 'node:', '2:1 node.region: is missing; give it with --region, HEADGATE_NODE_REGION or here'],
  [2, 'node: { region: East }', `2:17 node.region: got "East"; ${name}`],
  [2, 'node: { region: esat }', '2:17 node.region: there is no region "esat"; did you mean east?'],
  [2, 'node: { region: 12 }', `2:17 node.region: got 12; ${name}, in quotes`],
  [
    2,
    'node: { region: east, listen: { port: -1 } }',
    '2:39 node.listen.port: got -1; expected a whole number from 0 to 65535',
  ],
  [
    2,
    'node: { region: east, listen: { port: "80" } }',
    '2:39 node.listen.port: got "80"; expected a whole number from 0 to 65535',
  ],
  [
    2,
    'node: { region: east, listen: { prot: 80 } }',
    '2:33 node.listen.prot: unknown field "prot"; did you mean port?',
  ],
  [
    2,
    'node: { region: east, listen: { host: "a b" } }',
    '2:39 node.listen.host: got "a b"; expected a host name or IP address',
  ],
  [
    2,
    'node: { region: east, shape: x }',
    '2:23 node.shape: unknown field "shape"; known here: region, name, listen',
  ],
  [
    2,
    'node: { region: east, heartbeat: 1s }',
    '2:23 node.heartbeat: unknown field "heartbeat"; it belongs to faultTolerance.heartbeat',
  ],
  [
    3,
    'regions: # none\nlater:',
    '3:1 regions: is missing; expected a list of 1 to 32 regions, each with name, quota and address',
  ],
  [
    4,
    '  - 5',
    '4:5 regions[0]: got 5; expected a group of fields: name, enabled, stopped, quota, address, publicKeys',
  ],
  [4, '  - { name: east, quota: -1 }', `4:26 regions[0].quota: got -1; ${quota}`],
  [4, '  - { name: east, quota: 40.0001 }', `4:26 regions[0].quota: got 40.0001; ${quota}`],
  [4, '  - { name: east, quota: 40 % of it }', `4:26 regions[0].quota: got "40 % of it"; ${quota}`],
  [4, '  - { name: east, quota: .nan }', `4:26 regions[0].quota: got NaN; ${quota}`],
  [
    4,
    '  - { name: east, quota: 1, store: redis }',
    '4:29 regions[0].store: "store" is not available in this version; remove it',
  ],
  [4, '  - { name: east, quota: 1, enabled: 1 }', '4:38 regions[0].enabled: got 1; expected true or false'],
  [
    4,
    '  - { name: east, quota: 1, enabled: false }',
    '2:17 node.region: the region "east" is not enabled; enable it, or do not start it',
  ],
  [
    5,
    '  - { name: east, quota: 1 }',
    '5:13 regions[1].name: the name "east" is taken; regions[0] has it; remove one',
  ],
  [
    5,
    '  - { name: west, quota: 1 }',
    '5:5 regions[1].address: is missing; expected where its peers reach it, such as http://west.example:8090, as the transport is mesh',
  ],
  [
    5,
    '  - { name: west, quota: 1, address: "https://x" }',
    '5:38 regions[1].address: got https://x; write http, or give transport.mesh.tls',
  ],
  [
    5,
    '  - { name: west, quota: 1, address: "http://u:secret@x" }',
    '5:38 regions[1].address: got "http://(hidden)@x"; expected an http or https address without path, such as http://10.0.0.1:8090',
  ],
  [
    5,
    '  - { name: west, quota: 1, address: "http://10.0.0.1:8090" }',
    '5:38 regions[1].address: http://10.0.0.1:8090 is taken; region east has it; each has its own',
  ],
  [
    6,
    'transport: { kind: carrier-pigeon, key: 0123456789abcdef }\nx:',
    '6:20 transport.kind: got "carrier-pigeon"; expected mesh or nats',
  ],
  [7, '  key: short', '7:8 transport.key: got (hidden); expected text of 16 to 1024 bytes'],
  [
    7,
    '  key: ${MISSING}',
    '7:8 transport.key: the environment variable MISSING is not set; set it, or write ${MISSING:-a default}',
  ],
  [
    7,
    '  kind: mesh',
    '7:3 transport.key: is missing; give the secret that all regions share in key, or the file that holds it in keyFile',
  ],
  [7, '  keyFile: nowhere', '7:12 transport.keyFile: the file nowhere does not exist'],
  [
    7,
    '  key: 0123456789abcdef\n  keyFile: limits.yaml',
    '8:12 transport.keyFile: key is given as well; keep one of them',
  ],
  [
    7,
    '  key: 0123456789abcdef\n  mesh: { listen: { port: 8080 } }',
    '8:27 transport.mesh.listen.port: port 8080 is also the port of the HTTP interface; choose another for one of them',
  ],
  [8, 'limitsFile: nowhere.yaml', '8:13 limitsFile: the file nowhere.yaml does not exist'],
  [8, 'limitsFile: ""', '8:13 limitsFile: got ""; expected a path'],
  [8, 'limitsfile: limits.yaml', '8:1 limitsfile: unknown field "limitsfile"; did you mean limitsFile?'],
  [9, 'security: { roles: [] }', '9:13 security.roles: "roles" is not available in this version; remove it'],
  [9, 'environment: a.b', `9:14 environment: got "a.b"; ${name}`],
  [
    9,
    'telemetry: { logLevel: loud }',
    '9:24 telemetry.logLevel: got "loud"; expected trace, debug, info, warn, error, fatal or silent',
  ],
  [
    9,
    'faultTolerance: { heartbeat: 250 }',
    '9:30 faultTolerance.heartbeat: got 250; expected a duration from 50ms to 5s, with its unit, such as 250ms, in quotes',
  ],
  [
    9,
    'faultTolerance: { heartbeat: 10s }',
    '9:30 faultTolerance.heartbeat: got "10s"; expected a duration from 50ms to 5s, with its unit, such as 250ms',
  ],
  [
    9,
    'faultTolerance: { suspicion: 400ms }',
    '9:30 faultTolerance.suspicion: is too short; expected at least twice heartbeat, which is 250ms',
  ],
  [
    9,
    'synchronisation: { digestInterval: 500ms, deltaInterval: 1s }',
    '9:36 synchronisation.digestInterval: is too short; expected at least deltaInterval, which is 1s',
  ],
  [
    9,
    'synchronisation: { urgentDeltaInterval: 1s }',
    '9:41 synchronisation.urgentDeltaInterval: is too long; expected at most deltaInterval, which is 100ms',
  ],
  [
    9,
    'synchronisation: { digestInterval: 30s, fullSnapshotInterval: 10s }',
    '9:63 synchronisation.fullSnapshotInterval: is too short; expected at least digestInterval, which is 30s',
  ],
  [
    9,
    'cluster: { clockSlack: 1500ms }',
    '9:24 cluster.clockSlack: got "1500ms"; expected a duration from 0s to 5m and a multiple of 1s, with its unit, such as 2s; did you mean 2s?',
  ],
  [
    9,
    'cluster: { lookahead: 1.5 }',
    '9:23 cluster.lookahead: got 1.5; expected a whole number of epochs of 1 s from 2 to 20',
  ],
])('line %i, %s', (line, text, problem) => {
  const problems = problemLines(loadText(withLine(line, text)));
  expect(problems).toContain(`headgate.yaml:${problem}`);
});

test('every problem is reported at once, in the order of the text, then those of the limits file', () => {
  const deployment = SMALL_DEPLOYMENT.replace('region: east', 'region: north').replace(
    'quota: 60',
    'quota: many',
  );
  const files = { 'limits.yaml': 'version: 1\nlimits: [{ name: a }]\n' };
  const result = loadText(`${deployment}console: x\n`, { files, env: { HEADGATE_TYPO: '1' } });
  expect(problemLines(result).map((line) => line.split(';')[0])).toEqual([
    'headgate.yaml:2:17 node.region: there is no region "north"',
    'headgate.yaml:4:26 regions[0].quota: got "many"',
    'headgate.yaml:9:1 console: "console" is not available in this version',
    'HEADGATE_TYPO: no such setting',
    'limits.yaml:2:10 limits[0].match: is missing',
    'limits.yaml:2:10 limits[0].limit: is missing',
    'limits.yaml:2:10 limits[0].window: is missing',
  ]);
});

test.each([
  ['0', '0', 'headgate.yaml:4:3 regions: no region has a share; give an enabled region a quota above 0'],
  ['0%', '0.0', 'headgate.yaml:4:3 regions: no region has a share; give an enabled region a quota above 0'],
])('quotas %s and %s leave nothing to share', (first, second, problem) => {
  const text = SMALL_DEPLOYMENT.replace('quota: 60', `quota: ${first}`).replace(
    'quota: 40',
    `quota: ${second}`,
  );
  expect(problemLines(loadText(text))).toEqual([problem]);
});

test('more quota than exact arithmetic can share is refused', () => {
  const regions = Array.from({ length: 9 }, (_, index) => ({
    name: `r${index}`,
    quota: 1_000,
    address: `http://h${index}`,
  }));
  const env = { HEADGATE_REGIONS: JSON.stringify(regions), HEADGATE_NODE_REGION: 'r0' };
  expect(problemLines(loadText(SMALL_DEPLOYMENT, { env }))).toEqual([
    'HEADGATE_REGIONS:1:1 regions: the quotas add up to 9000; expected at most 8000 in all; only their proportions matter',
  ]);
});

test.each([
  ['{ user: u }', '8:9 transport.nats.password: is missing; expected, as user is given'],
  ['{ password: p }', '8:9 transport.nats.user: is missing; expected, as password is given'],
  [
    '{ user: u, password: p, token: t }',
    '8:40 transport.nats.token: user is given as well; keep one of them',
  ],
  [
    '{ token: t, credentialsFile: limits.yaml }',
    '8:38 transport.nats.credentialsFile: token is given as well; keep one of them',
  ],
  ['{ credentialsFile: x.creds }', '8:28 transport.nats.credentialsFile: the file x.creds does not exist'],
  [
    '{ servers: [] }',
    '8:20 transport.nats.servers: got a list; expected a list of 1 to 32 servers such as nats://10.0.0.1:4222',
  ],
  [
    '{ servers: x }',
    '8:20 transport.nats.servers: got "x"; expected a list of 1 to 32 servers such as nats://10.0.0.1:4222',
  ],
  [
    '{ servers: ["nats://u:p@x"] }',
    '8:21 transport.nats.servers[0]: got "nats://(hidden)@x"; expected host:port or nats://host:port; user and password have their own fields',
  ],
  [
    '{ tls: { caFile: limits.yaml } }',
    '8:26 transport.nats.tls.caFile: has no effect, as TLS is not enabled; set enabled: true, or remove it',
  ],
  [
    '{ tls: { enabled: true, keyFile: limits.yaml } }',
    '8:16 transport.nats.tls.certFile: is missing; expected, as keyFile is given',
  ],
])('nats: %s', (nats, problem) => {
  const text = SMALL_DEPLOYMENT.replace('transport:', `transport:\n  kind: nats\n  nats: ${nats}`);
  expect(problemLines(loadText(text))).toEqual([`headgate.yaml:${problem}`]);
});

test.each([
  [
    'not UTF-8',
    Uint8Array.of(0x61, 0x0a, 0x0a, 0x62, 0xff),
    'headgate.yaml:3: the file is not UTF-8; save it as UTF-8',
  ],
  [
    'too large',
    new Uint8Array(1024 * 1024 + 1),
    'headgate.yaml: the file is too large; expected at most 1048576 bytes',
  ],
  [
    'a scalar',
    'hello',
    'headgate.yaml:1:1: got "hello"; expected a group of fields: version, environment, node, http, gateway, grpc, regions, transport, synchronisation, faultTolerance, cluster, limitsFile, durability, store, security, telemetry, alerts',
  ],
  [
    'a list',
    '- 1',
    'headgate.yaml:1:1: got a list; expected a group of fields: version, environment, node, http, gateway, grpc, regions, transport, synchronisation, faultTolerance, cluster, limitsFile, durability, store, security, telemetry, alerts',
  ],
])('a file that is %s is one problem', (_, content, problem) => {
  expect(problemLines(loadText(content))).toEqual([problem]);
});

test('a file that is not there is one problem', () => {
  expect(problemLines(loadText('', { file: 'elsewhere.yaml' }))).toEqual([
    'elsewhere.yaml: the file does not exist',
  ]);
});

test('an empty file lacks what is required', () => {
  expect(problemLines(loadText('# nothing\n')).map((line) => line.split(';')[0])).toEqual([
    'headgate.yaml:1:1 version: is missing',
    'headgate.yaml:1:1 node.region: is missing',
    'headgate.yaml:1:1 regions: is missing',
    'headgate.yaml:1:1 limitsFile: is missing',
    'headgate.yaml:1:1 transport.key: is missing',
  ]);
});

test('what a variable stands for is never repeated, nor is a secret', () => {
  const text = SMALL_DEPLOYMENT.replace('quota: 60', 'quota: "${SECRET}"').replace(
    '0123456789abcdef-secret',
    '"${SHORT}"',
  );
  const problems = problemLines(loadText(text, { env: { SECRET: 'hunter2', SHORT: 'hunter3' } }));
  expect(problems).toHaveLength(2);
  expect(problems.join()).not.toContain('hunter');
});

test('control characters in a refused value cannot reach the terminal', () => {
  const problems = problemLines(loadText('version: "\\e[2J\\u202e"\n"a\\tb\\eé": 1\n'));
  expect(problems.join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});
