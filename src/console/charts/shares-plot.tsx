import { colourOf, regions } from '../colours.ts';
import { samples } from '../samples.ts';
import { shownPart, shownTime } from '../wording.ts';
import { Plot } from './plot.tsx';
import { areaPath } from './scale.ts';

/** Which part of a limit each region may use, over two minutes: shares as they move to demand, and away from who is lost. */
export function SharesPlot({
  limit,
  toMs,
  permits,
}: {
  readonly limit: string;
  readonly toMs: number;
  readonly permits: number;
}) {
  const known = samples.value.flatMap(({ atMs, shares }) => {
    const own = shares[limit];
    return own === undefined ? [] : [{ atMs, own }];
  });
  const whole = Math.max(permits, 1e-9);
  const names = regions.value;
  const last = known.at(-1)?.own ?? {};
  const label = `Shares of ${limit}: ${names.map((name) => `${name} ${shownPart((last[name] ?? 0) / whole)}`).join(', ')}`;
  return (
    <Plot
      label={label}
      height={150}
      toMs={toMs}
      most={1}
      shown={(part) => `${Math.round(part * 100)} %`}
      moments={known.map(({ atMs }) => atMs)}
      tip={(atMs) => {
        const at = known.find((each) => each.atMs === atMs);
        return (
          <>
            <strong>{shownTime(atMs)}</strong>
            {names.map((name) => (
              <span key={name}>
                <span class={`swatch ${colourOf(name)}`} /> {name} {shownPart((at?.own[name] ?? 0) / whole)}
              </span>
            ))}
          </>
        );
      }}
    >
      {(x, y) =>
        names.map((name, at) => {
          const below = (own: Readonly<Record<string, number>>) =>
            names.slice(0, at).reduce((sum, each) => sum + (own[each] ?? 0), 0) / whole;
          const readings = known.map(({ atMs, own }) => {
            const base = below(own);
            return { atMs, base: Math.min(1, base), value: Math.min(1, base + (own[name] ?? 0) / whole) };
          });
          return <path key={name} class={`area-region ${colourOf(name)}`} d={areaPath(readings, x, y)} />;
        })
      }
    </Plot>
  );
}
