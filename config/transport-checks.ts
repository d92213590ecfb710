import type { DeploymentDraft } from './cross-checks.ts';
import type { Findings } from './findings.ts';

type NatsDraft = NonNullable<NonNullable<DeploymentDraft['transport']>['nats']>;

/** Reports what is wrong between the fields of the transport, as far as the fields themselves are sound. */
export function checkTransport({ transport }: DeploymentDraft, findings: Findings): void {
  if (transport === undefined) return;
  if (transport.key === undefined && transport.keyFile === undefined) {
    const hint = 'give the secret that all regions share in key, or the file that holds it in keyFile';
    findings.report('/transport/key', { message: 'is missing', hint });
  }
  if (transport.key !== undefined && transport.keyFile !== undefined) {
    findings.report('/transport/keyFile', { message: 'key is given as well', hint: 'keep one of them' });
  }
  if (transport.kind === 'nats' && transport.nats !== undefined) checkNats(transport.nats, findings);
}

function checkNats(nats: NatsDraft, findings: Findings): void {
  const logins = (['user', 'token', 'credentialsFile', 'nkeySeedFile'] as const).filter(
    (name) => nats[name] !== undefined,
  );
  for (const name of logins.slice(1)) {
    findings.report(`/transport/nats/${name}`, {
      message: `${logins[0]} is given as well`,
      hint: 'keep one of them',
    });
  }
  requireTogether(nats, ['user', 'password'], { path: '/transport/nats', findings });
  const tls = nats.tls ?? {};
  requireTogether(tls, ['certFile', 'keyFile'], { path: '/transport/nats/tls', findings });
  for (const name of ['caFile', 'certFile', 'keyFile'] as const) {
    if (tls[name] === undefined || tls.enabled !== false) continue;
    const hint = 'set enabled: true, or remove it';
    findings.report(`/transport/nats/tls/${name}`, { message: 'has no effect, as TLS is not enabled', hint });
  }
}

/** Reports listeners whose certificate or key is missing, and addresses that do not fit. */
export function checkTls({ http, grpc, transport, regions = [] }: DeploymentDraft, findings: Findings): void {
  for (const [path, tls] of [
    ['/http/tls', http?.tls],
    ['/grpc/tls', grpc?.tls],
  ] as const) {
    if (tls === undefined) continue;
    requireTogether(tls, ['certFile', 'keyFile'], { path, findings });
    if (tls.clientCaFile === undefined || tls.certFile !== undefined) continue;
    const hint = 'give certFile and keyFile too: only over TLS is a certificate shown';
    findings.report(`${path}/clientCaFile`, { message: 'has no effect without certFile', hint });
  }
  if (transport?.kind !== 'mesh' || transport.mesh?.tls === undefined) return;
  const { tls } = transport.mesh;
  const where = { path: '/transport/mesh/tls', findings };
  requireTogether(tls, ['certFile', 'keyFile'], where);
  requireTogether(tls, ['certFile', 'caFile'], where);
  const scheme = tls.certFile === undefined ? 'http' : 'https';
  for (const [index, region] of regions.entries()) {
    if (region?.address === undefined || region.enabled !== true) continue;
    if (new URL(region.address).protocol === `${scheme}:`) continue;
    const hint =
      scheme === 'https'
        ? 'write https, as transport.mesh.tls.certFile is given'
        : 'write http, or give transport.mesh.tls';
    findings.report(`/regions/${index}/address`, { message: `got ${region.address}`, hint });
  }
}

type Where = { readonly path: string; readonly findings: Findings };

function requireTogether<Group extends object>(
  group: Group,
  names: readonly [keyof Group & string, keyof Group & string],
  { path, findings }: Where,
): void {
  const missing = names.filter((name) => group[name] === undefined);
  if (missing.length !== 1) return;
  const given = names.find((name) => name !== missing[0]);
  findings.report(`${path}/${missing[0]}`, { message: 'is missing', hint: `expected, as ${given} is given` });
}
