import type { ActorId } from '../../crdt/index.ts';
import type { Books } from '../../src/core/books.ts';
import type { Counter } from '../../src/core/counter.ts';
import { transferable } from '../../src/core/holdings.ts';
import { WHOLE_KEY } from '../../src/core/match-key.ts';
import type { Message, RowGroup } from '../../src/core/messages.ts';
import type { Life } from '../life.ts';
import { type Checker, Violation, type Watched } from './checker.ts';
import { allBooks, findBooks, rowAbout } from './open-books.ts';

/**
 * Invariants 4, 5 and 6 over the books: nobody knows more of a row than its writer wrote, so nothing is credited that was not
 * debited, nor twice; nobody gives more than it has; what is told of is booked before.
 */
export class Rows implements Checker {
  readonly #watched: Watched;

  constructor(watched: Watched) {
    this.#watched = watched;
  }

  sent(life: Life, _to: string, message: Message): void {
    if (message.kind !== 'delta' && message.kind !== 'repair' && message.kind !== 'snapshot') return;
    // The parts of a snapshot are drawn up ahead: what they tell of may have been closed since.
    const drawnUpAhead = message.kind === 'snapshot';
    for (const group of message.groups) if (group[0] === life.actor) checkTold(life, group, drawnUpAhead);
  }

  second(): void {
    for (const life of this.#watched.lives) if (life.alive) this.#compare(life);
  }

  finished(): void {
    this.second();
  }

  #compare(life: Life): void {
    for (const [name, books] of allBooks(life.state)) {
      for (const [windowId, counters] of books.counters.windows()) {
        for (const counter of counters.values()) {
          this.#compareCounter(life, name, counter);
          if (counter.key === WHOLE_KEY) continue;
          if (counter.rights === undefined || life.recovered || isOver(life, books, windowId)) continue;
          const left = transferable(life.state, books, windowId, counter.key);
          if (left < 0)
            throw violation('4 nobody gives more than it has', life, rowAbout(name, counter), left);
        }
      }
    }
  }

  #compareCounter(life: Life, books: string, counter: Counter): void {
    for (const [actor, used] of counter.theirs()) {
      const truth = this.#truth(actor, books, counter);
      if (truth === 'closed') continue;
      if (used > truth.reduce((most, { mine }) => Math.max(most, mine), 0)) {
        const what = `${actor} ${used}`;
        throw violation('6 rows are written by their owner', life, rowAbout(books, counter), what);
      }
    }
    if (counter.rights === undefined) return;
    checkBalance(life, books, counter);
    for (const donor of counter.rights.donors()) {
      const truth = this.#truth(donor, books, counter);
      if (truth === 'closed') continue;
      for (const [recipient, total] of counter.rights.gifts(donor)) {
        const given = Math.max(0, ...truth.map(({ rights }) => rights?.given(donor, recipient) ?? 0));
        if (total <= given) continue;
        const what = `${donor} to ${recipient} ${total}, really ${given}`;
        throw violation('5 nothing is credited that was not given', life, rowAbout(books, counter), what);
      }
    }
  }

  /** An actor's own counters of that name, in all its lives; `closed` when one of them has forgotten the window by now. */
  #truth(actor: ActorId, books: string, { windowId, key }: Counter): Counter[] | 'closed' {
    const found: Counter[] = [];
    for (const life of this.#watched.lives) {
      if (life.actor !== actor) continue;
      const counters = findBooks(life.state, books)?.counters;
      if (counters === undefined || windowId < counters.lowWater) return 'closed';
      const counter = counters.find(windowId, key);
      if (counter !== undefined) found.push(counter);
    }
    return found;
  }
}

/** What a window that is over was entitled to may be forgotten; and a version that comes up may bound what was given before. */
function isOver({ state }: Life, { limit }: Books, windowId: number): boolean {
  if (state.versions.length > 1) return true;
  return state.books.get(limit.id)?.limit !== limit || windowId < limit.windows.idAt(state.wallMs);
}

/** What is told of the own rows is in the own books. */
function checkTold(life: Life, [actor, limit, rows]: RowGroup, drawnUpAhead: boolean): void {
  for (const [key, windowId, used, gifts] of rows) {
    const kept = [...allBooks(life.state)].filter(([, books]) => books.limit.id === limit);
    const counters = kept.flatMap(([name, books]) => {
      const counter = books.counters.find(windowId, key);
      return counter === undefined ? [] : [{ name, counter }];
    });
    if (counters.length === 0 && drawnUpAhead) continue;
    const holds = counters.some(
      ({ counter }) =>
        used <= counter.mine &&
        (gifts ?? []).every(([recipient, total]) => total <= (counter.rights?.given(actor, recipient) ?? 0)),
    );
    if (!holds) {
      const row = `${limit} window ${windowId} key "${key}"`;
      throw violation('4 debit precedes publication', life, row, 'told too much');
    }
    for (const { name, counter } of counters) checkBalance(life, name, counter);
  }
}

/** The balance that decisions rest on is that of the matrix, less what has been debited and not yet told. */
function checkBalance(life: Life, books: string, counter: Counter): void {
  const balance = counter.rights?.balance(life.actor) ?? 0;
  if (counter.moved <= balance) return;
  const what = `${counter.moved} of ${balance}`;
  throw violation('5 what is credited is what was given', life, rowAbout(books, counter), what);
}

function violation(invariant: string, life: Life, row: string, what: string | number): Violation {
  return new Violation(invariant, `at ${life.actor}, ${row}: ${what}`, { regions: [life.region] });
}
