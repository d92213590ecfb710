import { isLoopback } from '../src/access/loopback.ts';
import type { DeploymentDraft } from './cross-checks.ts';
import type { Findings } from './findings.ts';

/** Reports interfaces that anybody on the network could ask, unless that is said to be meant. */
export function checkOpenness({ node, http, grpc, security }: DeploymentDraft, findings: Findings): void {
  // Tokens that are not sound are a problem already; what they would protect is none.
  if (security === undefined || security.allowOpen !== false || security.tokens?.length !== 0) return;
  const listeners = [
    { path: '/node/listen/host', host: node?.listen?.host, serves: true, tls: http?.tls },
    {
      path: '/grpc/listen/host',
      host: grpc?.listen?.host,
      serves: grpc?.listen?.port !== undefined,
      tls: grpc?.tls,
    },
  ];
  for (const { path, host, serves, tls } of listeners) {
    if (!serves || tls?.clientCaFile !== undefined || host === undefined || isLoopback(host)) continue;
    findings.report(path, {
      message: `${host} can be reached from other machines, and nothing tells who asks`,
      hint: 'give security.tokens, or tls.clientCaFile, or set security.allowOpen: true where the network lets only those in who may ask',
    });
  }
}
