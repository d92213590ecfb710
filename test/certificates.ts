import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { SecureIdentity } from '../src/ports.ts';

/** A certificate with its key, in files. */
export type Issued = { readonly certFile: string; readonly keyFile: string };

/** A certificate authority of the test's own. Keys are made when they are needed and gone when the test ends. */
export type Authority = Issued & {
  /** A certificate for these names, as openssl writes them, good for 30 days: `DNS:localhost,IP:127.0.0.1`. */
  issue(names: string): Issued;
};

/** Names of this machine. */
export const LOCAL_NAMES = 'DNS:localhost,IP:127.0.0.1';

/** Makes an authority in a folder of its own; removed when the test ends. */
export function authority(name = 'an authority'): Authority {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-tls-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const own = make(folder, 'ca', [
    ...['-subj', `/CN=${name}`, '-days', '30'],
    ...['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign'],
  ]);
  let issued = 0;
  return {
    ...own,
    issue(names) {
      issued += 1;
      return make(folder, `leaf-${issued}`, [
        ...['-CA', own.certFile, '-CAkey', own.keyFile, '-subj', `/CN=leaf ${issued}`, '-days', '30'],
        ...['-addext', `subjectAltName=${names}`, '-addext', 'basicConstraints=CA:FALSE'],
      ]);
    },
  };
}

/** An identity that the test exchanges. */
export function exchangeable(
  first: Issued,
  caFile?: string,
): SecureIdentity & { readonly exchange: (to: Issued) => void } {
  const read = ({ certFile, keyFile }: Issued) => ({
    cert: readFileSync(certFile),
    key: readFileSync(keyFile),
    ca: caFile === undefined ? undefined : readFileSync(caFile),
  });
  let now = read(first);
  const listeners = new Set<() => void>();
  return {
    current: () => now,
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    exchange: (to) => {
      now = read(to);
      for (const listener of listeners) listener();
    },
  };
}

function make(folder: string, name: string, options: readonly string[]): Issued {
  const issued = { certFile: join(folder, `${name}.pem`), keyFile: join(folder, `${name}.key`) };
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  execFileSync('openssl', [...request, '-out', issued.certFile, '-keyout', issued.keyFile, ...options], {
    stdio: 'pipe',
  });
  return issued;
}
