import type { Settings } from '../config/settings.ts';
import { nameOfRegion, namesOf } from '../transport/certificate-names.ts';
import type { MeshIdentity } from '../transport/mesh-identity.ts';
import { ownCertificate } from './access/certificate.ts';
import { systemClock } from './adapters/system/clock.ts';
import { type IdentityFigures, IdentityFiles, type IdentityPaths } from './adapters/tls/identity-files.ts';
import type { Log, SecureIdentity } from './ports.ts';

/** What a coordinator shows to whom; undefined where no TLS is spoken. */
export type Identities = {
  readonly http: SecureIdentity | undefined;
  readonly grpc: SecureIdentity | undefined;
  readonly mesh: MeshIdentity | undefined;
  /** Reads all files now. */
  reload(): void;
  figures(): readonly IdentityFigures[];
  /** What is wrong with the newest files of one of them; undefined while nothing is. */
  problem(): string | undefined;
  /** Stops looking at the files. */
  stop(): void;
};

/** Reads the certificates that the settings name, and exchanges them when they change. Throws where one cannot be used. */
export function openIdentities(settings: Settings, log: Log): Identities {
  const opened: IdentityFiles[] = [];
  const open = (purpose: string, paths: IdentityPaths | undefined) => {
    if (paths === undefined) return undefined;
    const files = new IdentityFiles({ purpose, paths, log, now: () => systemClock.now().wallMs });
    opened.push(files);
    return files;
  };
  const { http, grpc, transport } = settings;
  const identities = {
    http: open('http', http.tls),
    grpc: open('grpc', grpc?.tls),
    mesh: meshIdentity(settings, open('mesh', transport.kind === 'mesh' ? transport.tls : undefined), log),
  };
  const cancels = opened.map((files) => files.watch());
  return {
    ...identities,
    reload: () => {
      for (const files of opened) files.reload();
    },
    figures: () => opened.map((files) => files.figures()),
    problem: () => opened.map((files) => files.figures().problem).find((problem) => problem !== undefined),
    stop: () => {
      for (const cancel of cancels) cancel();
    },
  };
}

function meshIdentity(
  { transport, environment, node }: Settings,
  files: IdentityFiles | undefined,
  log: Log,
): MeshIdentity | undefined {
  if (transport.kind !== 'mesh' || transport.tls === undefined || files === undefined) return undefined;
  const { identity: template } = transport.tls;
  const nameOf = (region: string) => nameOfRegion(template, region, environment);
  const warn = () => {
    const own = ownCertificate(files.current());
    if (own !== undefined && namesOf(own).has(nameOf(node.region))) return;
    const hint = 'peers will refuse what this region says';
    log.error('certificate_names_another_region', { purpose: 'mesh', expected: nameOf(node.region), hint });
  };
  warn();
  files.onChange(warn);
  return { current: () => files.current(), onChange: (listener) => files.onChange(listener), nameOf };
}
