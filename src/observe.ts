import type { Settings } from '../config/settings.ts';
import packageJson from '../package.json' with { type: 'json' };
import { systemClock } from './adapters/system/clock.ts';
import type { Tracing } from './adapters/tracing/tracing.ts';
import type { Cancel, Log, RecordSpan } from './ports.ts';
import type { Region } from './region/region.ts';
import { LOOK_MS } from './watch/bounds.ts';
import { ThrottlingHistory } from './watch/throttling/history.ts';
import type { Watch } from './watch/watch.ts';

/** What watches over a region beside its metrics. */
export type Observed = {
  /** Undefined where nothing is traced. */
  readonly recordSpan: RecordSpan | undefined;
  readonly throttling: ThrottlingHistory;
  /** Resolves when nothing is looked at any more and what was recorded is sent, as far as that goes. */
  stop(): Promise<void>;
};

/** Opens what watches over a region. */
export async function observe(
  settings: Settings,
  { region, watch, log }: { readonly region: Region; readonly watch: Watch; readonly log: Log },
): Promise<Observed> {
  const tracing = await openTracing(settings, log);
  const { throttling, cancel } = followThrottling(region, watch);
  return {
    recordSpan: tracing && ((request) => tracing.record(request)),
    throttling,
    stop: async () => {
      cancel();
      await tracing?.stop();
    },
  };
}

/** Looks at every limit once a second, from the counters that are kept anyway. */
function followThrottling(
  region: Region,
  watch: Watch,
): { readonly throttling: ThrottlingHistory; readonly cancel: Cancel } {
  const throttling = new ThrottlingHistory();
  watch.heed((happening) => throttling.note(happening));
  const cancel = systemClock.every(LOOK_MS, () => {
    const { wallMs } = systemClock.now();
    const { sitting, degraded } = region.standing();
    throttling.take({
      wallMs,
      holds: sitting ? 'nothing' : degraded ? 'floor' : 'whole',
      tallies: region.tallies(),
      sharesOf: (limit) => region.shareOf(limit),
      shortKeysOf: (limit) => region.hotKeys({ limit, by: 'denials' }) ?? [],
    });
  });
  return { throttling, cancel };
}

/** Undefined where nothing is traced: then no library of tracing is ever loaded. */
async function openTracing(
  { environment, node, telemetry: { tracing } }: Settings,
  log: Log,
): Promise<Tracing | undefined> {
  if (tracing === undefined || /^true$/i.test(process.env['OTEL_SDK_DISABLED'] ?? '')) return undefined;
  const { Tracing } = await import('./adapters/tracing/tracing.ts');
  const { region, name } = node;
  const { version } = packageJson;
  return new Tracing({ ...tracing, region, node: name, environment, version, clock: systemClock, log });
}
