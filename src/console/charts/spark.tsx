import type { Rates } from '../../watch/frame.ts';
import { samples, spanMs } from '../samples.ts';
import { areaPath } from './scale.ts';

const WIDTH = 132;
const HEIGHT = 32;

/** What became of a limit's permits in two minutes, as small as a word: admitted below, denied on top. */
export function Spark({ limit, toMs }: { readonly limit: string; readonly toMs: number }) {
  const known = samples.value.flatMap(({ atMs, rates }) => {
    const own: Rates | undefined = rates[limit];
    return own === undefined ? [] : [{ atMs, ...own }];
  });
  const most = Math.max(1, ...known.map(({ offered }) => offered));
  const x = (atMs: number) => WIDTH + ((atMs - toMs) / spanMs.value) * WIDTH;
  const y = (value: number) => HEIGHT - 1 - (value / most) * (HEIGHT - 2);
  const admitted = known.map(({ atMs, admitted: value }) => ({ atMs, value, base: 0 }));
  const denied = known.map(({ atMs, admitted: base, offered: value }) => ({ atMs, value, base }));
  return (
    <svg
      class="spark"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
      focusable="false"
    >
      <line class="spark-base" x1={0} y1={HEIGHT - 0.5} x2={WIDTH} y2={HEIGHT - 0.5} />
      <path class="area-admitted" d={areaPath(admitted, x, y)} />
      <path class="area-denied" d={areaPath(denied, x, y)} />
    </svg>
  );
}
