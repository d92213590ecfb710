import type { Deployment, DeploymentDraft } from './cross-checks.ts';
import { milliseconds } from './field.ts';
import type { Findings } from './findings.ts';
import type { StoreSettings } from './settings.ts';

/** Settles what the nodes of a region share; undefined where a region is one process. */
export function compileStore(
  { kind, wait, redis }: Deployment['store'],
  pathOf: (pointer: string, written: string) => string,
): StoreSettings | undefined {
  if (kind === 'memory') return undefined;
  const { mode, servers, master, user, password, tls, timeout } = redis;
  const at = (name: 'caFile' | 'certFile' | 'keyFile') => {
    const written = tls[name];
    return written === undefined ? {} : { [name]: pathOf(`/store/redis/tls/${name}`, written) };
  };
  return {
    waitMs: milliseconds(wait),
    redis: {
      kind: mode,
      servers: servers.map((server) => {
        const { hostname, port } = new URL(`redis://${server}`);
        return { host: hostname, port: Number(port) };
      }),
      commandMs: milliseconds(timeout),
      ...(master !== undefined && { master }),
      ...(user !== undefined && { username: user }),
      ...(password !== undefined && { password }),
      ...(tls.enabled && { tls: { ...at('caFile'), ...at('certFile'), ...at('keyFile') } }),
    },
  };
}

/** Reports what is wrong between the fields of a store. */
export function checkStore({ store, node }: DeploymentDraft, findings: Findings): void {
  if (store?.kind !== 'redis') return;
  if (node !== undefined && node.name === undefined) {
    const hint = 'nodes that share a store are told apart by their names, such as us-east-1';
    findings.report('/node/name', { message: 'is missing', hint });
  }
  const { mode, master, tls } = store.redis ?? {};
  if (mode === 'sentinel' && master === undefined) {
    const hint = 'expected what the sentinels call the server, such as mymaster';
    findings.report('/store/redis/master', { message: 'is missing', hint });
  }
  if (tls !== undefined && (tls.certFile === undefined) !== (tls.keyFile === undefined)) {
    const missing = tls.certFile === undefined ? 'certFile' : 'keyFile';
    findings.report(`/store/redis/tls/${missing}`, {
      message: 'is missing',
      hint: 'certificate and key belong together',
    });
  }
}
