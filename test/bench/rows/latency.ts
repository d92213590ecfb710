import { inTurns, median, ratios, written } from '../figures.ts';
import { type Loaded, load } from '../load.ts';
import { ServerProcess, withServers } from '../pinned.ts';
import type { Effort, Line, Row } from '../row.ts';
import { TENANTS } from '../workload.ts';

/** Connections of callers who do not know of each other, each with pauses between its requests. */
const CALLERS = 128;

/** Latency at half of what one worker can do. */
export const latency: Row = {
  name: 'latency',
  what:
    '`POST /check` at half of the rate that saturates Headgate, from 128 connections that pause at random, against the bare server at the same ' +
    'rate. Latencies are of the requests that were sent; wrk does not make up for those that it would have sent meanwhile.',
  measure: ({ rounds, seconds }: Effort) =>
    withServers([ServerProcess.start('headgate'), ServerProcess.start('bare')], async (headgate, bare) => {
      const post = { kind: 'post', tenants: TENANTS } as const;
      await load(bare, { ...post, seconds: 1 });
      await load(headgate, { ...post, seconds: 1 });
      const { perSecond } = await load(headgate, { ...post, seconds });
      const pauseMs = (CALLERS * 1_000) / (perSecond / 2);
      const what = { ...post, seconds: 2 * seconds, connections: CALLERS, pauseMs };
      const of = await inTurns(rounds, {
        headgate: () => load(headgate, what),
        bare: () => load(bare, what),
      });
      return linesOf(of('headgate'), of('bare'));
    }),
};

function linesOf(ours: readonly Loaded[], theirs: readonly Loaded[]): readonly Line[] {
  const figures = (side: readonly Loaded[], name: keyof Loaded) => side.map((each) => each[name]);
  const against = (name: 'p99' | 'p999', atMost: number): Line => ({
    measure: `latency: ${name === 'p99' ? 'p99' : 'p99.9'} against bare node:http`,
    figures: ratios(figures(ours, name), figures(theirs, name)),
    unit: '×',
    target: { atMost },
    beside: `${written(median(figures(ours, name)))} and ${written(median(figures(theirs, name)))} ms`,
  });
  return [
    against('p99', 1.5),
    against('p999', 3),
    {
      measure: 'latency: the slowest request',
      figures: figures(ours, 'most'),
      unit: 'ms',
      target: { atMost: 20 },
      beside: `${written(median(figures(theirs, 'most')))} ms of bare node:http, at ${written(median(figures(ours, 'perSecond')))} a second`,
    },
  ];
}
