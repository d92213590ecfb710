import { ratios } from '../figures.ts';
import { probe } from '../pinned.ts';
import type { Line, Row } from '../row.ts';
import { besideOf } from './beside.ts';

type Rates = Readonly<Record<'map' | 'one' | 'three' | 'of ten' | 'of ten thousand', readonly number[]>>;

/** `admit` alone, and what finding the limits of a request costs. */
export const decision: Row = {
  name: 'decision',
  what:
    '`admit` alone, by processor time: 100,000 keys of 40 bytes in turn, fixed windows; beside the look-up of as many keys in a `Map` and an ' +
    'addition. Matching: ten or ten thousand limits, of which one is met.',
  measure: async ({ rounds }): Promise<readonly Line[]> => {
    const rates = await probe<Rates>('decision', String(rounds));
    const millions = (side: keyof Rates) => rates[side].map((rate) => rate / 1e6);
    return [
      { measure: 'decision: one limit', figures: millions('one'), unit: 'M/s', target: { atLeast: 3 } },
      { measure: 'decision: three limits', figures: millions('three'), unit: 'M/s', target: { atLeast: 1 } },
      {
        measure: 'decision: one limit against a Map',
        figures: ratios(rates.one, rates.map),
        unit: '×',
        beside: besideOf(millions('one'), millions('map'), 'million a second'),
      },
      {
        measure: 'decision: ten against ten thousand limits',
        figures: ratios(rates['of ten'], rates['of ten thousand']),
        unit: '×',
        target: { atMost: 2 },
        beside: besideOf(millions('of ten thousand'), millions('of ten'), 'million a second'),
      },
    ];
  },
};
