import { expect, test } from 'vitest';
import { loadText, problemLines, SMALL_DEPLOYMENT } from './memory-files.ts';

function tracingOf(section: string, env: Readonly<Record<string, string>> = {}) {
  const result = loadText(`${SMALL_DEPLOYMENT}${section}`, { env });
  expect(problemLines(result)).toEqual([]);
  return result.ok ? result.settings.telemetry.tracing : undefined;
}

const OTLP = 'telemetry: { tracing: { exporter: otlp } }\n';

test('nothing is traced unless it is said; then one trace in a hundred, as the caller has it', () => {
  expect(tracingOf('')).toBeUndefined();
  expect(tracingOf(OTLP)).toEqual({
    endpoint: undefined,
    headers: {},
    sampler: 'parentbased_traceidratio',
    sampleRatio: 0.01,
  });
});

test('OpenTelemetry’s own variables count where nothing else is said, and pass by when they mean nothing here', () => {
  const env = {
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_TRACES_SAMPLER: 'always_on',
    OTEL_TRACES_SAMPLER_ARG: '0.25',
  };
  expect(tracingOf('', env)).toMatchObject({ sampler: 'always_on', sampleRatio: 0.25 });
  expect(tracingOf('telemetry: { tracing: { exporter: none } }\n', env)).toBeUndefined();
  expect(tracingOf('telemetry: { tracing: { sampleRatio: 0.5 } }\n', env)?.sampleRatio).toBe(0.5);
  expect(tracingOf('', { ...env, HEADGATE_TELEMETRY_TRACING_SAMPLE_RATIO: '1' })?.sampleRatio).toBe(1);
  const strange = { OTEL_TRACES_SAMPLER: 'jaeger_remote', OTEL_TRACES_SAMPLER_ARG: 'endpoint=x' };
  expect(tracingOf(OTLP, strange)).toEqual(tracingOf(OTLP));
  expect(tracingOf('', { OTEL_TRACES_EXPORTER: 'console' })).toBeUndefined();
});

test.each([
  ['sampleRatio: 1.5', 'telemetry.tracing.sampleRatio: got 1.5; expected a number from 0 to 1'],
  ['sampler: sometimes', 'telemetry.tracing.sampler: got "sometimes"'],
  [
    'endpoint: "collector:4318"',
    'telemetry.tracing.endpoint: got "collector:4318"; expected an http or https',
  ],
  ['exporter: zipkin', 'telemetry.tracing.exporter: got "zipkin"; expected none or otlp'],
  ['headers: { "x y": z }', 'got the name "x y"; expected the name of a header field'],
])('{ %s } is refused: %s', (section, problem) => {
  const lines = problemLines(loadText(`${SMALL_DEPLOYMENT}telemetry: { tracing: { ${section} } }\n`));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(problem);
});

test('what a header field for the collector says is not repeated', () => {
  const section = 'telemetry: { tracing: { headers: { authorization: ["secret-of-mine"] } } }\n';
  const lines = problemLines(loadText(`${SMALL_DEPLOYMENT}${section}`));
  expect(lines.join('\n')).toContain('telemetry.tracing.headers.authorization: got (hidden)');
  expect(lines.join('\n')).not.toContain('secret-of-mine');
});
