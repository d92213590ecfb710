import { EPOCH_MS } from '../../src/bounds.ts';
import type { RegionState } from '../../src/core/state.ts';
import { type Checker, Violation, type Watched } from './checker.ts';
import { booksName } from './open-books.ts';

/** Shares of coming windows move even when it is quiet; this long after a window's start everybody must have heard of its last gift. */
const SETTLED_MS = 6_000;

/** Invariant 10: after healing and quiet, everybody knows the same of every window that is open everywhere. */
export class Convergence implements Checker {
  readonly #watched: Watched;

  constructor(watched: Watched) {
    this.#watched = watched;
  }

  finished(): void {
    const living = this.#watched.lives.filter(
      ({ alive, state }) => alive && state.informed && state.current.members.has(state.region),
    );
    const states = living.map(({ state }) => state);
    const { nowMs } = this.#watched.time;
    const epoch = Math.max(...states.map((state) => state.epoch), nowMs / EPOCH_MS);
    const [first, ...others] = living.map(({ region, state }) => ({
      region,
      rows: rowsOf(state, { epoch, settledMs: nowMs - SETTLED_MS }),
    }));
    if (first === undefined) return;
    for (const other of others) {
      for (const row of new Set([...first.rows.keys(), ...other.rows.keys()])) {
        const [a, b] = [first.rows.get(row) ?? 0, other.rows.get(row) ?? 0];
        if (a === b) continue;
        const what = `${row.replaceAll('\n', ' ')}: ${a} at ${first.region}, ${b} at ${other.region}`;
        throw new Violation('10 states converge', what, { regions: [first.region, other.region] });
      }
    }
  }
}

/** Every replicated value that is known, by the name of its row; windows about to close are left out. */
function rowsOf(
  state: RegionState,
  { epoch, settledMs }: { readonly epoch: number; readonly settledMs: number },
): Map<string, number> {
  const rows = new Map<string, number>();
  const put = (row: string, value: number) => value > 0 && rows.set(row, value);
  for (const books of state.books.values()) {
    const {
      counters,
      limit: { windows },
    } = books;
    for (const [windowId, byKey] of counters.windows()) {
      const settledAt = Math.min(windows.startMs(windowId), state.wallMs - 4 * EPOCH_MS);
      if (windows.closingEpoch(windowId) <= epoch + 1 || settledAt > settledMs) continue;
      for (const counter of byKey.values()) {
        const name = `${booksName(books)}\n${windowId}\n${counter.key}`;
        put(`${name}\n${state.actor}`, counter.published);
        for (const [actor, used] of counter.theirs()) put(`${name}\n${actor}`, used);
        put(`${name}\n${state.actor}\nreturned`, counter.publishedReturns);
        for (const [actor, returned] of counter.returns?.theirs() ?? [])
          put(`${name}\n${actor}\nreturned`, returned);
        for (const donor of counter.rights?.donors() ?? []) {
          for (const [recipient, total] of counter.rights?.gifts(donor) ?? []) {
            put(`${name}\n${donor}\n${recipient}`, total);
          }
        }
      }
    }
  }
  return rows;
}
