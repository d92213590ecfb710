import type { FastifyInstance } from 'fastify';
import { andThen } from '../../awaitable.ts';
import type { HotKeyQuery, HotKeyView } from '../../core/view.ts';
import { type FieldProblem, HeadgateError } from '../../errors.ts';
import { invalidRequest } from './check-input.ts';
import { unknownField } from './check-schema.ts';
import type { HttpContext } from './context.ts';
import { GET_HOT_KEYS } from './document/state-operations.ts';
import { describe, echo } from './plain-text.ts';
import type { Query } from './query.ts';

const NAMES = ['limit', 'by'];

/** Adds `/v1/hot-keys`. */
export function addHotKeysRoute(server: FastifyInstance, { region, coordinator }: HttpContext): void {
  server.get('/v1/hot-keys', { schema: GET_HOT_KEYS }, (request) => {
    return andThen(coordinator.hotKeys(readQuery(request.query as Query)), (keys) => {
      if (keys === undefined) throw new HeadgateError('unknown_limit');
      return { region, keys: keys.map(entryOf) };
    });
  });
}

/** Throws `HeadgateError` `invalid_request` with every parameter that is not right. */
function readQuery({ values, repeated, malformed }: Query): HotKeyQuery {
  const problems: FieldProblem[] = [...values.keys()]
    .filter((name) => !NAMES.includes(name))
    .map((name) => unknownField(name, NAMES));
  for (const name of new Set(repeated))
    problems.push({ field: echo(name).slice(1, -1), detail: 'must be given once' });
  for (const pair of malformed) {
    const field = echo(pair.split('=', 1)[0] ?? '').slice(1, -1);
    problems.push({ field, detail: 'must be percent-encoded UTF-8' });
  }
  const by = values.get('by') ?? 'permits';
  if (by === 'permits' || by === 'denials') {
    if (problems.length === 0) return { limit: values.get('limit'), by };
  } else problems.push({ field: 'by', detail: `must be permits or denials, not ${describe(by)}` });
  throw invalidRequest(problems);
}

/** Demand and times in thousandths: what lies below is noise that fills the screen. */
function entryOf({ demand, refused, askedAgoMs, ...key }: HotKeyView): unknown {
  return {
    ...key,
    demand: rounded(demand),
    refused: rounded(refused),
    ...(askedAgoMs === undefined ? {} : { askedAgoMs: rounded(askedAgoMs) }),
  };
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
