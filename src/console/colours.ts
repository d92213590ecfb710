import { computed } from '@preact/signals';
import { frame } from './live.ts';

/** Colours of the theme that tell regions apart. */
const COLOURS = 8;

/** All regions in one order, whoever is asked: so each has the same colour on every node's page. */
export const regions = computed<readonly string[]>(() => {
  const now = frame.value;
  if (now === undefined) return [];
  return [now.region, ...now.peers.map(({ region }) => region)].sort();
});

/** The class that gives a region its colour as `--own`. */
export function colourOf(region: string): string {
  const at = regions.value.indexOf(region);
  return `region-colour-${at < 0 ? COLOURS : (at % COLOURS) + 1}`;
}
