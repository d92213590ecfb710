import { createPrivateKey } from 'node:crypto';
import type { KeySettings, Settings } from '../config/settings.ts';
import { type Codec, createCodec } from '../transport/codec.ts';
import type { DiagnosedTransport } from '../transport/diagnosis.ts';
import type { SealKeys } from '../transport/seal.ts';
import type { Identities } from './identify.ts';
import type { Log } from './ports.ts';

/** What a transport needs besides its settings. */
export type Linked = {
  readonly log: Log;
  readonly identity: Identities['mesh'];
  /** What seals and opens its frames; takes other keys while it runs. */
  readonly codec: Codec;
};

/** The codec that the settings ask for. */
export function codecOf({ node, environment, transport }: Settings): Codec {
  return createCodec({ region: node.region, environment, ...sealKeysOf(transport) });
}

/** The transport that the settings ask for. Transports are loaded when they are wanted: each brings a client library that takes its time. */
export async function createTransport(
  { transport }: Settings,
  { log, identity, codec }: Linked,
): Promise<DiagnosedTransport> {
  if (transport.kind === 'nats') {
    const { NatsTransport } = await import('../transport/nats.ts');
    return new NatsTransport({ ...transport, codec, log });
  }
  const { MeshTransport } = await import('../transport/mesh.ts');
  const mesh = new MeshTransport({ codec, log, identity, ...transport.listen });
  mesh.setPeers(transport.peers.map(({ region, address }) => ({ region, url: address })));
  return mesh;
}

/** The keys of the settings as the transport takes them. Throws when the private key is none; the configuration has made sure of that. */
export function sealKeysOf({ key, acceptedKeys = [], signingKey, publicKeys = {} }: KeySettings): SealKeys {
  const bytesOf = (text: string) => Buffer.from(text, 'utf8');
  return {
    key: bytesOf(key),
    acceptedKeys: acceptedKeys.map(bytesOf),
    signingKey: signingKey === undefined ? undefined : createPrivateKey(signingKey),
    publicKeys: new Map(
      Object.entries(publicKeys).map(([region, keys]) => [
        region,
        keys.map((written) => Buffer.from(written.slice('ed25519:'.length), 'base64')),
      ]),
    ),
  };
}
