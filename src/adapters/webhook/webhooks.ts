import type { Clock, Log } from '../../ports.ts';
import type { AlertNotice } from '../../watch/alert-log.ts';
import { STOP_MS } from './bounds.ts';
import { Receiver, type ReceiverFigures } from './receiver.ts';

/** Who is told of which alerts. */
export type Webhook = {
  readonly url: string;
  readonly secret: string;
  /** Names of alerts. */
  readonly events: readonly string[];
};

export type WebhooksOptions = {
  readonly webhooks: readonly Webhook[];
  readonly environment: string;
  readonly region: string;
  readonly node: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly retryMs?: number;
};

/** Tells receivers of alerts that begin and end, in the background. */
export class Webhooks {
  readonly #options: WebhooksOptions;
  readonly #receivers: readonly { readonly events: ReadonlySet<string>; readonly receiver: Receiver }[];

  constructor(options: WebhooksOptions) {
    this.#options = options;
    const { clock, log, retryMs } = options;
    this.#receivers = options.webhooks.map(({ url, secret, events }) => ({
      events: new Set(events),
      receiver: new Receiver({ url, secret, clock, log, ...(retryMs !== undefined && { retryMs }) }),
    }));
  }

  /** Tells those who want to know. Returns at once. */
  notify(notice: AlertNotice): void {
    const { alert, state } = notice;
    const body = JSON.stringify(payloadOf(notice, this.#options));
    for (const { events, receiver } of this.#receivers)
      if (events.has(alert.name)) receiver.send({ id: `${alert.id}-${state}`, body });
  }

  /** What became of messages, by the receivers' order in the configuration. */
  figures(): readonly ReceiverFigures[] {
    return this.#receivers.map(({ receiver }) => receiver.figures());
  }

  /** Sends what is on its way, for as long as that may take. */
  async stop(): Promise<void> {
    await Promise.all(this.#receivers.map(({ receiver }) => receiver.stop(STOP_MS)));
  }
}

/** What a receiver gets; `/openapi.json` documents it under webhooks. `dedupKey` is the same for the same trouble, whoever tells of it when. */
function payloadOf({ state, alert }: AlertNotice, { environment, region, node }: WebhooksOptions): object {
  const { id, name, tone, text, sinceMs, untilMs } = alert;
  const about = [alert.region, alert.limit].filter((part) => part !== undefined);
  return {
    type: `alert.${state}`,
    timestamp: new Date(untilMs ?? sinceMs).toISOString(),
    data: {
      id,
      name,
      state,
      severity: tone,
      text,
      startedAt: new Date(sinceMs).toISOString(),
      ...(untilMs !== undefined && { endedAt: new Date(untilMs).toISOString() }),
      ...(alert.region !== undefined && { region: alert.region }),
      ...(alert.limit !== undefined && { limit: alert.limit }),
      seenBy: { environment, region, node },
      dedupKey: [environment, region, name, ...about].join('/'),
    },
  };
}
