import { probe } from '../pinned.ts';
import type { Line, Row } from '../row.ts';

/** How fast the simulator decides. */
export const simulation: Row = {
  name: 'simulation',
  what: 'Checks that the simulator decides in a second of processor time: five regions, 50 keys, 1 % loss, every admission compared with the limit.',
  measure: async (): Promise<readonly Line[]> => {
    const { perSecond, checks, messages } = await probe<{
      readonly perSecond: number;
      readonly checks: number;
      readonly messages: number;
    }>('simulation');
    return [
      {
        measure: 'simulation: checks',
        figures: [perSecond],
        unit: 'a second',
        target: { atLeast: 300_000 },
        beside: `${checks.toLocaleString('en')} checks, ${messages.toLocaleString('en')} messages`,
      },
    ];
  },
};
