import { inTurns, ratios } from '../figures.ts';
import { load } from '../load.ts';
import { ServerProcess, withServers } from '../pinned.ts';
import type { Effort, Row } from '../row.ts';
import { TENANTS } from '../workload.ts';
import { besideOf } from './beside.ts';

/** Requests in one batch, as load.lua makes them. */
const ITEMS = 500;

/** Several requests at once against one at a time. */
export const batch: Row = {
  name: 'batch',
  what: '`POST /check/batch` of 500 requests for 500 tenants against `POST /check` one by one: decisions a second.',
  measure: ({ rounds, seconds }: Effort) =>
    withServers([ServerProcess.start('headgate')], async (headgate) => {
      const single = { kind: 'post', tenants: TENANTS, seconds } as const;
      const many = { kind: 'batch', tenants: TENANTS / ITEMS, seconds, connections: 4 } as const;
      await load(headgate, single);
      await load(headgate, many);
      const of = await inTurns(rounds, {
        single: () => load(headgate, single),
        many: () => load(headgate, many),
      });
      const rates = (name: string, each: number) => of(name).map(({ perSecond }) => perSecond * each);
      const costs = (name: string, each: number) => of(name).map(({ cpuUs }) => cpuUs / each);
      return [
        {
          measure: 'batch: decisions against single checks',
          figures: ratios(rates('many', ITEMS), rates('single', 1)),
          unit: '×',
          target: { atLeast: 10 },
          beside: besideOf(rates('many', ITEMS), rates('single', 1), 'a second'),
        },
        {
          measure: 'batch: the same by processor time',
          figures: ratios(costs('single', 1), costs('many', ITEMS)),
          unit: '×',
          beside: besideOf(costs('many', ITEMS), costs('single', 1), 'µs a decision'),
        },
      ];
    }),
};
