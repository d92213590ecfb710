import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { eventually } from '../eventually.ts';

/** The program, from Debian's package of the same name. */
const PROGRAM = 'prometheus';

/** How long it may take until it answers, in milliseconds. */
const READY_WITHIN_MS = 10_000;

export type PrometheusOptions = {
  readonly port: number;
  /** The configuration, as JSON, which is YAML too; its rule files are named relative to it. */
  readonly configuration: unknown;
  /** Rule files by their names, likewise. */
  readonly rules: Readonly<Record<string, unknown>>;
};

/** One alert that is pending or fires. */
export type ActiveAlert = {
  readonly state: 'pending' | 'firing';
  readonly labels: Readonly<Record<string, string>>;
};

/** A real Prometheus, on loopback, with a store of its own. */
export class Prometheus {
  readonly #url: string;
  readonly #stop: () => Promise<void>;

  private constructor(url: string, stop: () => Promise<void>) {
    this.#url = url;
    this.#stop = stop;
  }

  /** Starts it; resolves when it answers queries. */
  static async start({ port, configuration, rules }: PrometheusOptions): Promise<Prometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'headgate-prometheus-'));
    const file = join(folder, 'prometheus.yml');
    writeFileSync(file, JSON.stringify(configuration));
    for (const [name, text] of Object.entries(rules)) writeFileSync(join(folder, name), JSON.stringify(text));
    const flags = [`--config.file=${file}`, `--storage.tsdb.path=${folder}/data`, '--log.level=warn'];
    const child = spawn(
      PROGRAM,
      [...flags, `--web.listen-address=127.0.0.1:${port}`, '--enable-feature=exemplar-storage'],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    const said: string[] = [];
    child.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text));
    child.on('error', (error) => said.push(`${error.message} (Debian: apt-get install ${PROGRAM})`));
    // It has nothing that must survive.
    const stop = async () => {
      const isRunning = child.pid !== undefined && child.exitCode === null && child.signalCode === null;
      const exited = isRunning ? once(child, 'exit') : undefined;
      child.kill('SIGKILL');
      await exited;
      rmSync(folder, { recursive: true, force: true });
    };
    const prometheus = new Prometheus(`http://127.0.0.1:${port}`, stop);
    try {
      const ready = async () => (await request(`${prometheus.#url}/-/ready`)).statusCode === 200;
      await eventually(ready, { withinMs: READY_WITHIN_MS, everyMs: 50, what: 'Prometheus is ready' });
    } catch (error) {
      await stop();
      throw new Error(`Prometheus did not start: ${said.join('')}`, { cause: error });
    }
    return prometheus;
  }

  /** What a query gives now: labels and a value each. Rejects with Prometheus' own words when it is not one. */
  async query(query: string): Promise<readonly (readonly [Readonly<Record<string, string>>, number])[]> {
    const { result } = (await this.#get('query', { query })) as {
      result: { metric: Record<string, string>; value: [number, string] }[];
    };
    return result.map(({ metric, value }) => [metric, Number(value[1])]);
  }

  /** Alerts that are pending or fire. */
  async alerts(): Promise<readonly ActiveAlert[]> {
    return ((await this.#get('alerts')) as { alerts: ActiveAlert[] }).alerts;
  }

  /** Exemplars of a metric of the last minute: their labels. */
  async exemplars(query: string): Promise<readonly Readonly<Record<string, string>>[]> {
    const now = Date.now() / 1_000;
    const series = (await this.#get('query_exemplars', { query, start: `${now - 60}`, end: `${now}` })) as {
      exemplars: { labels: Record<string, string> }[];
    }[];
    return series.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels));
  }

  /** Ends it. */
  async stop(): Promise<void> {
    await this.#stop();
  }

  async #get(path: string, query: Record<string, string> = {}): Promise<unknown> {
    const { body } = await request(`${this.#url}/api/v1/${path}`, { query });
    const answer = (await body.json()) as { status: string; data: unknown; error?: string };
    if (answer.status !== 'success') throw new Error(`${query['query'] ?? path}: ${answer.error}`);
    return answer.data;
  }
}
