import { expect, test } from 'vitest';
import { headgate, temporaryFiles } from './command.ts';
import { configuration, LIMITS } from './configuration.ts';

test.each([
  [[], 2, 'Usage: headgate'],
  [['serv'], 2, 'Did you mean serve?'],
  [['--colour'], 2, "unknown option '--colour'"],
  [['serve', '--regoin', 'x'], 2, 'Did you mean --region?'],
  [['serve', 'headgate.yaml'], 2, 'too many arguments'],
  [['serve', '--config'], 2, 'argument missing'],
  [['serve'], 3, 'node.region: is missing'],
  [['serve', '--config', '/nonexistent.yaml'], 3, '/nonexistent.yaml'],
  [['dev', '--transport', 'pigeon'], 2, 'Allowed choices are mesh, nats'],
  [['dev', '--port-base', '80.5'], 2, 'must be a number from 0 to 65000'],
  [['dev', '--limits', '/nonexistent.yaml'], 3, '/nonexistent.yaml'],
  [['validate'], 2, "missing required argument 'file'"],
  [['validate', '/nonexistent.yaml'], 3, '/nonexistent.yaml'],
  [['health', '--timeout', 'soon'], 2, 'must be a number of seconds'],
  [['status', '--config', '/nonexistent.yaml'], 3, '/nonexistent.yaml'],
  [['throttling', '--since', '1h'], 2, 'It must be a time from 1s to 15m.'],
  [['explain'], 2, "missing required argument 'resource'"],
  [['explain', 'r', 'tenant'], 2, 'written name=value'],
  [['explain', 'r', '--permits', '-1'], 2, 'whole number from 0 to 1000000'],
])('headgate %j exits with %i and says why', async (args, code, text) => {
  const ended = await headgate(args);
  expect([ended.code, ended.stdout]).toEqual([code, '']);
  expect(ended.stderr).toContain(text);
  expect(ended.stderr).not.toMatch(/^\s+at /m);
});

const VERBS = [
  'serve',
  'dev',
  'validate',
  'simulate',
  'health',
  'status',
  'explain',
  'report',
  'completion',
  'throttling',
  'top',
  'limits',
];

test.each(VERBS)('headgate %s --help has an example', async (verb) => {
  const { code, stdout, stderr } = await headgate([verb, '--help']);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(new RegExp(`Examples?:\\n {2}headgate ${verb}`));
});

test('--help lists the verbs and the exit codes', async () => {
  const { code, stdout } = await headgate(['--help']);
  expect(code).toBe(0);
  for (const part of [...VERBS, 'Exit codes', 'superseded', 'would be denied'])
    expect(stdout).toContain(part);
});

test('validate says what is right, and lists every problem of every file', async () => {
  const files = temporaryFiles({
    'headgate.yaml': configuration(),
    'limits.yaml': LIMITS,
    'wrong.yaml': LIMITS.replace('limit: 100', 'limit: -1').replace('window: 10s', 'window: soon'),
  });
  const right = await headgate(['validate', files['headgate.yaml'], files['limits.yaml']]);
  expect([right.code, right.stderr]).toEqual([0, '']);
  expect(right.stdout).toContain('configuration is right (1 region, 1 limit)');
  expect(right.stdout).toContain('limits is right (1 limit)');
  const wrong = await headgate(['validate', files['headgate.yaml'], files['wrong.yaml']]);
  expect(wrong.code).toBe(3);
  expect(wrong.stderr).toContain(`${files['wrong.yaml']}:5:`);
  expect(wrong.stderr).toContain(`${files['wrong.yaml']}:6:`);
  expect(wrong.stderr).toContain('got "soon"; expected a duration from 1s');
  const json = await headgate(['validate', '--json', files['wrong.yaml']]);
  expect(json.code).toBe(3);
  expect(JSON.parse(json.stdout)).toMatchObject({
    ok: false,
    files: [{ kind: 'limits', ok: false, problems: [{ line: 5 }, { line: 6 }] }],
  });
});
