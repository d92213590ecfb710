import { X509Certificate } from 'node:crypto';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import type { RegionId } from '../crdt/index.ts';
import type { SecureIdentity } from '../src/ports.ts';
import { namesOf } from './certificate-names.ts';

/** What proves who is at either end of a connection between regions. */
export type MeshIdentity = SecureIdentity & {
  /** The name that the certificate of a region must be for. */
  nameOf(region: RegionId): string;
};

/** The oldest TLS that is spoken between regions: both ends are ours. */
const MIN_VERSION = 'TLSv1.3';

/** Names by connection: a certificate is taken apart once, not for each frame. */
const namesBySocket = new WeakMap<TLSSocket, ReadonlySet<string>>();

/** Options of a listener that lets in only those with a certificate of the same authorities. */
export function listenerOptions(identity: MeshIdentity) {
  return { ...contextOptions(identity), requestCert: true, rejectUnauthorized: true };
}

/** What is exchanged when the certificate is. */
export function contextOptions(identity: MeshIdentity) {
  const { cert, key, ca } = identity.current();
  return { cert, key, ca, minVersion: MIN_VERSION } as const;
}

/**
 * Options of connections to a region's listener: it must show that it is that region, under whatever address it was found. Addresses prove
 * nothing: who can answer under another's address cannot show its name.
 */
export function connectOptions(identity: MeshIdentity, region: RegionId) {
  const name = identity.nameOf(region);
  return {
    ...contextOptions(identity),
    rejectUnauthorized: true,
    checkServerIdentity: (_host: string, { raw }: PeerCertificate) =>
      namesOf(new X509Certificate(raw)).has(name) ? undefined : new NamesakeError(region, name),
  };
}

/** Whether who is at the other end of a connection has shown to be `region`. */
export function isShownBy(socket: TLSSocket, region: RegionId, identity: MeshIdentity): boolean {
  let names = namesBySocket.get(socket);
  if (names === undefined) {
    const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
    names = certificate === undefined ? new Set() : namesOf(certificate);
    namesBySocket.set(socket, names);
  }
  return names.has(identity.nameOf(region));
}

/** What answers for a region has a certificate of the right authority, for somebody else. */
class NamesakeError extends Error {
  override readonly name = 'NamesakeError';
  readonly code = 'WRONG_CERTIFICATE_NAME';

  constructor(region: RegionId, name: string) {
    super(`the certificate that ${region} shows is not for ${name}`);
  }
}
