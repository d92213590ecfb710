import type { FastifyInstance } from 'fastify';
import { onTestFinished } from 'vitest';
import { buildServer } from '../../src/adapters/http/build-server.ts';
import type { Phase } from '../../src/adapters/http/context.ts';
import { type ConnectOptions, connect } from '../../src/client/connect.ts';
import type { Fetch } from '../../src/client/coordinator.ts';
import type { Limiter } from '../../src/client/limiter.ts';
import type { LimitSpec } from '../../src/core/limit.ts';
import type { Coordinator } from '../../src/ports.ts';
import { AlertLog } from '../../src/watch/alert-log.ts';
import { ThrottlingHistory } from '../../src/watch/throttling/history.ts';
import { limitSpec, World } from '../world.ts';

/** One question that reached the coordinator. */
export type Asked = { readonly path: string; readonly body: Readonly<Record<string, unknown>> };

/** What a link does with one question: how long each way takes in milliseconds, and what is lost. */
export type Link = {
  readonly forwardMs: number;
  readonly backMs: number;
  readonly lost?: 'question' | 'answer' | undefined;
};

export type DeploymentOptions = {
  readonly limits: readonly Partial<LimitSpec>[];
  /** What every question meets; 2 ms each way unless said otherwise. */
  readonly link?: () => Link;
  /** Stands between the coordinator and its interface. */
  readonly coordinator?: (region: Coordinator) => Coordinator;
  /** Hears every answer as it is made, with what was asked. */
  readonly answered?: (path: string, asked: object, answer: object) => void;
  /** Changes questions on their way there, and answers on their way back. */
  readonly tamper?: (path: string, body: object) => object;
  readonly tamperBack?: (path: string, body: object, tookMs: number) => object;
};

export type ClientOptions = Omit<ConnectOptions, 'url' | 'fetch' | 'clock'> & {
  /** How fast its clock goes: 1.0005 gains half a millisecond a second. */
  readonly pace?: number;
  /** How far its wall clock is off, in milliseconds. */
  readonly skewMs?: number;
};

/** One region that has every limit to itself, behind its real HTTP interface, and clients of it: all in one virtual time. */
export class Deployment {
  readonly world: World;
  readonly asked: Asked[] = [];
  phase: Phase = 'serving';
  readonly #server: FastifyInstance;
  readonly #options: DeploymentOptions;
  readonly #answering = new Set<Promise<unknown>>();

  private constructor(world: World, options: DeploymentOptions) {
    this.world = world;
    this.#options = options;
    const region = world.region('us-east');
    this.#server = buildServer({
      region: 'us-east',
      coordinator: options.coordinator?.(region) ?? region,
      clock: world.clock('us-east'),
      random: () => 0,
      log: { info() {}, warn() {}, error() {} },
      telemetry: { observeCheck() {}, scrape: async () => ({ contentType: 'text/plain', text: '' }) },
      transportConnected: () => true,
      reloadProblem: () => undefined,
      phase: () => this.phase,
      throttling: new ThrottlingHistory(),
      alerts: new AlertLog('test'),
      listen: () => () => {},
      headers: 'draft-11',
      gateway: undefined,
      version: '0.0.0',
      roles: { tokens: () => [], host: '127.0.0.1', refused() {} },
    });
  }

  /** Starts one a second into a window of 10 s. */
  static async of(options: DeploymentOptions): Promise<Deployment> {
    const world = await World.started({
      members: [{ region: 'us-east', weight: 1 }],
      limits: options.limits.map((limit) => limitSpec(limit)),
    });
    world.runToNext(10_000, 1_000);
    const deployment = new Deployment(world, options);
    onTestFinished(() => deployment.#server.close());
    return deployment;
  }

  /** True time, in milliseconds. */
  get nowMs(): number {
    return this.world.time.nowMs;
  }

  client(options: ClientOptions = {}): Limiter {
    const { pace = 1, skewMs = 0, ...rest } = options;
    const { time } = this.world;
    const startMs = time.nowMs;
    const clock = {
      monoMs: () => (time.nowMs - startMs) * pace,
      wallMs: () => time.nowMs + skewMs,
      after: (ms: number, task: () => void) => time.after(ms / pace, this.#settling(task)),
    };
    return connect({ url: 'http://us-east', ...rest, clock, fetch: this.#fetch });
  }

  /** Does something after so many milliseconds. */
  at(delayMs: number, task: () => void): void {
    this.world.time.after(delayMs, this.#settling(task));
  }

  /** Lets time pass, and all that is promised in it come about. */
  async run(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms;
    await this.#settle();
    while (!this.world.time.runUntil(untilMs)) await this.#settle();
    await this.#settle();
  }

  /** Waits for an answer while time passes. */
  async answer<Value>(promised: Value | Promise<Value>): Promise<Value> {
    let settled: { readonly value: Value } | { readonly error: unknown } | undefined;
    Promise.resolve(promised).then(
      (value) => (settled = { value }),
      (error: unknown) => (settled = { error }),
    );
    await this.#settle();
    for (let waitedMs = 0; settled === undefined; waitedMs += 1) {
      if (waitedMs > 60_000) throw new Error('no answer in a minute');
      await this.run(1);
    }
    if ('error' in settled) throw settled.error;
    return settled.value;
  }

  /** The questions that were asked at a path. */
  askedAt(path: string): readonly Asked['body'][] {
    return this.asked.filter((asked) => asked.path === path).map(({ body }) => body);
  }

  used(limit = 'everything'): number | undefined {
    return this.world.region('us-east').usage(limit, '')?.windows[0]?.used;
  }

  readonly #fetch: Fetch = (url, { body, headers, signal }) =>
    new Promise((resolve, reject) => {
      const { forwardMs, backMs, lost } = this.#options.link?.() ?? { forwardMs: 2, backMs: 2 };
      const { time } = this.world;
      const sentMs = this.nowMs;
      const path = new URL(url).pathname;
      signal.addEventListener('abort', () => reject(signal.reason as Error));
      if (lost === 'question') return;
      const arrive = async () => {
        const asked = JSON.parse(body) as object;
        const payload = JSON.stringify(this.#options.tamper?.(path, asked) ?? asked);
        this.asked.push({ path, body: asked as Asked['body'] });
        const answer = await this.#server.inject({ method: 'POST', url: path, headers, payload });
        this.#options.answered?.(path, asked, JSON.parse(answer.payload) as object);
        if (lost === 'answer') return;
        time.after(
          backMs,
          this.#settling(() => {
            const told = JSON.parse(answer.payload) as object;
            const text = JSON.stringify(this.#options.tamperBack?.(path, told, this.nowMs - sentMs) ?? told);
            const said = new Headers(answer.headers as Record<string, string>);
            said.delete('content-length');
            resolve({ status: answer.statusCode, headers: said, text: async () => text });
          }),
        );
      };
      time.after(
        forwardMs,
        this.#settling(() => {
          const answering = arrive();
          this.#answering.add(answering);
          void answering.finally(() => this.#answering.delete(answering));
        }),
      );
    });

  /** Promises that a task settles are looked after before time goes on. */
  #settling(task: () => void): () => void {
    return () => {
      task();
      this.world.time.halt();
    };
  }

  async #settle(): Promise<void> {
    do {
      await Promise.all(this.#answering);
      await new Promise((resolve) => setImmediate(resolve));
    } while (this.#answering.size > 0);
  }
}

/** A region whose refunds go wherever there is something to be given back, not to where it was charged. */
export function careless(region: Coordinator): Coordinator {
  return {
    check: (request) => region.check(request),
    checkAll: (requests) => region.checkAll(requests),
    refund: (request) => region.refund(request),
    release: (lease) => region.release(lease),
    renew: (lease) => region.renew(lease),
    publish: (configuration) => region.publish(configuration),
    view: () => region.view(),
    usage: (limit, key) => region.usage(limit, key),
    hotKeys: (query) => region.hotKeys(query),
    explain: (request) => region.explain(request),
  };
}
