import { join } from 'node:path';
import { EPOCH_MS } from '../src/bounds.ts';
import type { Timing } from '../src/core/cluster.ts';
import type { LimitSpec } from '../src/core/limit.ts';
import type { Deployment } from './cross-checks.ts';
import { milliseconds } from './field.ts';
import { compileGateway } from './gateway-presets.ts';
import { parseQuota } from './quota.ts';
import type {
  KeySettings,
  NatsLoginSettings,
  NatsTlsSettings,
  RegionSettings,
  Settings,
} from './settings.ts';
import { compileStore } from './store-compile.ts';
import { compileListenerTls, compileMeshTls } from './tls-compile.ts';

/** How far ahead a region may fence another, in epochs: less than it may look ahead, so that own votes have the lead. */
const FENCE_LOOKAHEAD_EPOCHS = 2;

/** Milliseconds between deltas of counters that are running out, where nothing is said. */
const URGENT_DELTA_MS = 50;

/** What comes from outside the file itself. */
export type Resolved = {
  /** The secret of the cluster. */
  readonly key: string;
  /** The own region's private key in PEM, where it has one. */
  readonly signingKey: string | undefined;
  readonly limits: readonly LimitSpec[];
  /** The absolute path of the setting at that JSON pointer, where it was written. */
  readonly pathOf: (pointer: string, written: string) => string;
};

/** Settles the units of a deployment in which no problem was found. */
export function compile(deployment: Deployment, resolved: Resolved): Settings {
  const { environment, node, telemetry } = deployment;
  const regions = compileRegions(deployment.regions);
  const members = regions.filter((region) => region.enabled);
  return {
    environment,
    node: { region: node.region, name: node.name ?? node.region, listen: node.listen },
    http: {
      headers: deployment.http.headers,
      drainNoticeMs: milliseconds(deployment.http.drainNotice),
      ...compileListenerTls('/http/tls', deployment.http.tls, resolved.pathOf),
    },
    gateway: compileGateway(deployment.gateway),
    grpc: grpc(deployment, resolved),
    regions,
    members: members
      .map(({ name, weight, address }) => ({ region: name, weight, ...(address && { address }) }))
      .sort((a, b) => (a.region < b.region ? -1 : 1)),
    retired: deployment.regions.filter((region) => region.stopped).map(({ name }) => name),
    transport: deployment.transport.kind === 'mesh' ? mesh(deployment, resolved) : nats(deployment, resolved),
    timing: timing(deployment),
    limitsFile: resolved.pathOf('/limitsFile', deployment.limitsFile),
    limits: resolved.limits,
    journalDirectory:
      deployment.durability.journal === 'none'
        ? undefined
        : join(resolved.pathOf('/durability/directory', deployment.durability.directory), node.region),
    store: compileStore(deployment.store, resolved.pathOf),
    tokens: deployment.security.tokens,
    webhooks: deployment.alerts.webhooks,
    telemetry: { ...telemetry, tracing: tracing(telemetry) },
  };
}

function grpc({ grpc: { listen, tls } }: Deployment, { pathOf }: Resolved): Settings['grpc'] {
  if (listen.port === undefined) return undefined;
  return { host: listen.host, port: listen.port, ...compileListenerTls('/grpc/tls', tls, pathOf) };
}

function tracing({ tracing }: Deployment['telemetry']): Settings['telemetry']['tracing'] {
  const { exporter, endpoint, headers, sampler, sampleRatio } = tracing;
  return exporter === 'none' ? undefined : { endpoint, headers, sampler, sampleRatio };
}

function compileRegions(regions: Deployment['regions']): readonly RegionSettings[] {
  const thousandths = regions.map((region) => parseQuota(region.quota) ?? 0);
  // Plain quotas stay what they are; only as many decimals as are used make the weights larger.
  const unit = [1_000, 100, 10].find((unit) => thousandths.every((quota) => quota % unit === 0)) ?? 1;
  return regions.map(({ name, enabled, address }, index) => ({
    name,
    enabled,
    weight: (thousandths[index] ?? 0) / unit,
    address: address === undefined ? undefined : new URL(address).origin,
  }));
}

function keys({ regions, transport }: Deployment, { key, signingKey }: Resolved): KeySettings {
  const known = regions.flatMap(({ name, enabled, publicKeys }) =>
    enabled && publicKeys.length > 0 ? [[name, publicKeys] as const] : [],
  );
  return {
    key,
    ...(transport.acceptedKeys.length > 0 && { acceptedKeys: transport.acceptedKeys }),
    ...(known.length > 0 && { publicKeys: Object.fromEntries(known) }),
    ...(signingKey === undefined ? {} : { signingKey }),
  };
}

function mesh(deployment: Deployment, resolved: Resolved): Settings['transport'] {
  const { node, regions, transport } = deployment;
  const peers = regions.flatMap(({ name, enabled, address }) =>
    enabled && name !== node.region && address !== undefined
      ? [{ region: name, address: new URL(address).origin }]
      : [],
  );
  const { listen, tls } = transport.mesh;
  const secure = compileMeshTls('/transport/mesh/tls', tls, resolved.pathOf);
  return { kind: 'mesh', ...keys(deployment, resolved), listen, peers, ...secure };
}

function nats(deployment: Deployment, resolved: Resolved): Settings['transport'] {
  const { pathOf } = resolved;
  const { servers, user, password, token, credentialsFile, nkeySeedFile, tls } = deployment.transport.nats;
  const login: NatsLoginSettings | undefined =
    user !== undefined && password !== undefined
      ? { user, password }
      : token !== undefined
        ? { token }
        : credentialsFile !== undefined
          ? { credentialsFile: pathOf('/transport/nats/credentialsFile', credentialsFile) }
          : nkeySeedFile !== undefined
            ? { nkeySeedFile: pathOf('/transport/nats/nkeySeedFile', nkeySeedFile) }
            : undefined;
  return {
    kind: 'nats',
    ...keys(deployment, resolved),
    servers,
    ...(login === undefined ? {} : { login }),
    ...(tls.enabled ? { tls: compileTls(tls, pathOf) } : {}),
  };
}

function compileTls(
  tls: Deployment['transport']['nats']['tls'],
  pathOf: Resolved['pathOf'],
): NatsTlsSettings {
  const { caFile, certFile, keyFile, handshakeFirst } = tls;
  return {
    handshakeFirst,
    ...(caFile === undefined ? {} : { caFile: pathOf('/transport/nats/tls/caFile', caFile) }),
    ...(certFile === undefined ? {} : { certFile: pathOf('/transport/nats/tls/certFile', certFile) }),
    ...(keyFile === undefined ? {} : { keyFile: pathOf('/transport/nats/tls/keyFile', keyFile) }),
  };
}

function timing({ synchronisation, faultTolerance, cluster }: Deployment): Timing {
  const deltaMs = milliseconds(synchronisation.deltaInterval);
  const urgent = synchronisation.urgentDeltaInterval;
  return {
    heartbeatMs: milliseconds(faultTolerance.heartbeat),
    suspicionMs: milliseconds(faultTolerance.suspicion),
    deltaMs,
    urgentDeltaMs: urgent === undefined ? Math.min(URGENT_DELTA_MS, deltaMs) : milliseconds(urgent),
    digestMs: milliseconds(synchronisation.digestInterval),
    snapshotMs: milliseconds(synchronisation.fullSnapshotInterval),
    lookaheadEpochs: cluster.lookahead,
    fenceLookaheadEpochs: Math.min(FENCE_LOOKAHEAD_EPOCHS, cluster.lookahead),
    clockSlackEpochs: milliseconds(cluster.clockSlack) / EPOCH_MS,
  };
}
