import { expect, test } from 'vitest';
import { loadLimits, parseLimits } from '../../config/limits-file.ts';
import { formatProblem } from '../../config/problem.ts';
import { memoryFiles } from './memory-files.ts';

function problemsOf(text: string): string[] {
  const result = parseLimits(text, 'limits.yaml');
  return result.ok ? [] : result.problems.map(formatProblem);
}

/** One limit whose fields stand on lines 3 to 6, and more lines after them. */
function limit(fields: Readonly<Record<string, string>>): string {
  const all = { name: 'a', match: '{ resource: "*" }', limit: '10', window: '1s', ...fields };
  const lines = Object.entries(all).map(([name, value]) => `    ${name}: ${value}`);
  return `version: 1\nlimits:\n${lines.join('\n').replace('   ', '  -')}\n`;
}

test('a limit is compiled with its defaults', () => {
  expect(parseLimits(limit({}), 'limits.yaml')).toEqual({
    ok: true,
    limits: [
      {
        name: 'a',
        resource: '*',
        dimensions: {},
        algorithm: 'fixed-window',
        limit: 10,
        windowMs: 1_000,
        reclaimPermille: 500,
        shares: 'demand',
        mode: 'enforce',
      },
    ],
  });
});

test('what is written is what is compiled', () => {
  const match = '{ resource: api.orders.*, dimensions: { tenant: "*", plan: free, "": "" } }'.replace(
    ', "": ""',
    '',
  );
  const text = limit({
    match,
    limit: '0',
    window: '1d',
    reclaim: '0.125',
    mode: 'shadow',
    consistency: 'strict',
  });
  expect(parseLimits(text, 'limits.yaml')).toMatchObject({
    limits: [
      {
        resource: 'api.orders.*',
        dimensions: { tenant: '*', plan: 'free' },
        limit: 0,
        windowMs: 86_400_000,
        reclaimPermille: 125,
        mode: 'shadow',
      },
    ],
  });
});

const name =
  'expected a name of 1 to 128 letters, digits, dots, hyphens and underscores that starts with a letter or digit';
const plain = 'text of 1 to 256 bytes without control characters';
const resource = `expected ${plain}: a resource, with * for any text, such as api.orders.*`;
const value = `expected ${plain}; * for one counter per value`;
const window = 'expected a duration from 1s to 1d and a multiple of 1s, with its unit, such as 1d';

test.each([
  [{ name: '"-a"' }, `3:11 limits[0].name: got "-a"; ${name}`],
  [{ name: 'a b' }, `3:11 limits[0].name: got "a b"; ${name}`],
  [{ name: '7' }, `3:11 limits[0].name: got 7; ${name}, in quotes`],
  [{ name: 'x'.repeat(129) }, `3:11 limits[0].name: got "${'x'.repeat(60)}…"; ${name}`],
  [
    { match: '"*"' },
    '4:12 limits[0].match: got "*"; expected a group of fields: resource, domain, dimensions',
  ],
  [{ match: '{}' }, `4:12 limits[0].match.resource: is missing; ${resource}`],
  [
    { match: `{ resource: "${'*'.repeat(9)}" }` },
    `4:24 limits[0].match.resource: got "*********"; ${resource}`,
  ],
  [
    { match: `{ resource: ${'é'.repeat(129)} }` },
    `4:24 limits[0].match.resource: got "${'é'.repeat(60)}…"; ${resource}`,
  ],
  [{ match: '{ resource: "a\\u0000" }' }, `4:24 limits[0].match.resource: got "a\\u0000"; ${resource}`],
  [
    { match: '{ resource: a, dimensions: { t: 1 } }' },
    `4:44 limits[0].match.dimensions.t: got 1; ${value}, in quotes`,
  ],
  [
    { match: '{ resource: a, dimensions: { t: } }' },
    `4:41 limits[0].match.dimensions.t: is missing; ${value}`,
  ],
  [
    { match: '{ resource: a, dimensions: { "a\\u0007": x } }' },
    `4:41 limits[0].match.dimensions.a\\u{7}: got the name "a\\u0007"; expected ${plain}`,
  ],
  [
    { match: '{ resource: a, dimensions: { __proto__: x } }' },
    '4:41 limits[0].match.dimensions: the name __proto__ is not allowed; choose another name',
  ],
  [
    { match: '{ resource: a, dimensions: { constructor: x } }' },
    '4:41 limits[0].match.dimensions: the name constructor is not allowed; choose another name',
  ],
  [
    { match: '{ resource: a, dimensions: [t] }' },
    '4:39 limits[0].match.dimensions: got a list; expected at most 16 names with their values',
  ],
  [
    { match: `{ resource: a, dimensions: { ${Array.from({ length: 17 }, (_, i) => `d${i}: x`)} } }` },
    '4:39 limits[0].match.dimensions: got a group of fields; expected at most 16 names with their values',
  ],
  [
    { match: '{ resource: a, domain: b }' },
    '4:14 limits[0].match.resource: means nothing beside a domain; leave one of them out',
  ],
  [
    { match: '{ domain: edge* }' },
    '4:22 limits[0].match.domain: got "edge*"; expected text of 1 to 256 bytes without control characters and without *: a domain exactly, as the gateway\'s configuration has it',
  ],
  [
    { match: '{ dimensions: { t: x } }' },
    '4:12 limits[0].match.resource: is missing; expected text of 1 to 256 bytes without control characters: a resource, with * for any text, such as api.orders.*',
  ],
  [{ limit: '-1' }, '5:12 limits[0].limit: got -1; expected a whole number of permits from 0 to 1000000000'],
  [
    { limit: '1.5' },
    '5:12 limits[0].limit: got 1.5; expected a whole number of permits from 0 to 1000000000',
  ],
  [
    { limit: '1e400' },
    '5:12 limits[0].limit: got Infinity; expected a whole number of permits from 0 to 1000000000',
  ],
  [
    { limit: '1000000001' },
    '5:12 limits[0].limit: got 1000000001; expected a whole number of permits from 0 to 1000000000',
  ],
  [
    { limit: '"10"' },
    '5:12 limits[0].limit: got "10"; expected a whole number of permits from 0 to 1000000000',
  ],
  [{ limit: '' }, '5:5 limits[0].limit: is missing; expected a whole number of permits from 0 to 1000000000'],
  [{ window: '500ms' }, `6:13 limits[0].window: got "500ms"; ${window}; did you mean 1s?`],
  [{ window: '1500ms' }, `6:13 limits[0].window: got "1500ms"; ${window}; did you mean 2s?`],
  [{ window: '0s' }, `6:13 limits[0].window: got "0s"; ${window}; did you mean 1s?`],
  [{ window: '2d' }, `6:13 limits[0].window: got "2d"; ${window}`],
  [{ window: '60' }, `6:13 limits[0].window: got 60; ${window}, in quotes; did you mean 1m?`],
  [{ window: '' }, '6:5 limits[0].window: is missing; expected a duration such as 10s'],
  [
    { window: '1mo' },
    '6:13 limits[0].window: 1mo is a period of the calendar; set algorithm: quota, or a duration up to 1d',
  ],
  [
    { window: '2h', algorithm: 'quota' },
    '6:13 limits[0].window: 2h is no period of the calendar; expected 1h, 1d, 1w or 1mo; other lengths are what fixed-window is for',
  ],
  [
    { window: '1d', algorithm: 'quota', timezone: 'Mars/Olympus' },
    '8:15 limits[0].timezone: "Mars/Olympus" is no time zone; expected a name such as Europe/Berlin',
  ],
  [
    { algorithm: 'concurrency' },
    '6:5 limits[0].window: means nothing to algorithm concurrency; it has `lease`',
  ],
  [{ timezone: 'UTC' }, '7:5 limits[0].timezone: means nothing to algorithm fixed-window; it has `window`'],
  [
    { algorithm: 'token-bucket', limit: '50000001' },
    '5:12 limits[0].limit: 50000001 is more than a bucket can count; expected at most 50000000, in a shorter window',
  ],
  [
    { algorithm: 'magic' },
    '7:16 limits[0].algorithm: got "magic"; expected fixed-window, sliding-window, token-bucket, leaky-bucket, concurrency or quota',
  ],
  [{ consistency: 'eventual' }, '7:18 limits[0].consistency: got "eventual"; expected strict or available'],
  [
    { rollout: '101%' },
    '7:14 limits[0].rollout: got "101%"; expected a percentage from 0% to 100% with at most one decimal, such as 10%',
  ],
  [
    { shares: '{ us-east: -1 }' },
    '7:13 limits[0].shares: got a group of fields; expected demand, static, or percentages by region such as { us-east: 60, eu-west: 40 }',
  ],
  [
    { overrides: '[{ dimensions: { user: bob }, limit: 1 }]' },
    '7:33 limits[0].overrides[0].dimensions.user: is no dimension that the limit counts by; name one that `match` has with *',
  ],
  [{ mode: 'off' }, '7:11 limits[0].mode: got "off"; expected enforce, shadow or disabled'],
  [
    { reclaim: '0.9' },
    '7:14 limits[0].reclaim: got 0.9; expected a number from 0 to 0.8 with at most three decimals',
  ],
  [
    { reclaim: '0.12345' },
    '7:14 limits[0].reclaim: got 0.12345; expected a number from 0 to 0.8 with at most three decimals',
  ],
  [{ burst: '200' }, '7:5 limits[0].burst: means nothing to algorithm fixed-window; it has `window`'],
  [{ windw: '1s' }, '7:5 limits[0].windw: unknown field "windw"; did you mean window?'],
  [
    { resource: 'x' },
    '7:5 limits[0].resource: unknown field "resource"; known here: name, match, algorithm, limit, window, burst, maxDelay, lease, timezone, mode, rollout, priority, reclaim, shares, consistency, onError, overrides',
  ],
])('%j', (fields, problem) => {
  expect(problemsOf(limit(fields))).toEqual([`limits.yaml:${problem}`]);
});

test.each([
  ['', 'limits.yaml:1:1 version: is missing; expected 1, the only version there is'],
  ['version: 3\nlimits: []\n', 'limits.yaml:1:10 version: got 3; expected 1, the only version there is'],
  [
    'version: 1\nlimits: {}\n',
    'limits.yaml:2:9 limits: got a group of fields; expected a list of 0 to 10000 limits',
  ],
  [
    'version: 1\nlimits: []\nregions: []\n',
    'limits.yaml:3:1 regions: unknown field "regions"; known here: version, environment, mode, limits',
  ],
  [
    'version: 1\nlimits: []\nlimits: []\n',
    'limits.yaml:3:1 limits: is given twice; keep one; the first is on line 2',
  ],
  [
    'version: 1\nlimits: [\n',
    'limits.yaml:3:1: not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
  ],
])('%j is refused', (text, problem) => {
  expect(problemsOf(text)).toContain(problem);
});

test.each([
  [
    { algorithm: 'sliding-window', window: '60s' },
    { algorithm: 'sliding-window', windowMs: 60_000 },
  ],
  [
    { algorithm: 'token-bucket', window: '10s', burst: '20' },
    { algorithm: 'token-bucket', windowMs: 10_000, burst: 20 },
  ],
  [
    { algorithm: 'leaky-bucket', maxDelay: '250ms' },
    { algorithm: 'leaky-bucket', burst: 10, delayMsMax: 250 },
  ],
  [
    { algorithm: 'quota', window: '1mo', timezone: 'Europe/Berlin' },
    { algorithm: 'quota', period: { unit: 'month', timeZone: 'Europe/Berlin' }, windowMs: 2_682_000_000 },
  ],
  [
    { rollout: '12.5%', priority: '7' },
    { rolloutPermille: 125, priority: 7 },
  ],
  [
    { shares: '{ us-east: 60, eu-west: 0.5 }' },
    { shares: 'demand', weights: { 'us-east': 60_000, 'eu-west': 500 } },
  ],
  [
    { consistency: 'available', onError: 'open' },
    { consistency: 'available', onError: 'open' },
  ],
])('%j is compiled', (fields, spec) => {
  expect(parseLimits(limit(fields), 'limits.yaml')).toMatchObject({ ok: true, limits: [spec] });
});

test('a wait that nobody can be told is refused where it is known how far ahead regions vote', () => {
  const waiting = (maxDelay: string, also = {}) => limit({ algorithm: 'leaky-bucket', maxDelay, ...also });
  const place = { lookaheadEpochs: 3 };
  expect(parseLimits(waiting('4s'), 'limits.yaml', place)).toMatchObject({ ok: true });
  expect(parseLimits(waiting('5s'), 'limits.yaml', place)).toMatchObject({
    problems: [
      {
        path: 'limits[0].maxDelay',
        message: 'nobody can be told to wait for 5s: what regions agree on reaches 3s ahead',
        hint: 'expected at most 3s, a larger cluster.lookahead, or consistency: available',
      },
    ],
  });
  expect(parseLimits(waiting('5s'), 'limits.yaml', { lookaheadEpochs: 4 })).toMatchObject({ ok: true });
  expect(parseLimits(waiting('5s', { consistency: 'available' }), 'limits.yaml', place)).toMatchObject({
    ok: true,
  });
  expect(parseLimits(waiting('10s'), 'limits.yaml')).toMatchObject({ ok: true });
});

test('concurrency has a lease instead of a window', () => {
  const text = limit({ algorithm: 'concurrency', lease: '45s' }).replace(/ *window: 1s\n/, '');
  expect(parseLimits(text, 'limits.yaml')).toMatchObject({
    ok: true,
    limits: [{ algorithm: 'concurrency', windowMs: 45_000 }],
  });
});

test('a file in shadow mode enforces nothing', () => {
  const text = limit({}).replace('limits:', 'mode: shadow\nlimits:');
  expect(parseLimits(text, 'limits.yaml')).toMatchObject({ ok: true, limits: [{ mode: 'shadow' }] });
});

test('a name that is taken is reported where it is taken again', () => {
  const text = `${limit({})}${limit({}).split('\n').slice(2).join('\n')}`;
  expect(problemsOf(text)).toEqual([
    'limits.yaml:7:11 limits[1].name: the name "a" is taken; the limit on line 3 has it; choose another',
  ]);
});

test('nothing is filled in from the environment', () => {
  const text = limit({ match: '{ resource: "$' + '{HOME}" }' });
  expect(parseLimits(text, 'limits.yaml')).toMatchObject({
    ok: true,
    limits: [{ resource: '$' + '{HOME}' }],
  });
});

test('10,000 limits load, and one more is refused', () => {
  const many = (count: number) =>
    `version: 1\nlimits:\n${Array.from({ length: count }, (_, i) => `  - { name: l${i}, match: { resource: r${i} }, limit: 1, window: 1s }\n`).join('')}`;
  const result = parseLimits(many(10_000), 'limits.yaml');
  expect(result.ok && result.limits.length).toBe(10_000);
  expect(problemsOf(many(10_001))).toEqual([
    'limits.yaml:3:3 limits: got a list; expected a list of 0 to 10000 limits',
  ]);
});

test('of a thousand problems and more, the rest is counted', () => {
  const text = `version: 1\nlimits:\n${'  - 5\n'.repeat(1_500)}`;
  const problems = problemsOf(text);
  expect(problems).toHaveLength(1_001);
  expect(problems.at(-1)).toBe('limits.yaml: 500 more problems are not shown');
});

test('limits are frozen all the way down', () => {
  const result = parseLimits(limit({}), 'limits.yaml');
  expect(result.ok && Object.isFrozen(result.limits)).toBe(true);
  expect(result.ok && Object.isFrozen(result.limits[0]?.dimensions)).toBe(true);
});

test('a file that is not there is one problem', () => {
  expect(loadLimits('limits.yaml', memoryFiles({}))).toEqual({
    ok: false,
    problems: [{ origin: 'limits.yaml', path: '', message: 'the file does not exist' }],
  });
});

test('a directory is no file of limits', () => {
  expect(loadLimits(import.meta.dirname)).toMatchObject({
    problems: [{ message: 'the file is a directory' }],
  });
});

test('a file without end is read no further than its bound', () => {
  expect(loadLimits('/dev/zero')).toMatchObject({ problems: [{ message: 'the file is too large' }] });
});
