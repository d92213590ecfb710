import type { FastifyInstance } from 'fastify';
import type { LimitView, RegionView } from '../../core/view.ts';
import { type FieldProblem, HeadgateError } from '../../errors.ts';
import { unknownField } from './check-schema.ts';
import type { HttpContext } from './context.ts';
import type { Query } from './query.ts';

/** Adds what operators look at: `/metrics`, `/v1/regions`, `/v1/limits`, `/v1/limits/{name}` and `/v1/usage`. */
export function addStateRoutes(server: FastifyInstance, context: HttpContext): void {
  const { coordinator } = context;
  server.addHook('onSend', (_request, reply, _payload, done) => {
    reply.header('cache-control', 'no-store');
    done();
  });

  server.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await context.telemetry.scrape();
    return reply.header('content-type', contentType).send(text);
  });

  server.get('/v1/regions', () => regionsOf(coordinator.view()));

  server.get('/v1/limits', () => ({ limits: coordinator.view().limits.map(limitEntry) }));

  server.get<{ Params: { name: string } }>('/v1/limits/:name', ({ params }) => {
    const limit = coordinator.view().limits.find(({ spec }) => spec.name === params.name);
    if (limit === undefined) throw new HeadgateError('unknown_limit');
    return limitEntry(limit);
  });

  server.get('/v1/usage', (request) => {
    const { limit, key } = readUsageQuery(request.query as Query);
    const usage = coordinator.usage(limit, key);
    if (usage === undefined) throw new HeadgateError('unknown_limit');
    return usage;
  });
}

function regionsOf(view: RegionView): unknown {
  const total = view.weight + view.peers.reduce((sum, peer) => sum + peer.weight, 0);
  const { region, ledger, weight, owns, sitting, draining, degraded, epoch, incarnation, version, versions } =
    view;
  const self = { region, self: true, status: 'up', weight, share: weight / total, ledger, owns };
  const peers = view.peers.map((peer) => ({ ...peer, self: false, share: peer.weight / total }));
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

function limitEntry({ spec, bases, ...numbers }: LimitView): unknown {
  return { ...spec, bases: Object.fromEntries(bases), ...numbers };
}

function readUsageQuery({ values, repeated, malformed }: Query): {
  readonly limit: string;
  readonly key: string;
} {
  const problems: FieldProblem[] = [...values.keys()]
    .filter((name) => name !== 'limit' && name !== 'key')
    .map((name) => unknownField(name, ['limit', 'key']));
  const limit = values.get('limit');
  if (limit === undefined) problems.push({ field: 'limit', detail: 'is missing; it is the name of a limit' });
  if (repeated.length > 0) problems.push({ field: 'limit, key', detail: 'must be given once' });
  if (malformed.length > 0) problems.push({ field: 'limit, key', detail: 'must be percent-encoded UTF-8' });
  if (limit === undefined || problems.length > 0) throw new HeadgateError('invalid_request', { problems });
  return { limit, key: values.get('key') ?? '' };
}
