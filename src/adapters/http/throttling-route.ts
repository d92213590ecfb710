import type { FastifyInstance } from 'fastify';
import { andThen } from '../../awaitable.ts';
import { type FieldProblem, HeadgateError } from '../../errors.ts';
import type { ShortKey } from '../../watch/throttling/causes.ts';
import type { Throttling } from '../../watch/throttling/history.ts';
import { THROTTLING_KEYS_MAX, THROTTLING_SINCE_MS_MAX } from './bounds.ts';
import { invalidRequest } from './check-input.ts';
import { unknownField } from './check-schema.ts';
import type { HttpContext } from './context.ts';
import { GET_THROTTLING } from './document/throttling-operations.ts';
import { describe, echo } from './plain-text.ts';
import type { Query } from './query.ts';

const NAMES = ['limit', 'since'];

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000 };

/** Adds `/v1/throttling`: which limits denied, which keys, and why. */
export function addThrottlingRoute(server: FastifyInstance, context: HttpContext): void {
  const { region, coordinator, clock, throttling } = context;
  server.get('/v1/throttling', { schema: GET_THROTTLING }, async (request) => {
    const { limit, sinceMs } = readQuery(request.query as Query);
    const toMs = Math.floor(clock.now().wallMs);
    const fromMs = toMs - sinceMs;
    if (limit === undefined) {
      const limits = throttling.all(fromMs, toMs).map((each) => ({ ...entryOf(each), keys: each.keys }));
      return { region, fromMs, toMs, limits };
    }
    if (!coordinator.view().limits.some(({ spec }) => spec.name === limit))
      throw new HeadgateError('unknown_limit');
    const found = throttling.of(limit, fromMs, toMs);
    const keys = await withUsage(context, limit, found.keys);
    return { region, fromMs, toMs, limits: [{ ...entryOf(found), keys }] };
  });
}

/** Throws `HeadgateError` `invalid_request` with every parameter that is not right. */
function readQuery({ values, repeated, malformed }: Query): {
  readonly limit: string | undefined;
  readonly sinceMs: number;
} {
  const problems: FieldProblem[] = [...values.keys()]
    .filter((name) => !NAMES.includes(name))
    .map((name) => unknownField(name, NAMES));
  for (const name of new Set(repeated))
    problems.push({ field: echo(name).slice(1, -1), detail: 'must be given once' });
  for (const pair of malformed) {
    const field = echo(pair.split('=', 1)[0] ?? '').slice(1, -1);
    problems.push({ field, detail: 'must be percent-encoded UTF-8' });
  }
  const since = values.get('since');
  const [, count, unit = ''] = /^(\d{1,4})([sm])$/.exec(since ?? '15m') ?? [];
  const sinceMs = Number(count) * (UNIT_MS[unit] ?? Number.NaN);
  if (!(sinceMs >= 1_000 && sinceMs <= THROTTLING_SINCE_MS_MAX))
    problems.push({ field: 'since', detail: `must be a time from 1s to 15m, not ${describe(since)}` });
  if (problems.length > 0) throw invalidRequest(problems);
  return { limit: values.get('limit'), sinceMs };
}

/** The hottest keys with what every region has used of them in the current window, and may use. */
async function withUsage(
  { coordinator }: HttpContext,
  limit: string,
  keys: readonly ShortKey[],
): Promise<readonly unknown[]> {
  return Promise.all(
    keys.map((each, at) => {
      if (at >= THROTTLING_KEYS_MAX) return each;
      return andThen(coordinator.usage(limit, each.key), (usage) => {
        const byRegion = usage?.windows[0]?.byRegion ?? [];
        return { ...each, byRegion: byRegion.map((part) => ({ ...part, share: rounded(part.share) })) };
      });
    }),
  );
}

function entryOf({ seconds, keys: _, ...throttling }: Throttling): object {
  const { episodes } = throttling;
  return {
    ...throttling,
    episodes: episodes.map((episode) => ({ ...episode, byShare: rounded(episode.byShare) })),
    seconds: seconds.map(({ byShare: _share, byWorld: _world, ...second }) => second),
  };
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
