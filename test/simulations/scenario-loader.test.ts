import { expect, test } from 'vitest';
import { formatProblems } from '../../config/problem.ts';
import { loadScenario } from '../../simulations/scenario/load-scenario.ts';
import { scenarioOf } from './scenario-files.ts';

const GOOD = `title: Two regions
regions:
  - { name: here, quota: 60%, place: us-east-1 }
  - { name: there, quota: 40%, place: eu-west-1 }
network: { loss: 0.01 }
duration: 60s
limits:
  - { name: orders, match: { resource: orders }, limit: 20, window: 1s }
load:
  - { resource: orders, perSecond: 40, from: { here: 1 } }
faults:
  - { at: 20s, for: 5s, kind: cut, isolate: [there] }
expect:
  - { measure: utilisation, atLeast: 0.9, from: 10s, to: 50s, limit: orders }
`;

test('a scenario becomes a plan, in milliseconds and with the latencies between places', () => {
  const { title, plan, warmUpMs, losses, expectations } = scenarioOf(GOOD, 7);
  expect([title, warmUpMs]).toEqual(['Two regions', 10_000]);
  expect(plan).toMatchObject({
    seed: 'scenario 7',
    startMs: 1_767_268_800_000,
    faultyMs: 60_000,
    members: [
      { region: 'here', weight: 60_000 },
      { region: 'there', weight: 40_000 },
    ],
    network: { latencies: [['here', 'there', 34]], loss: 0.01 },
    load: [{ perSecond: 40, origins: [['here', 1]], shape: { kind: 'poisson' } }],
    faults: [
      {
        kind: 'cut',
        atMs: 20_000,
        forMs: 5_000,
        links: [
          ['there', 'here'],
          ['here', 'there'],
        ],
      },
    ],
  });
  // Neither half of two is the smaller one.
  expect(losses).toEqual([]);
  expect(expectations).toEqual([
    {
      measure: 'utilisation',
      atLeast: 0.9,
      atMost: undefined,
      fromMs: 10_000,
      toMs: 50_000,
      limit: 'orders',
    },
  ]);
});

test('faults happen in the order of time, whatever order they are written in', () => {
  const later = '  - { at: 30s, kind: change, limits: { orders: 10 } }\n';
  const text = GOOD.replace('faults:\n', `faults:\n${later}`).replace('atLeast: 0.9', 'atLeast: 0.8');
  expect(scenarioOf(text).plan.faults.map(({ kind }) => kind)).toEqual(['cut', 'change']);
});

test('a region that joins may send requests', () => {
  const joins = '  - { at: 10s, kind: change, quotas: { new: 10% } }\n';
  const text = GOOD.replace('faults:\n', `faults:\n${joins}`).replace(
    'from: { here: 1 }',
    'from: { new: 1 }',
  );
  expect(scenarioOf(text).plan.load[0]?.origins).toEqual([['new', 1]]);
});

test.each([
  ['perSecond: 40', 'perSecond: lots', '10:36 load[0].perSecond: got "lots"'],
  ['from: { here: 1 }', 'from: { nowhere: 1 }', '10:48 load[0].from.nowhere: there is no region "nowhere"'],
  ['from: { here: 1 }', 'from: { here: 0 }', '10:46 load[0].from: nobody sends anything'],
  ['name: there', 'name: here', '4:13 regions[1].name: the name "here" is taken'],
  ['place: us-east-1', 'place: the-moon', '3:38 regions[0].place'],
  ['duration: 60s', 'duration: 60', '6:11 duration: got 60'],
  ['duration: 60s', 'duration: 60s\nwarmUp: 60s', '7:9 warmUp: nothing is left to be measured'],
  ['duration: 60s', 'duration: 60s\nstarts: 2026-02-30T00:00:00Z', '7:9 starts: got "2026-02-30T00:00:00Z"'],
  ['duration: 60s', 'duration: 60s\nspeed: 3', '7:1 speed'],
  ['window: 1s', 'window: 1500ms', '8:69 limits[0].window'],
  [
    'window: 1s',
    'algorithm: concurrency',
    '8:72 limits[0].algorithm: clients of a scenario do not hold permits',
  ],
  ['isolate: [there]', 'isolate: [nobody]', '12:5 faults[0]: there is no region nobody'],
  ['kind: cut, isolate: [there]', 'kind: crash', '12:5 faults[0]: a fault of kind crash needs a region'],
  ['kind: cut, isolate: [there]', 'kind: cut', '12:5 faults[0]: a fault of kind cut needs links'],
  [', kind: cut, isolate: [there]', ', kind: quake', '12:31 faults[0].kind: got "quake"'],
  ['kind: cut, isolate: [there]', 'kind: change, limits: { mails: 3 }', 'there is no limit mails'],
  ['at: 20s', 'at: 60s', '12:11 faults[0].at: comes after the end'],
  ['atLeast: 0.9, ', '', '14:5 expect[0]: expects nothing'],
  ['atLeast: 0.9', 'atLeast: 0.9, atMost: 0.8', '14:38 expect[0].atLeast: is more than 0.8'],
  ['to: 50s', 'to: 70s', 'expect[0].to: is after the end'],
  ['to: 50s', 'to: 10s', 'expect[0].from: is not before 10s'],
  ['limit: orders', 'limit: mails', 'expect[0].limit: there is no limit "mails"'],
  ['measure: utilisation', 'measure: recovery', 'expect[0].from: recovery is of the whole run'],
  ['measure: utilisation', 'measure: happiness', '14:16 expect[0].measure: got "happiness"'],
  ['title: Two regions\n', '', 'title'],
  ['regions:', 'regions: [', 'not YAML'],
])('%j as %j is refused, and where it is written is told', (right, wrong, told) => {
  expect(GOOD).toContain(right);
  const result = loadScenario('mine.yaml', 1, () => Buffer.from(GOOD.replace(right, wrong)));
  expect(result.ok ? '' : formatProblems(result.problems)).toContain(told);
});

test('a region may be a mere witness, without a share', () => {
  expect(scenarioOf(GOOD.replace('quota: 40%', 'quota: 0%')).plan.members[1]?.weight).toBe(0);
});

test('a scenario without a share, a file that is not there and one that is too large are refused', () => {
  const without = GOOD.replaceAll(/quota: \d+%/g, 'quota: 0%');
  const problems = (file: string, text?: string) => {
    const result = loadScenario(file, 1, text === undefined ? undefined : () => Buffer.from(text));
    return result.ok ? '' : formatProblems(result.problems);
  };
  expect(problems('mine.yaml', without)).toContain('mine.yaml:3:3 regions: no region has a share');
  expect(problems('/nonexistent/mine.yaml')).toContain('the file does not exist');
  expect(problems('mine.yaml', ' '.repeat(2 ** 20 + 1))).toContain('the file is too large');
});

test('every problem is told at once', () => {
  const wrong = GOOD.replace('limit: orders', 'limit: mails').replace(
    'from: { here: 1 }',
    'from: { nowhere: 1 }',
  );
  const result = loadScenario('mine.yaml', 1, () => Buffer.from(wrong));
  expect(result.ok ? [] : result.problems.map(({ line }) => line)).toEqual([10, 14]);
});
