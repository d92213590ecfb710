import type { Deployment } from './cross-checks.ts';
import type { ListenerTlsSettings, MeshTlsSettings } from './settings.ts';

type PathOf = (pointer: string, written: string) => string;

/** What a listener shows, as a field to be spread; none where it speaks no TLS. */
export function compileListenerTls(
  at: string,
  { certFile, keyFile, clientCaFile }: Deployment['http']['tls'],
  pathOf: PathOf,
): { readonly tls?: ListenerTlsSettings } {
  if (certFile === undefined || keyFile === undefined) return {};
  const paths = { certFile: pathOf(`${at}/certFile`, certFile), keyFile: pathOf(`${at}/keyFile`, keyFile) };
  if (clientCaFile === undefined) return { tls: paths };
  return { tls: { ...paths, caFile: pathOf(`${at}/clientCaFile`, clientCaFile) } };
}

/** What regions show to each other, as a field to be spread; none where they speak no TLS. */
export function compileMeshTls(
  at: string,
  { certFile, keyFile, caFile, identity }: Deployment['transport']['mesh']['tls'],
  pathOf: PathOf,
): { readonly tls?: MeshTlsSettings } {
  if (certFile === undefined || keyFile === undefined || caFile === undefined) return {};
  return {
    tls: {
      certFile: pathOf(`${at}/certFile`, certFile),
      keyFile: pathOf(`${at}/keyFile`, keyFile),
      caFile: pathOf(`${at}/caFile`, caFile),
      identity,
    },
  };
}
