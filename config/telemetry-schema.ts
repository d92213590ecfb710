import Type from 'typebox';
import { choice, dictionary, group, text } from './field.ts';

/** Samplers by the names that OpenTelemetry gives them. */
const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

const sampleRatio = Type.Refine(
  Type.Number({
    description: 'With a sampler whose name has `traceidratio`: which part of the traces is recorded.',
    expects: 'a number from 0 to 1',
    default: 0.01,
    standardEnv: 'OTEL_TRACES_SAMPLER_ARG',
  }),
  (value) => typeof value === 'number' && value >= 0 && value <= 1,
);

const tracing = group(
  {
    exporter: choice(['none', 'otlp'], {
      description:
        'Where spans of decisions go: nowhere, or to an OpenTelemetry collector by OTLP over HTTP. The collector’s TLS and compression are set by the `OTEL_EXPORTER_OTLP_…` variables.',
      default: 'none',
      standardEnv: 'OTEL_TRACES_EXPORTER',
    }),
    endpoint: Type.Optional(
      text({
        description: 'Where spans are posted.',
        expects: 'an http or https address with its path, such as http://127.0.0.1:4318/v1/traces',
        defaultText: 'as `OTEL_EXPORTER_OTLP_ENDPOINT` says, or http://localhost:4318/v1/traces',
        accepts: isHttpAddress,
      }),
    ),
    headers: dictionary(text({ description: 'Value of a header field.', secret: true }), {
      description: 'Header fields for the collector, such as its token.',
      default: {},
      to: 16,
      names: text({
        description: 'Name of a header field.',
        expects: 'the name of a header field',
        accepts: (name) => /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/.test(name),
      }),
      fileOnly: true,
    }),
    sampler: choice(SAMPLERS, {
      description:
        'Which traces are recorded: `parentbased` ones follow what the caller’s `traceparent` says, and decide where there is none.',
      default: 'parentbased_traceidratio',
      standardEnv: 'OTEL_TRACES_SAMPLER',
    }),
    sampleRatio,
  },
  { description: 'Spans of decisions.' },
);

/** What the process tells about itself. */
export const telemetry = group(
  {
    logLevel: choice(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
      description: 'The least severe messages that are logged.',
      default: 'info',
    }),
    logFormat: choice(['auto', 'json', 'pretty'], {
      description: 'Form of the log: `auto` is pretty on a terminal and JSON elsewhere.',
      default: 'auto',
    }),
    tracing,
  },
  { description: 'What the process tells about itself.', later: ['metrics'] },
);

function isHttpAddress(address: string): boolean {
  const url = URL.parse(address);
  return url !== null && /^https?:$/.test(url.protocol) && url.hostname !== '' && url.username === '';
}
