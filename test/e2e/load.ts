import { Pool } from 'undici';
import { type Cluster, REGIONS, type RegionName, SHARES } from './cluster.ts';
import type { Observer } from './observer.ts';

/** Requests that clients send at a rate of their own, whatever becomes of them, to the regions in proportion to their shares. */
export type Stream = {
  readonly limit: string;
  readonly resource: string;
  readonly perSecond: number;
  /** Names the key of the next request to a region, and how many permits it asks for; without it there is one key and one permit. */
  readonly next?: (region: RegionName, sent: number) => Ask;
  /** How the rate is spread; by the shares when left out. */
  readonly spread?: Readonly<Record<RegionName, number>>;
};

export type Ask = {
  readonly key: string;
  readonly dimensions?: Readonly<Record<string, string>>;
  readonly permits?: number;
};

/** How a region answered during some time. */
export type Service = {
  readonly answered: number;
  readonly admitted: number;
  /** Errors of the connection and answers that are no decision, by kind. */
  readonly failures: Readonly<Record<string, number>>;
  readonly slowestMs: number;
};

/** How often it is looked whether requests are due, in milliseconds. */
const LOOK_EVERY_MS = 5;

/** Keep-alive connections to each region. */
const CONNECTIONS = 16;

/** How long a client waits for an answer, in milliseconds: far longer than a decision may ever take. */
const ANSWER_MS = 2_000;

/** A check as a client sends it: POST with JSON. */
const HEADERS = { 'content-type': 'application/json' };

const NO_FAILURES: Readonly<Record<string, number>> = {};

/** Clients all over the world, in an open loop: a slow answer does not slow the next request down. */
export class Load {
  readonly #observer: Observer;
  readonly #streams: readonly Stream[];
  readonly #pools: ReadonlyMap<RegionName, Pool>;
  readonly #service = new Map<RegionName, Service>();
  readonly #underWay = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(cluster: Cluster, observer: Observer, streams: readonly Stream[]) {
    this.#observer = observer;
    this.#streams = streams;
    this.#pools = new Map(
      REGIONS.map((name) => [name, new Pool(cluster.regions[name].url, { connections: CONNECTIONS })]),
    );
  }

  start(): void {
    const startedMs = performance.now();
    const lanes = this.#streams.flatMap((stream) =>
      REGIONS.map((region) => ({ stream, region, perSecond: rateOf(stream, region), sent: 0 })),
    );
    this.#timer = setInterval(() => {
      const seconds = (performance.now() - startedMs) / 1_000;
      for (const lane of lanes) {
        for (const due = seconds * lane.perSecond; lane.sent < due; lane.sent += 1) {
          this.#launch(lane.stream, lane.region, lane.sent);
        }
      }
    }, LOOK_EVERY_MS);
  }

  /** How a region has answered since this was last asked. */
  service(region: RegionName): Service {
    const service = this.#serviceOf(region);
    this.#service.delete(region);
    return service;
  }

  /** Sends nothing more and resolves when everything has been answered. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()));
  }

  #launch(stream: Stream, region: RegionName, sent: number): void {
    const asked = this.#ask(stream, region, stream.next?.(region, sent) ?? { key: '' });
    const done = asked.finally(() => this.#underWay.delete(done));
    this.#underWay.add(done);
  }

  async #ask({ limit, resource }: Stream, region: RegionName, ask: Ask): Promise<void> {
    const { key, dimensions, permits = 1 } = ask;
    const sentMs = performance.now();
    let failure: string | undefined;
    let allowed = false;
    try {
      const answer = await this.#post(region, JSON.stringify({ resource, dimensions, permits }));
      if (answer === undefined) failure = 'not a decision';
      else {
        ({ allowed } = answer);
        this.#observer.tell({ region, limit, key, permits, allowed, resetAtMs: answer.resetAt });
      }
    } catch (error) {
      failure = nameOf(error);
    }
    const { answered, admitted, failures, slowestMs } = this.#serviceOf(region);
    this.#service.set(region, {
      answered: answered + (failure === undefined ? 1 : 0),
      admitted: admitted + (allowed ? permits : 0),
      failures: failure === undefined ? failures : { ...failures, [failure]: (failures[failure] ?? 0) + 1 },
      slowestMs: Math.max(slowestMs, performance.now() - sentMs),
    });
  }

  async #post(region: RegionName, body: string): Promise<Decided | undefined> {
    const response = await this.#pools.get(region)?.request({
      method: 'POST',
      path: '/check',
      headers: HEADERS,
      body,
      headersTimeout: ANSWER_MS,
      bodyTimeout: ANSWER_MS,
    });
    const answer: unknown = await response?.body.json();
    return isDecided(answer) ? answer : undefined;
  }

  #serviceOf(region: RegionName): Service {
    const none = { answered: 0, admitted: 0, failures: NO_FAILURES, slowestMs: 0 };
    return this.#service.get(region) ?? none;
  }
}

type Decided = { readonly allowed: boolean; readonly resetAt: number };

function isDecided(answer: unknown): answer is Decided {
  return (
    typeof answer === 'object' &&
    answer !== null &&
    'allowed' in answer &&
    'resetAt' in answer &&
    typeof answer.resetAt === 'number'
  );
}

function rateOf({ perSecond, spread = SHARES }: Stream, region: RegionName): number {
  const sum = REGIONS.reduce((total, name) => total + spread[name], 0);
  return (perSecond * spread[region]) / sum;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.name) : String(error);
}
