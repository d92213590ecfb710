import { probe } from '../pinned.ts';
import type { Line, Row } from '../row.ts';

type Rates = Readonly<Record<'one' | 'many' | 'three', readonly number[]>>;

/** Decisions of the client library from blocks that it holds. */
export const client: Row = {
  name: 'client',
  what: '`headgate/client` from blocks that it holds, by processor time, both clocks read for each decision.',
  measure: async ({ rounds }): Promise<readonly Line[]> => {
    const rates = await probe<Rates>('client', String(rounds));
    const line = (measure: string, side: keyof Rates): Line => ({
      measure: `client: ${measure}`,
      figures: rates[side].map((rate) => rate / 1e6),
      unit: 'M/s',
    });
    return [
      { ...line('one key', 'one'), target: { atLeast: 5 } },
      { ...line('1,000 keys', 'many'), target: { atLeast: 5 } },
      line('1,000 keys of three dimensions', 'three'),
    ];
  },
};
