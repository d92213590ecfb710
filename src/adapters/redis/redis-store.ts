import {
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleAll,
} from 'cockatiel';
import { Packr } from 'msgpackr';
import type { BlockName } from '../../core/block.ts';
import type { NodeMessage } from '../../node/messages.ts';
import type {
  Beat,
  Block,
  Deposit,
  NodeName,
  Outcome,
  RegionStore,
  Standing,
  StoreCounters,
  StoredRecord,
} from '../../node/region-store.ts';
import type { Clock, Log } from '../../ports.ts';
import {
  BREAKER_FAILURES,
  BREAKER_OPEN_MS,
  MESSAGE_BYTES_MAX,
  POOL_KEPT_MS,
  SEAT_KEPT_MS,
} from './bounds.ts';
import { connectRedis, type RedisClient, type RedisSettings } from './connect.ts';
import { SCRIPTS, type ScriptName } from './scripts.ts';

export type RedisStoreOptions = RedisSettings & {
  readonly environment: string;
  readonly region: string;
  readonly node: NodeName;
  readonly clock: Clock;
  readonly log: Log;
};

type Argument = string | number | Buffer;
type Script = (keys: number, ...parameters: Argument[]) => Promise<unknown>;

/** What the nodes of one region share, in a Redis. See `RegionStore` for what it promises, and `scripts.ts` for how. */
export class RedisStore implements RegionStore {
  readonly #options: RedisStoreOptions;
  readonly #prefix: string;
  readonly #packr = new Packr({ useRecords: false });
  readonly #breaker: CircuitBreakerPolicy;
  readonly #errors: Record<string, number> = {};
  #commands: RedisClient | undefined;
  #messages: RedisClient | undefined;
  #life = 0;
  #given = 0;
  /** That of the newest standing: a turn that the store takes for the present one began in it or after. */
  #generation = '';
  #done = 0;
  #latencyMsLast = 0;
  #latencyMsMax = 0;

  constructor(options: RedisStoreOptions) {
    this.#options = options;
    // The braces make a cluster keep all of a region's keys together.
    this.#prefix = `{headgate:${options.environment}:${options.region}}`;
    this.#breaker = circuitBreaker(handleAll, {
      halfOpenAfter: BREAKER_OPEN_MS,
      breaker: new ConsecutiveBreaker(BREAKER_FAILURES),
    });
    this.#breaker.onBreak(() => options.log.warn('store_lost', { errors: { ...this.#errors } }));
    this.#breaker.onReset(() => options.log.info('store_back'));
  }

  async start(hear: (from: NodeName, message: NodeMessage) => void): Promise<void> {
    this.#commands = connectRedis(this.#options, 'commands');
    this.#messages = connectRedis(this.#options, 'messages');
    for (const client of [this.#commands, this.#messages])
      client.on('error', (error: Error) => this.#note(`connection_${codeOf(error)}`));
    for (const [name, lua] of Object.entries(SCRIPTS)) this.#commands.defineCommand(name, { lua });
    this.#messages.on('messageBuffer', (_channel: Buffer, data: Buffer) => this.#hear(data, hear));
    // It is subscribed as soon as there is a connection, and again whenever there is a new one.
    this.#messages.subscribe(this.#channel(this.#options.node), this.#channel(EVERYBODY)).catch(() => {});
  }

  beat(beat: Beat, answered: (standing: Standing | undefined) => void): void {
    const { life, knows, founds, speaks, stands, leaves } = beat;
    this.#life = life;
    const wishes = [
      ...[speaks?.turn ?? '', speaks?.upTo ?? ''],
      ...[stands?.above ?? '', stands?.upTo ?? ''],
      ...[leaves?.turn ?? '', leaves?.upTo ?? ''],
    ];
    const parameters = [
      this.#options.node,
      life,
      knows,
      founds ? 1 : 0,
      ...wishes,
      SEAT_KEPT_MS,
      this.#prefix,
    ];
    this.#run('headgateBeat', [`${this.#prefix}:nodes`], parameters, (answer) => {
      const standing = Array.isArray(answer) ? standingOf(answer.map(String)) : undefined;
      this.#generation = standing?.generation ?? this.#generation;
      answered(standing);
    });
  }

  deposit(turn: number, deposits: readonly Deposit[], answered: (outcome: Outcome) => void): void {
    const blocks = deposits.flatMap((deposit) => deposit.blocks);
    const told = deposits.flatMap(({ node, message }) => [this.#channel(node), this.#pack(message)]);
    const parameters = [
      turn,
      POOL_KEPT_MS,
      deposits.length,
      ...told,
      ...blocks.map(({ permits }) => permits),
    ];
    this.#run('headgateDeposit', this.#pool(this.#generation, blocks), parameters, (answer) =>
      answered(outcomeOf(answer)),
    );
  }

  take(
    generation: string,
    blocks: readonly Block[],
    answered: (taken: readonly number[] | undefined) => void,
  ): void {
    const parameters = [generation, ...blocks.map(({ permits }) => permits)];
    this.#run('headgateTake', this.#pool(generation, blocks), parameters, (answer) =>
      answered(numbersOf(answer)),
    );
  }

  give(generation: string, blocks: readonly Block[]): void {
    this.#given += 1;
    const giver = `${this.#options.node}/${this.#life}`;
    const message = this.#pack({ kind: 'returned', blocks });
    const told = [this.#channel(''), message];
    const permits = blocks.map((block) => block.permits);
    const parameters = [generation, giver, this.#given, POOL_KEPT_MS, ...told, ...permits];
    this.#run('headgateGive', this.#pool(generation, blocks), parameters, () => {});
  }

  withdraw(
    turn: number,
    names: readonly BlockName[],
    answered: (left: readonly number[] | undefined) => void,
  ): void {
    this.#run('headgateWithdraw', this.#pool(this.#generation, names), [turn], (answer) =>
      answered(numbersOf(answer)),
    );
  }

  append(
    { turn, sequence }: { readonly turn: number; readonly sequence: number },
    records: readonly StoredRecord[],
    answered: (outcome: Outcome) => void,
  ): void {
    const { wallMs } = this.#options.clock.now();
    const parameters: Argument[] = [turn, sequence, this.#prefix];
    for (const { name, value, closesAt } of records) {
      const keptMs =
        closesAt === undefined ? '' : Math.max(1, Math.ceil(closesAt * 1_000 - wallMs)) + JOURNAL_SLACK_MS;
      parameters.push(name, closesAt ?? '', keptMs, this.#packr.pack(value));
    }
    this.#run('headgateAppend', [], parameters, (answer) => answered(outcomeOf(answer)));
  }

  load(turn: number, answered: (records: readonly StoredRecord[] | undefined) => void): void {
    this.#run('headgateLoad', [], [turn, this.#prefix], (answer) => {
      if (!Array.isArray(answer)) return answered(undefined);
      const flat = answer as Buffer[];
      const records: StoredRecord[] = [];
      for (let at = 0; at + 2 < flat.length; at += 3) {
        const closesAt = String(flat[at + 1]);
        const value: unknown = this.#packr.unpack(flat[at + 2] ?? Buffer.alloc(0));
        records.push({
          name: String(flat[at]),
          value,
          closesAt: closesAt === '' ? undefined : Number(closesAt),
        });
      }
      answered(records);
    });
  }

  send(to: NodeName | 'all', message: NodeMessage): void {
    const channel = this.#channel(to === 'all' ? EVERYBODY : to);
    const data = this.#pack(message);
    this.#execute(
      (client) => client.publish(channel, data),
      () => {},
    );
  }

  connected(): boolean {
    return this.#commands?.status === 'ready' && this.#breaker.state !== CircuitState.Open;
  }

  counters(): StoreCounters {
    return {
      commands: this.#done,
      errors: { ...this.#errors },
      latencyMsLast: this.#latencyMsLast,
      latencyMsMax: this.#latencyMsMax,
    };
  }

  async stop(): Promise<void> {
    this.#commands?.disconnect();
    this.#messages?.disconnect();
  }

  #channel(node: string): string {
    return `${this.#prefix}:to:${node}`;
  }

  /** By the generation: what an earlier one left behind is nobody's. */
  #pool(generation: string, names: readonly BlockName[]): string[] {
    return names.map(
      ({ limit, windowId, key }) => `${this.#prefix}:b:${generation}:${windowId}:${limit}:${key}`,
    );
  }

  #pack(message: NodeMessage): Buffer {
    return this.#packr.pack({ from: this.#options.node, message });
  }

  #hear(data: Buffer, hear: (from: NodeName, message: NodeMessage) => void): void {
    try {
      if (data.length > MESSAGE_BYTES_MAX) throw new RangeError('too large');
      const { from, message } = this.#packr.unpack(data) as { from: NodeName; message: NodeMessage };
      if (from !== this.#options.node) hear(from, message);
    } catch {
      this.#note('message');
    }
  }

  #run(
    name: ScriptName,
    keys: readonly string[],
    parameters: readonly Argument[],
    answered: (answer: unknown) => void,
  ) {
    const all = [`${this.#prefix}:region`, ...keys];
    this.#execute((client) => {
      const script = (client as unknown as Record<string, Script>)[`${name}Buffer`] as Script;
      return script.call(client, all.length, ...all, ...parameters);
    }, answered);
  }

  /** Carries one command out, once; tells undefined where it failed or was not even tried. */
  #execute(command: (client: RedisClient) => Promise<unknown>, answered: (answer: unknown) => void): void {
    const client = this.#commands;
    if (client === undefined) return void answered(undefined);
    const { clock } = this.#options;
    const startedMs = clock.now().monoMs;
    void this.#breaker
      .execute(() => command(client))
      .then(
        (answer) => {
          this.#done += 1;
          this.#latencyMsLast = clock.now().monoMs - startedMs;
          this.#latencyMsMax = Math.max(this.#latencyMsMax, this.#latencyMsLast);
          return answer;
        },
        (error: unknown) => {
          this.#note(codeOf(error));
          return undefined;
        },
      )
      .then(answered);
  }

  #note(kind: string): void {
    this.#errors[kind] = (this.#errors[kind] ?? 0) + 1;
  }
}

/** Where messages for every node go. */
const EVERYBODY = '*';

/** How much longer than asked for a window's records are kept, should clocks differ, in milliseconds. */
const JOURNAL_SLACK_MS = 60_000;

function standingOf([generation, turn, speaker, became, claimedBefore, known, ...nodes]: string[]): Standing {
  const heard: { name: NodeName; agoMs: number }[] = [];
  for (let at = 0; at + 1 < nodes.length; at += 2)
    heard.push({ name: nodes[at] ?? '', agoMs: Number(nodes[at + 1]) });
  return {
    generation: generation === '' ? undefined : generation,
    turn: Number(turn),
    speaker: speaker === '' ? undefined : speaker,
    became: became as Standing['became'],
    claimedBefore: claimedBefore === '' ? undefined : Number(claimedBefore),
    known: Number(known),
    nodes: heard,
  };
}

function outcomeOf(answer: unknown): Outcome {
  if (answer === undefined) return 'unknown';
  return Number(answer) === 1 ? 'done' : 'refused';
}

function numbersOf(answer: unknown): readonly number[] | undefined {
  return Array.isArray(answer) ? answer.map(Number) : undefined;
}

/** A short name for what went wrong, of a bounded choice: what a server says in its own words tells nothing more. */
function codeOf(error: unknown): string {
  const { code, message = '', name = '' } = error as { code?: unknown; message?: string; name?: string };
  if (typeof code === 'string' && /^E[A-Z]{3,}$/.test(code)) return code.toLowerCase();
  if (message.includes('timed out')) return 'timeout';
  if (message.includes('writeable') || message.includes('Connection is closed')) return 'disconnected';
  if (name === 'ReplyError') return (/^[A-Z]{2,}/.exec(message)?.[0] ?? 'reply').toLowerCase();
  return message.includes('circuit') || name.includes('Circuit') ? 'circuit' : 'other';
}
