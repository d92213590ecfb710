import { computed, effect, signal } from '@preact/signals';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { Frame } from '../watch/frame.ts';
import type { Happening } from '../watch/happening.ts';
import type { Snapshot } from '../watch/snapshot.ts';
import { problemOf, requestTo } from './api.ts';
import { remember, rememberRecent } from './samples.ts';
import { token } from './token.ts';

/** How it stands with the stream of events. `refused` waits for a token. */
export type Connection = {
  readonly state: 'connecting' | 'live' | 'lost' | 'refused';
  readonly because?: string;
};

/** Milliseconds without a word after which a connection is taken for dead: a word comes every second. */
const SILENT_MS = 5_000;

/** First and longest pause before another attempt, in milliseconds. */
const PAUSE_MS = 500;
const PAUSE_MS_MAX = 8_000;

/** Happenings that are kept: as many as a node tells. */
const HAPPENINGS_MAX = 200;

/** How it stands with the stream. */
export const connection = signal<Connection>({ state: 'connecting' });

/** The newest numbers; those of before, when the connection is lost. */
export const frame = signal<Frame | undefined>(undefined);

/** What happened, newest first. */
export const happenings = signal<readonly Happening[]>([]);

/** When something was heard last, by this browser's clock; and that clock, once a second. */
export const heardAtMs = signal(0);
export const nowMs = signal(Date.now());

/** The node's clock as it should be now. */
export const nodeNowMs = computed(() =>
  frame.value === undefined ? nowMs.value : frame.value.atMs + Math.max(0, nowMs.value - heardAtMs.value),
);

/** Whether what is shown is not what is: nothing was heard for a while. */
export const isStale = computed(
  () =>
    frame.value !== undefined && connection.value.state !== 'live' && nowMs.value - heardAtMs.value > 1_500,
);

/** Listens for as long as the page lives: comes again after every loss, and at once when the token changes. */
export function stayConnected(): void {
  setInterval(() => {
    nowMs.value = Date.now();
  }, 1_000);
  let turn = new AbortController();
  effect(() => {
    // Read, so that another token begins another turn.
    token.value;
    turn.abort();
    turn = new AbortController();
    void listenOn(turn.signal);
  });
}

async function listenOn(turn: AbortSignal): Promise<void> {
  let pauseMs = PAUSE_MS;
  while (!turn.aborted) {
    const end = await listenOnce(turn);
    if (turn.aborted) return;
    connection.value = end;
    if (end.state === 'refused') return;
    if (heardAtMs.peek() > Date.now() - SILENT_MS) pauseMs = PAUSE_MS;
    await pause(pauseMs);
    pauseMs = Math.min(PAUSE_MS_MAX, pauseMs * 2);
  }
}

/** One connection from its beginning to its end. */
async function listenOnce(turn: AbortSignal): Promise<Connection> {
  const silence = new AbortController();
  let watchdog = setTimeout(() => silence.abort(), SILENT_MS);
  try {
    const response = await fetch(requestTo('v1/events', AbortSignal.any([turn, silence.signal])));
    if (!response.ok) {
      const { status, message } = await problemOf(response);
      return { state: status === 401 || status === 403 ? 'refused' : 'lost', because: message };
    }
    const parser = createParser({ onEvent: take });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done = true, value = '' } = (await reader?.read()) ?? {};
      if (done) return { state: 'lost', because: 'The node has closed the connection.' };
      clearTimeout(watchdog);
      watchdog = setTimeout(() => silence.abort(), SILENT_MS);
      parser.feed(value);
    }
  } catch {
    return {
      state: 'lost',
      because: silence.signal.aborted ? 'The node is silent.' : 'The node does not answer.',
    };
  } finally {
    clearTimeout(watchdog);
  }
}

function take({ event, data }: EventSourceMessage): void {
  heardAtMs.value = Date.now();
  nowMs.value = heardAtMs.value;
  connection.value = { state: 'live' };
  const told: unknown = JSON.parse(data);
  if (event === 'happening') {
    happenings.value = [told as Happening, ...happenings.value].slice(0, HAPPENINGS_MAX);
  } else if (event === 'second') {
    frame.value = told as Frame;
    remember(frame.value);
  } else if (event === 'snapshot') {
    const snapshot = told as Snapshot;
    frame.value = snapshot.frame;
    happenings.value = snapshot.happenings.toReversed();
    rememberRecent(snapshot.recent);
    remember(snapshot.frame);
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
