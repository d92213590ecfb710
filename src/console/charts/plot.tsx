import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { useWidth } from '../parts/use-width.ts';
import { spanMs } from '../samples.ts';
import { roundSteps, type Scale } from './scale.ts';

const MARGIN = { left: 44, right: 8, top: 8, bottom: 22 };

type PlotProps = {
  /** What the plot shows, for those who cannot see it. */
  readonly label: string;
  readonly height: number;
  /** The newest moment, in milliseconds. */
  readonly toMs: number;
  readonly most: number;
  readonly shown: (value: number) => string;
  /** Moments of which there is something to say. */
  readonly moments: readonly number[];
  readonly tip: (atMs: number) => ComponentChildren;
  readonly children: (x: Scale, y: Scale) => ComponentChildren;
};

/** The last two minutes of something: axes, grid, and what was at the moment that is pointed at. */
export function Plot({ label, height, toMs, most, shown, moments, tip, children }: PlotProps) {
  const [element, width] = useWidth();
  const [pointed, setPointed] = useState<number | undefined>(undefined);
  const steps = roundSteps(most);
  const top = steps.at(-1) ?? 1;
  const inner = Math.max(1, width - MARGIN.left - MARGIN.right);
  const span = spanMs.value;
  const x: Scale = (atMs) => MARGIN.left + inner * (1 + (atMs - toMs) / span);
  const y: Scale = (value) => height - MARGIN.bottom - (value / top) * (height - MARGIN.top - MARGIN.bottom);
  const point = (event: PointerEvent) => {
    const left = element.current?.getBoundingClientRect().left ?? 0;
    const atMs = toMs + ((event.clientX - left - MARGIN.left) / inner - 1) * span;
    setPointed(nearest(moments, atMs));
  };
  const isPointed = pointed !== undefined && moments.includes(pointed);
  return (
    <div class="plot" ref={element} onPointerMove={point} onPointerLeave={() => setPointed(undefined)}>
      {width > 0 && (
        <svg width={width} height={height} role="img" aria-label={label}>
          {steps.map((step) => (
            <g key={step} class="grid">
              <line x1={MARGIN.left} y1={y(step)} x2={width - MARGIN.right} y2={y(step)} />
              <text class="axis axis-y" x={MARGIN.left - 8} y={y(step) + 4}>
                {shown(step)}
              </text>
            </g>
          ))}
          {[1, 0.75, 0.5, 0.25, 0].map((part) => (
            <text key={part} class={`axis axis-x ${edge(part)}`} x={x(toMs - part * span)} y={height - 5}>
              {part === 0 ? 'now' : `−${Math.round((part * span) / 1_000)} s`}
            </text>
          ))}
          {children(x, y)}
          {isPointed && (
            <line
              class="crosshair"
              x1={x(pointed)}
              x2={x(pointed)}
              y1={MARGIN.top}
              y2={height - MARGIN.bottom}
            />
          )}
        </svg>
      )}
      {isPointed && (
        <div class={`tip ${x(pointed) > width / 2 ? 'tip-left' : ''}`} style={{ left: `${x(pointed)}px` }}>
          {tip(pointed)}
        </div>
      )}
    </div>
  );
}

/** The words at both ends stay inside the plot. */
function edge(part: number): string {
  if (part === 0) return 'axis-end';
  return part === 1 ? 'axis-begin' : '';
}

function nearest(moments: readonly number[], atMs: number): number | undefined {
  let found: number | undefined;
  for (const moment of moments)
    if (found === undefined || Math.abs(moment - atMs) < Math.abs(found - atMs)) found = moment;
  return found;
}
