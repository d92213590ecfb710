import { experimental, ServerCredentials } from '@grpc/grpc-js';
import type { Cancel, SecureIdentity } from '../../ports.ts';

type Provider = experimental.CertificateProvider;

/** What a server shows and asks for: nothing without an identity; with one TLS, by whatever certificate is current. */
export function credentialsOf(identity: SecureIdentity | undefined): ServerCredentials {
  if (identity === undefined) return ServerCredentials.createInsecure();
  const provider = providerOf(identity);
  const asksForCertificates = identity.current().ca !== undefined;
  // The library has the first two the other way round in its types; only where nobody is asked for a certificate that makes a difference.
  return asksForCertificates
    ? experimental.createCertificateProviderServerCredentials(provider, provider, true)
    : experimental.createCertificateProviderServerCredentials(provider, null, false);
}

/** Tells each listener of the library what is current, and then of each exchange. */
function providerOf(identity: SecureIdentity): Provider {
  const cancels = new Map<unknown, Cancel>();
  const add = (listener: unknown, tell: () => void) => {
    cancels.set(listener, identity.onChange(tell));
    // What it is told while it asks to be told, the library forgets.
    queueMicrotask(tell);
  };
  const remove = (listener: unknown) => {
    cancels.get(listener)?.();
    cancels.delete(listener);
  };
  return {
    addCaCertificateListener: (listener) =>
      add(listener, () => {
        const { ca } = identity.current();
        listener(ca === undefined ? null : { caCertificate: ca });
      }),
    addIdentityCertificateListener: (listener) =>
      add(listener, () => {
        const { cert, key } = identity.current();
        listener({ certificate: cert, privateKey: key });
      }),
    removeCaCertificateListener: remove,
    removeIdentityCertificateListener: remove,
  };
}
