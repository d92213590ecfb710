import type { Settings } from '../config/settings.ts';
import packageJson from '../package.json' with { type: 'json' };
import type { DiagnosedTransport } from '../transport/diagnosis.ts';
import { systemClock } from './adapters/system/clock.ts';
import type { ReloadTally } from './adapters/system/reload.ts';
import type { Tracing } from './adapters/tracing/tracing.ts';
import type { Webhooks } from './adapters/webhook/webhooks.ts';
import type { Log, RecordSpan, Transport } from './ports.ts';
import type { RunningRegion } from './running-region.ts';
import { AlertLog } from './watch/alert-log.ts';
import type { AlertScene } from './watch/alerts.ts';
import { LOOK_MS } from './watch/bounds.ts';
import { LimitRates } from './watch/limit-rates.ts';
import { ThrottlingHistory } from './watch/throttling/history.ts';
import type { Watch } from './watch/watch.ts';

/** What watches over a region beside its metrics. */
export type Observed = {
  /** Undefined where nothing is traced. */
  readonly recordSpan: RecordSpan | undefined;
  readonly throttling: ThrottlingHistory;
  readonly alerts: AlertLog;
  /** Resolves when nothing is looked at any more and what was recorded is sent, as far as that goes. */
  stop(): Promise<void>;
};

/** What is watched over. */
type Around = {
  readonly region: RunningRegion;
  readonly watch: Watch;
  readonly log: Log;
  readonly transport: Transport;
  readonly diagnosed: DiagnosedTransport;
  readonly reloads: Readonly<ReloadTally> | undefined;
};

/** Opens what watches over a region, and looks at it once a second: at counters that are kept anyway, so that it costs next to nothing. */
export async function observe(settings: Settings, around: Around): Promise<Observed> {
  const { region, watch, log } = around;
  const tracing = await openTracing(settings, log);
  const throttling = new ThrottlingHistory();
  watch.heed((happening) => throttling.note(happening));
  const alerts = new AlertLog(Math.floor(systemClock.now().wallMs).toString(36));
  const webhooks = await openWebhooks(settings, log);
  if (webhooks !== undefined) alerts.heed((notice) => webhooks.notify(notice));
  const rates = new LimitRates();
  const cancel = systemClock.every(LOOK_MS, () => {
    lookForThrottling(throttling, region);
    alerts.take(alertScene(around, rates));
  });
  return {
    recordSpan: tracing && ((request) => tracing.record(request)),
    throttling,
    alerts,
    stop: async () => {
      cancel();
      await Promise.all([tracing?.stop(), webhooks?.stop()]);
    },
  };
}

function lookForThrottling(throttling: ThrottlingHistory, running: RunningRegion): void {
  const region = running.books();
  if (region === undefined) return;
  const { sitting, degraded } = region.standing();
  throttling.take({
    wallMs: systemClock.now().wallMs,
    holds: sitting ? 'nothing' : degraded ? 'floor' : 'whole',
    tallies: region.tallies(),
    sharesOf: (limit) => region.shareOf(limit),
    shortKeysOf: (limit) => region.hotKeys({ limit, by: 'denials' }) ?? [],
  });
}

function alertScene({ region, transport, diagnosed, reloads }: Around, rates: LimitRates): AlertScene {
  const { wallMs, monoMs } = systemClock.now();
  const books = region.books();
  const { sitting, degraded } = books?.standing() ?? region.view();
  return {
    atMs: Math.round(wallMs),
    sitting,
    degraded,
    transport: transport.connected() ? 'ok' : (diagnosed.diagnosis().medium ?? 'disconnected'),
    configuration: reloads?.problem ?? 'ok',
    peers: books?.peers() ?? region.view().peers,
    limits: rates.take(books?.tallies() ?? [], monoMs),
  };
}

/** Undefined where nobody is to be told. */
async function openWebhooks(
  { webhooks, environment, node }: Settings,
  log: Log,
): Promise<Webhooks | undefined> {
  if (webhooks.length === 0) return undefined;
  const { Webhooks } = await import('./adapters/webhook/webhooks.ts');
  const { region, name } = node;
  return new Webhooks({ webhooks, environment, region, node: name, clock: systemClock, log });
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
