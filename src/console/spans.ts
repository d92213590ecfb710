import type { Happening } from '../watch/happening.ts';

/** A time during which a region was in trouble. */
export type Span = { readonly state: 'unheard' | 'fenced'; readonly fromMs: number; readonly toMs: number };

/** The troubles of one region. */
export type Lane = { readonly region: string; readonly spans: readonly Span[] };

/** What begins and ends each state, as the log names it. */
const BOUNDS: readonly (readonly [state: Span['state'], begins: string, ends: string])[] = [
  ['unheard', 'peer_suspected', 'peer_up'],
  ['fenced', 'region_fenced', 'region_owns_again'],
];

/** When each region was not heard or fenced between two moments, as happenings (in any order) tell; what has not ended lasts until the end. */
export function lanesOf(
  happenings: readonly Happening[],
  regions: readonly string[],
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): readonly Lane[] {
  const inOrder = [...happenings].sort((a, b) => a.atMs - b.atMs);
  return regions.map((region) => {
    const own = inOrder.filter((happening) => happening.region === region);
    const spans = BOUNDS.flatMap(([state, begins, ends]) => spansOf(own, { state, begins, ends, toMs }));
    return { region, spans: spans.flatMap((span) => cut(span, fromMs, toMs)) };
  });
}

type Bounds = {
  readonly state: Span['state'];
  readonly begins: string;
  readonly ends: string;
  readonly toMs: number;
};

function spansOf(happenings: readonly Happening[], { state, begins, ends, toMs }: Bounds): Span[] {
  const spans: Span[] = [];
  let sinceMs: number | undefined;
  for (const { event, atMs } of happenings) {
    if (event === begins) sinceMs ??= atMs;
    else if (event === ends && sinceMs !== undefined) {
      spans.push({ state, fromMs: sinceMs, toMs: atMs });
      sinceMs = undefined;
    }
  }
  return sinceMs === undefined ? spans : [...spans, { state, fromMs: sinceMs, toMs }];
}

function cut(span: Span, fromMs: number, toMs: number): Span[] {
  const within = { ...span, fromMs: Math.max(span.fromMs, fromMs), toMs: Math.min(span.toMs, toMs) };
  return within.toMs > within.fromMs ? [within] : [];
}
