import type { PeerNow } from '../watch/frame.ts';

const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const TENTHS = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const SHORT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

/** A count or a rate: tenths only where they matter. */
export function shownCount(count: number): string {
  if (count >= 100_000) return SHORT.format(count);
  return count >= 100 || Number.isInteger(count) ? WHOLE.format(count) : TENTHS.format(count);
}

/** Milliseconds as people say them: 41 µs, 0.4 ms, 83 ms, 1.5 s, 3 min. */
export function shownMs(milliseconds: number): string {
  const size = Math.abs(milliseconds);
  if (size < 0.1) return `${WHOLE.format(milliseconds * 1_000)} µs`;
  if (size < 10) return `${TENTHS.format(milliseconds)} ms`;
  if (size < 1_000) return `${WHOLE.format(milliseconds)} ms`;
  if (size < 10_000) return `${TENTHS.format(milliseconds / 1_000)} s`;
  return shownAge(milliseconds);
}

/** A time that has passed, coarsely: now, 12 s, 3 min, 2 h. */
export function shownAge(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds / 1_000);
  if (seconds < 1) return 'now';
  if (seconds < 100) return `${WHOLE.format(Math.floor(seconds))} s`;
  if (seconds < 5_400) return `${WHOLE.format(seconds / 60)} min`;
  return seconds < 130_000 ? `${WHOLE.format(seconds / 3_600)} h` : `${WHOLE.format(seconds / 86_400)} d`;
}

/** How long ago something was. */
export function shownAgo(milliseconds: number): string {
  const age = shownAge(milliseconds);
  return age === 'now' ? 'now' : `${age} ago`;
}

/** The time of day, in this browser's zone. */
export function shownTime(atMs: number): string {
  return new Date(atMs).toLocaleTimeString('en-GB');
}

/** A part of the whole as percent. */
export function shownPart(part: number): string {
  return `${TENTHS.format(part * 100)} %`;
}

/** What a peer is to this region, in a word, and how that is to be taken. */
export function peerState({ status, fenced, differs }: PeerNow): {
  readonly word: string;
  readonly tone: 'good' | 'warning' | 'critical';
} {
  if (fenced) return { word: 'fenced', tone: 'critical' };
  if (status === 'suspected') return { word: 'not heard', tone: 'critical' };
  if (differs) return { word: 'differs', tone: 'critical' };
  return status === 'up' ? { word: 'up', tone: 'good' } : { word: 'not heard yet', tone: 'warning' };
}
