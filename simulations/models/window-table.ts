import type { Counted, ModelPorts, Named } from './model.ts';

/** Books of a window are kept this long after its end, for clocks that step back and messages that come late. */
const KEPT_MS = 10_000;

const TIDIED_EVERY_MS = 1_000;

type Row<Entry> = { readonly counted: Counted; readonly entry: Entry };

/** Something for every limit, key and window; forgotten some time after the window is over. */
export class WindowTable<Entry> {
  readonly #rows = new Map<string, Row<Entry>>();
  readonly #make: (counted: Counted) => Entry;

  constructor(make: (counted: Counted) => Entry) {
    this.#make = make;
  }

  /** The table that an earlier process of this model left on the shelf, or a new one that the next will find there. */
  static kept<Entry>(
    { shelf, clock }: Pick<ModelPorts<never>, 'shelf' | 'clock'>,
    make: (counted: Counted) => Entry,
  ): WindowTable<Entry> {
    const table = (shelf.get('windows') as WindowTable<Entry> | undefined) ?? new WindowTable(make);
    shelf.set('windows', table);
    clock.every(TIDIED_EVERY_MS, () => table.forget(clock.now().wallMs));
    return table;
  }

  /** The entry of a counter, made when it is not there. */
  at(counted: Counted): Entry {
    const name = nameOf(counted);
    let row = this.#rows.get(name);
    if (row === undefined) {
      row = { counted, entry: this.#make(counted) };
      this.#rows.set(name, row);
    }
    return row.entry;
  }

  /** Every counter that is known, with its entry. */
  rows(): Iterable<Row<Entry>> {
    return this.#rows.values();
  }

  forget(wallMs: number): void {
    for (const [name, { counted }] of this.#rows) {
      const { limit, windowId } = counted;
      if (limit.windows.endMs(windowId) + KEPT_MS < wallMs) this.#rows.delete(name);
    }
  }
}

/** How a counter is named in messages. */
export function named({ limit, key, windowId }: Counted): Named {
  return [limit.name, key, windowId];
}

/** The counter that a message names. */
export function countedOf(
  { limits }: Pick<ModelPorts<never>, 'limits'>,
  [name, key, windowId]: Named,
): Counted {
  const limit = limits.get(name);
  if (limit === undefined) throw new RangeError(`there is no limit ${name}`);
  return { limit, key, windowId };
}

function nameOf({ limit, key, windowId }: Counted): string {
  return `${limit.name}\n${windowId}\n${key}`;
}
