import type { FastifyInstance } from 'fastify';
import type { PeerView } from '../../core/view.ts';
import { UNAVAILABLE_RETRY_SECONDS } from './bounds.ts';
import { peerChecks, transportCheck } from './connection-checks.ts';
import type { HttpContext } from './context.ts';
import { GET_HEALTH, GET_LIVE, GET_READY } from './document/health-operations.ts';

/** The answer of `/health`. Only `status` is in capitals, so that `grep UP` finds what it looks for. */
export type Health = {
  readonly status: 'UP' | 'DEGRADED' | 'DOWN';
  readonly region: string;
  readonly checks: {
    /** Whether this process decides: `sitting_out` denies whatever needs permits. */
    readonly decisions: 'ok' | 'starting' | 'sitting_out' | 'draining';
    /** Whether the region may use its whole share now, or its floor only. */
    readonly share: 'whole' | 'floor';
    /** `ok`, or `disconnected` with why and what to do, where that is known. */
    readonly transport: string;
    /** `ok`, or what is wrong with the store that the region's nodes share; missing where the region is one process. */
    readonly store?: string;
    /** `up`, `suspected` or `unheard`; the latter two with why and what to do, where that is known. */
    readonly peers: Readonly<Record<string, string>>;
    /** `ok`, or what is wrong with the newest files; the last good configuration is in force. */
    readonly configuration: string;
  };
};

/** Adds `/health`, `/health/live` and `/health/ready`. */
export function addHealthRoutes(server: FastifyInstance, context: HttpContext): void {
  server.get('/health', { schema: GET_HEALTH }, (_request, reply) => {
    const health = healthOf(context);
    return reply
      .code(health.status === 'DOWN' ? 503 : 200)
      .header('cache-control', 'no-store')
      .send(health);
  });

  server.get('/health/live', { schema: GET_LIVE }, (_request, reply) =>
    reply.header('cache-control', 'no-store').send({ live: true }),
  );

  server.get('/health/ready', { schema: GET_READY }, (_request, reply) => {
    const { decisions } = healthOf(context).checks;
    reply.header('cache-control', 'no-store');
    if (decisions === 'ok') return reply.send({ ready: true });
    return reply
      .code(503)
      .header('retry-after', UNAVAILABLE_RETRY_SECONDS)
      .send({ ready: false, reason: decisions });
  });
}

/** What is wrong with the configuration, here or between regions. */
function configurationOf(
  peers: readonly PeerView[],
  problem: string | undefined,
  remark: string | undefined,
): string {
  const differing = peers.filter(({ differs }) => differs).map(({ region }) => region);
  if (problem !== undefined) return problem;
  if (differing.length > 0) return `differs from that of ${differing.join(', ')}`;
  return remark === undefined ? 'ok' : `ok: ${remark}`;
}

/** What keeps a server that does not plainly serve from being ready. */
const UNREADY = { starting: 'starting', draining: 'draining', stopping: 'draining' } as const;

/** How this region is, from memory. */
export function healthOf(context: HttpContext): Health {
  const { coordinator, phase, region, transportConnected, reloadProblem, storeCheck } = context;
  const diagnosis = context.transportDiagnosis?.();
  const view = coordinator.view();
  const now = phase();
  const store = storeCheck?.();
  const transport = transportCheck(transportConnected(), diagnosis);
  const decisions = now === 'serving' ? (view.sitting ? 'sitting_out' : 'ok') : UNREADY[now];
  const isWell =
    decisions === 'ok' &&
    transport === 'ok' &&
    (store === undefined || store === 'ok') &&
    !view.degraded &&
    reloadProblem() === undefined &&
    view.peers.every((peer) => peer.status === 'up');
  return {
    status: now !== 'serving' ? 'DOWN' : isWell ? 'UP' : 'DEGRADED',
    region,
    checks: {
      decisions,
      share: view.degraded ? 'floor' : 'whole',
      transport,
      ...(store !== undefined && { store }),
      peers: peerChecks(view.peers, diagnosis),
      configuration: configurationOf(view.peers, reloadProblem(), context.admin?.administration.fileRemark()),
    },
  };
}
