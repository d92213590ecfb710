import type { SpanLink } from '../../ports.ts';

/** One request that stands for a number: its span, its own value, and when it was seen, in wall milliseconds. */
export type Exemplar = SpanLink & { readonly value: number; readonly atMs: number };
