import type { Rates } from '../../watch/frame.ts';
import { samples } from '../samples.ts';
import { shownCount, shownTime } from '../wording.ts';
import { Plot } from './plot.tsx';
import { areaPath, linePath, type Scale } from './scale.ts';

type Known = Rates & { readonly atMs: number };

/** Permits a second under one limit at this node: admitted and denied on top of each other, and together what was offered. */
export function RatesPlot({ limit, toMs }: { readonly limit: string; readonly toMs: number }) {
  const known = samples.value.flatMap(({ atMs, rates }): Known[] => {
    const own = rates[limit];
    return own === undefined ? [] : [{ atMs, ...own }];
  });
  return (
    <Plot
      label={`Rates of ${limit}: ${wordsOf(known.at(-1))}`}
      height={190}
      toMs={toMs}
      most={Math.max(4, ...known.map(({ offered }) => offered)) * 1.08}
      shown={shownCount}
      moments={known.map(({ atMs }) => atMs)}
      tip={(atMs) => <Tip rates={known.find((each) => each.atMs === atMs)} />}
    >
      {(x, y) => <Areas known={known} x={x} y={y} />}
    </Plot>
  );
}

function wordsOf(last: Known | undefined): string {
  if (last === undefined) return 'nothing yet';
  const { offered, admitted, denied } = last;
  return `now ${shownCount(offered)} permits a second offered, ${shownCount(admitted)} admitted, ${shownCount(denied)} denied`;
}

function Tip({ rates }: { readonly rates: Known | undefined }) {
  if (rates === undefined) return null;
  return (
    <>
      <strong>{shownTime(rates.atMs)}</strong>
      <span class="key-offered">offered {shownCount(rates.offered)}/s</span>
      <span class="key-admitted">admitted {shownCount(rates.admitted)}/s</span>
      <span class="key-denied">denied {shownCount(rates.denied)}/s</span>
    </>
  );
}

type AreasProps = { readonly known: readonly Known[]; readonly x: Scale; readonly y: Scale };

function Areas({ known, x, y }: AreasProps) {
  const admitted = known.map(({ atMs, admitted: value }) => ({ atMs, value, base: 0 }));
  const denied = known.map(({ atMs, admitted: base, offered: value }) => ({ atMs, value, base }));
  return (
    <>
      <path class="area-admitted" d={areaPath(admitted, x, y)} />
      <path class="area-denied" d={areaPath(denied, x, y)} />
      <path class="line-admitted" d={linePath(admitted, x, y)} />
      <path class="line-offered" d={linePath(denied, x, y)} />
    </>
  );
}
