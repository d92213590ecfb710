import { samples } from '../samples.ts';
import { shownCount, shownTime } from '../wording.ts';
import { Plot } from './plot.tsx';
import { areaPath, linePath } from './scale.ts';

/** Permits a second under one limit at this node: admitted and denied on top of each other, and together what was offered. */
export function RatesPlot({ limit, toMs }: { readonly limit: string; readonly toMs: number }) {
  const known = samples.value.flatMap(({ atMs, rates }) => {
    const own = rates[limit];
    return own === undefined ? [] : [{ atMs, ...own }];
  });
  const most = Math.max(4, ...known.map(({ offered }) => offered)) * 1.08;
  const last = known.at(-1);
  const label =
    last === undefined
      ? `Rates of ${limit}: nothing yet`
      : `Rates of ${limit}: now ${shownCount(last.offered)} permits a second offered, ${shownCount(last.admitted)} admitted, ${shownCount(last.denied)} denied`;
  return (
    <Plot
      label={label}
      height={190}
      toMs={toMs}
      most={most}
      shown={shownCount}
      moments={known.map(({ atMs }) => atMs)}
      tip={(atMs) => {
        const at = known.find((each) => each.atMs === atMs);
        return (
          at && (
            <>
              <strong>{shownTime(atMs)}</strong>
              <span class="key-offered">offered {shownCount(at.offered)}/s</span>
              <span class="key-admitted">admitted {shownCount(at.admitted)}/s</span>
              <span class="key-denied">denied {shownCount(at.denied)}/s</span>
            </>
          )
        );
      }}
    >
      {(x, y) => (
        <>
          <path
            class="area-admitted"
            d={areaPath(
              known.map(({ atMs, admitted }) => ({ atMs, value: admitted, base: 0 })),
              x,
              y,
            )}
          />
          <path
            class="area-denied"
            d={areaPath(
              known.map(({ atMs, admitted, offered }) => ({ atMs, value: offered, base: admitted })),
              x,
              y,
            )}
          />
          <path
            class="line-admitted"
            d={linePath(
              known.map(({ atMs, admitted }) => ({ atMs, value: admitted })),
              x,
              y,
            )}
          />
          <path
            class="line-offered"
            d={linePath(
              known.map(({ atMs, offered }) => ({ atMs, value: offered })),
              x,
              y,
            )}
          />
        </>
      )}
    </Plot>
  );
}
