import type { Settings } from '../config/settings.ts';
import packageJson from '../package.json' with { type: 'json' };
import { systemClock } from './adapters/system/clock.ts';
import type { Tracing } from './adapters/tracing/tracing.ts';
import type { Log } from './ports.ts';

/** Undefined where nothing is traced: then no library of tracing is ever loaded. */
export async function openTracing(
  { environment, node, telemetry: { tracing } }: Settings,
  log: Log,
): Promise<Tracing | undefined> {
  if (tracing === undefined || /^true$/i.test(process.env['OTEL_SDK_DISABLED'] ?? '')) return undefined;
  const { Tracing } = await import('./adapters/tracing/tracing.ts');
  const { region, name } = node;
  const { version } = packageJson;
  return new Tracing({ ...tracing, region, node: name, environment, version, clock: systemClock, log });
}
