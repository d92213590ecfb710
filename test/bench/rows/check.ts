import { inTurns, ratios } from '../figures.ts';
import { type Load, load } from '../load.ts';
import { ServerProcess, withServers } from '../pinned.ts';
import type { Effort, Line, Row } from '../row.ts';
import { TENANTS } from '../workload.ts';
import { besideOf } from './beside.ts';

/** `POST /check` against a server that does nothing but HTTP and JSON. */
export const postCheck: Row = {
  name: 'post',
  what:
    '`POST /check`: JSON, one limit with a counter for each of 10,000 tenants, header fields on, journal on; against a bare `node:http` ' +
    'server that reads the body, parses it and answers as many bytes with as many fields.',
  measure: (effort) => againstBare('post', effort, 0.75),
};

/** `GET /check` against the same. */
export const getCheck: Row = {
  name: 'get',
  what: '`GET /check` with the same limit, against the bare server.',
  measure: (effort) => againstBare('get', effort, 0.85),
};

async function againstBare(
  kind: Load['kind'],
  { rounds, seconds }: Effort,
  atLeast: number,
): Promise<readonly Line[]> {
  return withServers(
    [ServerProcess.start('headgate'), ServerProcess.start('bare')],
    async (headgate, bare) => {
      const what = { kind, tenants: TENANTS, seconds };
      await Promise.all([load(headgate, what), load(bare, what)]);
      const of = await inTurns(rounds, {
        headgate: () => load(headgate, what),
        bare: () => load(bare, what),
      });
      const [ours, theirs] = [of('headgate'), of('bare')];
      const rates = (side: typeof ours) => side.map(({ perSecond }) => perSecond);
      const costs = (side: typeof ours) => side.map(({ cpuUs }) => cpuUs);
      return [
        {
          measure: `${kind}: rate against bare node:http`,
          figures: ratios(rates(ours), rates(theirs)),
          unit: '×',
          target: { atLeast },
          beside: besideOf(rates(ours), rates(theirs), 'a second'),
        },
        {
          measure: `${kind}: the same by processor time`,
          figures: ratios(costs(theirs), costs(ours)),
          unit: '×',
          beside: besideOf(costs(ours), costs(theirs), 'µs a request'),
        },
      ];
    },
  );
}
