import type { FastifyInstance } from 'fastify';
import { andThen } from '../../awaitable.ts';
import type { LimitView, PeerView, RegionView } from '../../core/view.ts';
import { type FieldProblem, HeadgateError } from '../../errors.ts';
import { invalidRequest } from './check-input.ts';
import { unknownField } from './check-schema.ts';
import type { HttpContext } from './context.ts';
import { GET_LIMIT, GET_LIMITS, GET_REGIONS, GET_USAGE } from './document/state-operations.ts';
import { addMetricsRoute } from './metrics-route.ts';
import type { Query } from './query.ts';

/** Adds what operators look at: `/metrics`, `/v1/regions`, `/v1/limits`, `/v1/limits/{name}` and `/v1/usage`. */
export function addStateRoutes(server: FastifyInstance, context: HttpContext): void {
  const { coordinator } = context;
  server.addHook('onSend', (_request, reply, _payload, done) => {
    reply.header('cache-control', 'no-store');
    done();
  });

  addMetricsRoute(server, context);

  server.get('/v1/regions', { schema: GET_REGIONS }, () => regionsOf(coordinator.view()));

  server.get('/v1/limits', { schema: GET_LIMITS }, () => ({
    limits: coordinator.view().limits.map(limitEntry),
  }));

  server.get<{ Params: { name: string } }>('/v1/limits/:name', { schema: GET_LIMIT }, ({ params }) => {
    const limit = coordinator.view().limits.find(({ spec }) => spec.name === params.name);
    if (limit === undefined) throw new HeadgateError('unknown_limit');
    return limitEntry(limit);
  });

  server.get('/v1/usage', { schema: GET_USAGE }, (request) => {
    const { limit, key = '' } = readUsageQuery(request.query as Query, coordinator.view().limits);
    return andThen(coordinator.usage(limit, key), (usage) => {
      if (usage === undefined) throw new HeadgateError('unknown_limit');
      return usage;
    });
  });
}

function regionsOf(view: RegionView): unknown {
  const total = view.weight + view.peers.reduce((sum, peer) => sum + peer.weight, 0);
  const { region, ledger, weight, owns, sitting, draining, degraded, epoch, incarnation, version, versions } =
    view;
  const self = { region, self: true, status: 'up', weight, share: shareOf(weight, total), ledger, owns };
  const peers = view.peers.map((peer) => ({
    ...measured(peer),
    self: false,
    share: shareOf(peer.weight, total),
  }));
  return {
    region,
    epoch,
    incarnation,
    sitting,
    draining,
    degraded,
    version,
    versions,
    regions: [self, ...peers],
  };
}

/** A peer with its times in whole microseconds: what lies below is noise that fills the screen. */
function measured(peer: PeerView): PeerView {
  const entries = Object.entries(peer).map(([name, value]) => [
    name,
    typeof value === 'number' ? rounded(value) : value,
  ]);
  return Object.fromEntries(entries) as PeerView;
}

/** A part of the whole, in millionths. */
function shareOf(weight: number, total: number): number {
  return Math.round((weight / total) * 1e6) / 1e6;
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

function limitEntry({ spec, bases, reclaimed, demand, ...numbers }: LimitView): unknown {
  return {
    ...spec,
    bases: Object.fromEntries(bases),
    reclaimed: Object.fromEntries(reclaimed.map(([region, permits]) => [region, rounded(permits)])),
    demand: rounded(demand),
    ...numbers,
  };
}

type UsageQuery = { readonly limit: string; readonly key: string | undefined };

/** Throws `HeadgateError` `invalid_request` with every parameter that is not right. */
function readUsageQuery({ values, repeated, malformed }: Query, limits: readonly LimitView[]): UsageQuery {
  const problems: FieldProblem[] = [...values.keys()]
    .filter((name) => name !== 'limit' && name !== 'key')
    .map((name) => unknownField(name, ['limit', 'key']));
  const limit = values.get('limit');
  if (repeated.length > 0) problems.push({ field: 'limit, key', detail: 'must be given once' });
  else if (malformed.length > 0)
    problems.push({ field: 'limit, key', detail: 'must be percent-encoded UTF-8' });
  else if (limit === undefined)
    problems.push({ field: 'limit', detail: 'is missing; it is the name of a limit' });
  const key = values.get('key');
  const found = limits.find(({ spec }) => spec.name === limit);
  if (found !== undefined) problems.push(...keyProblems(found, key));
  if (limit === undefined || problems.length > 0) throw invalidRequest(problems);
  return { limit, key };
}

/** A key that cannot be one of the limit's would be answered with zeros, as if nobody had used it. */
function keyProblems({ spec }: LimitView, key: string | undefined): FieldProblem[] {
  const names = Object.keys(spec.dimensions).filter((name) => spec.dimensions[name] === '*');
  names.sort();
  if (names.length === 0) {
    if (key === undefined || key === '') return [];
    return [{ field: 'key', detail: `must be left out: ${spec.name} has one counter for everything` }];
  }
  if (key !== undefined && key !== '') return [];
  const detail = `is missing; ${spec.name} has a counter for each ${names.join(',')}`;
  return [{ field: 'key', detail }];
}
