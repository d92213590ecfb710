import { expect, test } from 'vitest';
import { readRecording } from '../../simulations/scenario/recording.ts';

const REGIONS = new Set(['us-east', 'eu-west']);

test('requests come in order of time, with their permits and dimensions', () => {
  const text =
    'at,region,resource,permits,d.tenant,d.user\n1.5,eu-west,api.b,3,"a, b",\n\n0,us-east,api.a,,acme,"x ""y"""\n';
  expect(readRecording(text, REGIONS)).toEqual({
    ok: true,
    requests: [
      {
        atMs: 0,
        region: 'us-east',
        request: { resource: 'api.a', permits: 1, dimensions: { tenant: 'acme', user: 'x "y"' } },
      },
      {
        atMs: 1_500,
        region: 'eu-west',
        request: { resource: 'api.b', permits: 3, dimensions: { tenant: 'a, b' } },
      },
    ],
  });
});

test.each([
  ['', 1, 'no column at'],
  ['at,region\n1,us-east\n', 1, 'no column resource'],
  ['at,region,resource\nsoon,us-east,r\n', 2, 'at is "soon", which is no number of seconds'],
  ['at,region,resource\n-1,us-east,r\n', 2, 'at is "-1", which is no number of seconds'],
  ['at,region,resource\n1,us-east,r\n2,mars,r\n', 3, 'region is "mars", which the scenario does not have'],
  ['at,region,resource\n1,us-east,\n', 2, 'resource is empty'],
  ['at,region,resource,permits\n1,us-east,r,1.5\n', 2, 'permits is "1.5", which is no whole number'],
])('%j is refused', (text, line, message) => {
  expect(readRecording(text, REGIONS)).toMatchObject({ ok: false, line, message });
});

test('what is no CSV is refused with the line that is wrong', () => {
  const read = readRecording('at,region,resource\n1,us-east,r\n2,us-east,"r\n', REGIONS);
  expect(read).toMatchObject({ ok: false, hint: 'expected CSV' });
  expect(read.ok || read.line).toBeGreaterThan(1);
});
