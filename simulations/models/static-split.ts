import type { Model, ModelPorts } from './model.ts';
import { shareAmong } from './shares.ts';
import { WindowTable } from './window-table.ts';

/**
 * Independent static split: every region has its part of the limit by weight and asks nobody. Strict as long as its own store is,
 * and blind to where the demand is.
 *
 * Source: the usual advice where regions share nothing, as with one Redis for each and `limit / n`; APISIX divides so by a number of
 * instances.
 */
export function staticSplit(ports: ModelPorts<never>): Model<never> {
  const used = WindowTable.kept(ports, () => ({ permits: 0 }));
  const share = shareAmong(ports.members, ports.region);
  return {
    check(counted, permits, answer) {
      const fits = counted.every((each) => used.at(each).permits + permits <= share(each));
      if (fits) for (const each of counted) used.at(each).permits += permits;
      answer(fits);
    },
    hear() {},
  };
}
