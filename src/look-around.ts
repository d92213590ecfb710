import type { DiagnosedTransport } from '../transport/diagnosis.ts';
import { systemClock } from './adapters/system/clock.ts';
import type { ReloadTally } from './adapters/system/reload.ts';
import type { Metrics } from './adapters/telemetry/metrics.ts';
import type { Transport } from './ports.ts';
import type { RunningRegion } from './running-region.ts';
import type { Looked } from './watch/watch.ts';

/** What a running coordinator consists of, as far as it is looked at. */
type Around = {
  readonly region: RunningRegion;
  readonly transport: Transport;
  readonly diagnosed: DiagnosedTransport;
  readonly reloads: Readonly<ReloadTally> | undefined;
  readonly metrics: Metrics;
};

/** What the watch looks at once a second. */
export function lookAround({ region, transport, diagnosed, reloads, metrics }: Around): Looked {
  return {
    scene: () => {
      const { wallMs, monoMs } = systemClock.now();
      const { decisions, meanResponseMs = 0 } = metrics.figures();
      const transportTrouble = transport.connected()
        ? undefined
        : (diagnosed.diagnosis().medium ?? 'disconnected');
      return {
        wallMs,
        monoMs,
        view: region.view(),
        transportTrouble,
        configurationTrouble: reloads?.problem,
        decisions,
        responseMs: meanResponseMs * decisions,
      };
    },
    usage: (limit, key) => region.books()?.usage(limit, key),
    hotKeys: (query) => region.books()?.hotKeys(query),
  };
}
