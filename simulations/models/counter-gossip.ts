import type { RegionId } from '../../crdt/index.ts';
import type { Model, ModelPorts, Named } from './model.ts';
import { countedOf, named, WindowTable } from './window-table.ts';

/** Rows of a grow counter: absolute values, so that loss, repetition and order do not matter. */
type Rows = readonly (readonly [counted: Named, region: RegionId, used: number])[];

type Entry = { readonly used: Map<RegionId, number>; changed: boolean };

/**
 * G-counter gossip without shares: a region admits while what it and the others are known to have used is below the limit. What changed
 * goes out as often as with the production region, and everything that is known as often as its digests do.
 *
 * Source: Shapiro et al. 2011, "A comprehensive study of convergent and commutative replicated data types", specification 6; limitador's
 * distributed storage and Unkey admit by such a sum.
 */
export function counterGossip(ports: ModelPorts<Rows>): Model<Rows> {
  const { region, timing, clock } = ports;
  const table = WindowTable.kept(ports, (): Entry => ({ used: new Map(), changed: false }));

  const tell = (isTold: (entry: Entry) => boolean, whose: (writer: RegionId) => boolean) => {
    const rows = [...table.rows()].flatMap(({ counted, entry }) => {
      if (!isTold(entry)) return [];
      entry.changed = false;
      return [...entry.used]
        .filter(([writer]) => whose(writer))
        .map(([writer, used]) => [named(counted), writer, used] as const);
    });
    if (rows.length > 0) ports.send('all', rows);
  };
  clock.every(timing.deltaMs, () =>
    tell(
      ({ changed }) => changed,
      (writer) => writer === region,
    ),
  );
  clock.every(timing.digestMs, () =>
    tell(
      () => true,
      () => true,
    ),
  );

  return {
    check(counted, permits, answer) {
      const fits = counted.every((each) => total(table.at(each)) + permits <= each.limit.limit);
      if (fits) {
        for (const each of counted) {
          const entry = table.at(each);
          entry.used.set(region, (entry.used.get(region) ?? 0) + permits);
          entry.changed = true;
        }
      }
      answer(fits);
    },
    hear(_from, rows) {
      for (const [name, writer, used] of rows) {
        const entry = table.at(countedOf(ports, name));
        entry.used.set(writer, Math.max(used, entry.used.get(writer) ?? 0));
      }
    },
  };
}

function total({ used }: Entry): number {
  let sum = 0;
  for (const amount of used.values()) sum += amount;
  return sum;
}
