import { EPOCH_MS } from '../../src/bounds.ts';
import type { Message } from '../../src/core/messages.ts';
import { WORLD_START_MS, type World } from '../world.ts';

const FIRST_EPOCH = WORLD_START_MS / EPOCH_MS;

/** Writes down what is done to a world and everything its regions say, so that a whole exchange can be read and compared. */
export class Conversation {
  readonly #world: World;
  readonly #text: string[] = [];
  #sentSeen = 0;
  #linesSeen = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** Notes something done to the world, and does it. */
  async act(what: string, action: () => void | Promise<void>): Promise<void> {
    this.#text.push('', `> ${what}`);
    await action();
    this.#catchUp(() => true);
  }

  /** Lets time pass and notes what was said, as far as it is `interesting`. */
  run(ms: number, interesting: (message: Message, from: string) => boolean = () => true): void {
    this.#text.push('', `> run ${ms} ms`);
    this.#world.run(ms);
    this.#catchUp(interesting);
  }

  /** Notes what a question is answered. */
  ask(what: string, answer: () => unknown): void {
    this.#text.push('', `> ${what}`, `  ${String(answer())}`);
  }

  text(): string {
    return `${this.#text.join('\n').trimStart()}\n`;
  }

  #catchUp(interesting: (message: Message, from: string) => boolean): void {
    const said = this.#world.sent
      .slice(this.#sentSeen)
      .filter(({ message, from }) => interesting(message, from))
      .map(({ atMs, from, to, message }) => ({
        atMs,
        text: `${column(from)} -> ${column(to)} ${describe(message)}`,
      }));
    const logged = this.#world.lines.slice(this.#linesSeen).map(({ atMs, region, event, fields }) => ({
      atMs,
      text: `${column(region)} ** ${event}${about(fields)}`,
    }));
    this.#sentSeen = this.#world.sent.length;
    this.#linesSeen = this.#world.lines.length;
    const lines = [...said, ...logged].sort((a, b) => a.atMs - b.atMs);
    for (const { atMs, text } of lines)
      this.#text.push(`  ${(atMs / 1_000).toFixed(3).padStart(7)}  ${text}`.trimEnd());
  }
}

function describe(message: Message): string {
  switch (message.kind) {
    case 'heartbeat': {
      const heard = message.heard.map(([peer, , sequence]) => `${peer}#${sequence}`).join(' ') || 'nobody';
      const sits = message.sitsUntil > 0 ? ` sits until ${epoch(message.sitsUntil)}` : '';
      return `heartbeat #${message.sequence} epoch ${epoch(message.epoch)}${sits} heard ${heard}`;
    }
    case 'delta':
      return `delta #${message.sequence} ${rows(message.groups)}`;
    case 'pull':
      return `pull ${message.wants.map(([limit, , key, permits]) => `${limit}[${key}] ${permits}`).join(' ')}`;
    case 'version':
      return `version ${message.number} of ${message.publisher} part ${message.part}`;
    case 'ask-version':
      return `ask for version ${message.versions.map(([number, publisher]) => `${number} of ${publisher}`).join(', ')}`;
    case 'digest':
      return `digest as of delta #${message.sequence}`;
    case 'ask':
      return `ask for ${message.buckets.length} bucket(s)`;
    case 'repair':
      return `repair ${rows(message.groups)}`;
    case 'snapshot':
      return `snapshot part ${message.part}${message.last ? ' (last)' : ''} ${rows(message.groups)}`.trimEnd();
  }
}

function rows(groups: Extract<Message, { kind: 'delta' }>['groups']): string {
  return groups
    .flatMap(([actor, limit, each]) =>
      each.map(([key, , used]) => `${actor.split('@')[0]} ${limit}[${key}]=${used}`),
    )
    .join(' ');
}

/** The votes that each region has cast, as one line a pair: O owns, F fenced, from the world's first epoch on. */
export function votesOf(world: World, upto: number): string[] {
  const letters = new Map<string, string[]>();
  for (const { from, message } of world.sent) {
    if (message.kind !== 'heartbeat') continue;
    for (const [voter, subject, first, run] of message.votes) {
      if (voter !== from) continue;
      const row = letters.get(`${voter} on ${subject}`) ?? new Array<string>(upto + 1).fill('.');
      letters.set(`${voter} on ${subject}`, row);
      [...run].forEach((letter, at) => {
        const index = first + at - FIRST_EPOCH;
        if (letter !== '.' && index >= 0 && index <= upto) row[index] = letter;
      });
    }
  }
  return [...letters]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([pair, row]) => `${pair.padEnd(28)} ${row.join('')}`);
}

function about(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields)
    .map(
      ([name, value]) =>
        ` ${name} ${name === 'epoch' ? epoch(Number(value)) : name === 'incarnation' ? 'newer' : String(value)}`,
    )
    .join('');
}

const epoch = (absolute: number) => `+${absolute - FIRST_EPOCH}`;
const column = (name: string) => name.padEnd(12);
