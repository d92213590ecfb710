import { expect, test } from 'vitest';
import { callersSpan } from '../../src/adapters/http/callers-span.ts';
import { Exposition, labelled } from '../../src/adapters/telemetry/exposition.ts';
import { LIMITS_TOLD_MAX } from '../../src/adapters/telemetry/few-limits.ts';
import { Metrics } from '../../src/adapters/telemetry/metrics.ts';
import { limitSpec, World } from '../world.ts';

const SPAN = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };

function metricsOf(world: World): Metrics {
  const region = world.region('us-east');
  const look = () => ({
    view: region.view(),
    usage: (limit: string) => region.usage(limit, ''),
    transport: {
      framesSent: 0,
      bytesSent: 0,
      framesReceived: 0,
      bytesReceived: 0,
      framesDropped: 0,
      framesRejected: {},
      sendErrors: 0,
    },
    transportConnected: true,
    traffic: { errors: [], deltaBytes: { sent: 0, received: 0 } },
    journal: undefined,
    reloads: undefined,
    refusals: [],
    certificates: [],
    requestsShed: 0,
  });
  return new Metrics({ region: 'us-east', version: '1.2.3', look });
}

test('OpenMetrics names families without _total, ends with its end, and shows the traces of numbers', async () => {
  const world = await World.started();
  world.runToNext(10_000, 1_000);
  const metrics = metricsOf(world);
  metrics.observeCheck(0.3, world.check('us-east', 1), SPAN);
  metrics.observeCheck(7, world.check('us-east', 5_000), { ...SPAN, spanId: 'b7ad6b7169203331' });
  metrics.observeCheck(0.3, world.check('us-east', 1));
  const { contentType, text } = await metrics.scrape('openmetrics');
  expect(contentType).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
  expect(text).toMatch(/^# TYPE headgate_checks counter$/m);
  expect(text).toMatch(/^# TYPE process_cpu_seconds counter\nprocess_cpu_seconds_total [\d.]+$/m);
  expect(text.endsWith('\n# EOF\n')).toBe(true);
  expect(text).toMatch(
    /^headgate_check_duration_seconds_bucket\{le="0.0005"\} 2 # \{trace_id="4bf92f3577b34da6a3ce929d0e0e4736",span_id="00f067aa0ba902b7"\} 0.0003 \d+(\.\d+)?$/m,
  );
  expect(text).toMatch(
    /^headgate_checks_total\{limit="everything",outcome="denied",reason="global_limit_exceeded"\} 1 # \{trace_id="4bf92f3577b34da6a3ce929d0e0e4736",span_id="b7ad6b7169203331"\} 0.007 /m,
  );
  expect((await metrics.scrape('prometheus')).text).not.toMatch(/trace_id|# EOF|headgate_checks counter/);
});

test('what would break a line is escaped, as each format wants it', () => {
  const told = (format: 'prometheus' | 'openmetrics') => {
    const exposition = new Exposition(format);
    exposition.begin({ name: 'a', type: 'gauge', help: 'a "quoted"\nback\\slash' });
    exposition.sample('a', labelled(['b'], ['x"y\\z\n']), Number.POSITIVE_INFINITY);
    return exposition.text();
  };
  expect(told('prometheus')).toBe(
    '# HELP a a "quoted"\\nback\\\\slash\n# TYPE a gauge\na{b="x\\"y\\\\z\\n"} +Inf\n',
  );
  expect(told('openmetrics')).toContain('# HELP a a \\"quoted\\"\\nback\\\\slash\n');
});

test.each([
  ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', SPAN],
  ['01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03-what.ever', SPAN],
  ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00', undefined],
  ['00-00000000000000000000000000000000-00f067aa0ba902b7-01', undefined],
  ['00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01', undefined],
  ['ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', undefined],
  ['00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01', undefined],
  ['"} 1\nheadgate_degraded 1', undefined],
  [`00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-${'a'.repeat(200)}`, undefined],
  [['a', 'b'], undefined],
  [undefined, undefined],
])('the span of a caller that sends %j is %j', (traceparent, span) => {
  expect(callersSpan(traceparent)).toEqual(span);
});

test('a scrape tells a thousand limits by name and what is beyond in one sum', async () => {
  const limits = Array.from({ length: LIMITS_TOLD_MAX + 3 }, (_, at) =>
    limitSpec({ name: `limit-${at}`, limit: 10 }),
  );
  const world = await World.started({ limits });
  world.runToNext(10_000, 1_000);
  world.check('us-east', 1);
  const { text } = await metricsOf(world).scrape();
  expect(text.match(/^headgate_limit_permits\{/gm)).toHaveLength(LIMITS_TOLD_MAX + 1);
  expect(text).toContain('headgate_limit_permits{limit="(others)"} 30\n');
  expect(text).toContain('headgate_checks_total{limit="(others)",outcome="allowed",reason="ok"} 3\n');
  expect(text).toContain('headgate_share_permits{limit="(others)",region="us-east"} 12\n');
  expect(text).not.toContain('headgate_share_used_ratio{limit="(others)"}');
});

test('a scrape of a busy coordinator, hundreds of limits and a hundred thousand keys, takes less than 50 ms', async () => {
  const limits = Array.from({ length: 300 }, (_, at) =>
    limitSpec({ name: `limit-${at}`, resource: `r${at}`, dimensions: at % 3 === 0 ? {} : { tenant: '*' } }),
  );
  const world = await World.started({ limits });
  world.runToNext(10_000, 100);
  const region = world.region('us-east');
  for (let at = 0; at < 150_000; at += 1)
    region.check({ resource: `r${at % 300}`, dimensions: { tenant: `t${at}` }, permits: 1 });
  const metrics = metricsOf(world);
  let best = Number.POSITIVE_INFINITY;
  let text = '';
  for (let at = 0; at < 10; at += 1) {
    const startedMs = performance.now();
    ({ text } = await metrics.scrape('openmetrics'));
    best = Math.min(best, performance.now() - startedMs);
  }
  const keys = [...text.matchAll(/^headgate_keys\{.*\} (\d+)$/gm)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  );
  expect(keys).toBeGreaterThanOrEqual(100_000);
  expect(best).toBeLessThan(50);
}, 30_000);
