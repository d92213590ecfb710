import type { FastifyInstance } from 'fastify';
import type { PeerStatus, PeerView } from '../../core/view.ts';
import { UNAVAILABLE_RETRY_SECONDS } from './bounds.ts';
import type { HttpContext } from './context.ts';

/** The answer of `/health`. Only `status` is in capitals, so that `grep UP` finds what it looks for. */
export type Health = {
  readonly status: 'UP' | 'DEGRADED' | 'DOWN';
  readonly region: string;
  readonly checks: {
    /** Whether this process decides: `sitting_out` denies whatever needs permits. */
    readonly decisions: 'ok' | 'starting' | 'sitting_out' | 'draining';
    /** Whether the region may use its whole share now, or its floor only. */
    readonly share: 'whole' | 'floor';
    readonly transport: 'ok' | 'disconnected';
    readonly peers: Readonly<Record<string, PeerStatus>>;
    /** `ok`, or what is wrong with the newest files; the last good configuration is in force. */
    readonly configuration: string;
  };
};

/** Adds `/health`, `/health/live` and `/health/ready`. */
export function addHealthRoutes(server: FastifyInstance, context: HttpContext): void {
  server.get('/health', (_request, reply) => {
    const health = healthOf(context);
    return reply
      .code(health.status === 'DOWN' ? 503 : 200)
      .header('cache-control', 'no-store')
      .send(health);
  });

  server.get('/health/live', (_request, reply) =>
    reply.header('cache-control', 'no-store').send({ live: true }),
  );

  server.get('/health/ready', (_request, reply) => {
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
function configurationOf(peers: readonly PeerView[], problem: string | undefined): string {
  const differing = peers.filter(({ differs }) => differs).map(({ region }) => region);
  return problem ?? (differing.length === 0 ? 'ok' : `differs from that of ${differing.join(', ')}`);
}

/** How this region is, from memory. */
function healthOf({ coordinator, phase, region, transportConnected, reloadProblem }: HttpContext): Health {
  const view = coordinator.view();
  const now = phase();
  const transport = transportConnected() ? 'ok' : 'disconnected';
  const decisions = now !== 'serving' ? now : view.sitting ? 'sitting_out' : 'ok';
  const isWell =
    decisions === 'ok' &&
    transport === 'ok' &&
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
      peers: Object.fromEntries(view.peers.map((peer) => [peer.region, peer.status])),
      configuration: configurationOf(view.peers, reloadProblem()),
    },
  };
}
