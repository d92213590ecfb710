import { styleText } from 'node:util';

const COLOURS = {
  UP: 'green',
  up: 'green',
  DEGRADED: 'yellow',
  suspected: 'yellow',
  unheard: 'yellow',
  DOWN: 'red',
} as const;

type Word = keyof typeof COLOURS;

const STATUS = new RegExp(`(?<= )(${Object.keys(COLOURS).join('|')})(?= |$)`, 'gm');

/** A table with its words of status in colour, where it goes to a terminal that shows colours. */
export function painted(table: string, stream: NodeJS.WriteStream = process.stdout): string {
  return table.replace(STATUS, (word) => styleText(COLOURS[word as Word], word, { stream }));
}
