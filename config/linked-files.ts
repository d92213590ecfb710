import { dirname, isAbsolute, join, resolve } from 'node:path';
import { problemOf } from '../src/access/certificate.ts';
import type { LimitSpec } from '../src/core/limit.ts';
import type { DeploymentDraft } from './cross-checks.ts';
import { type ReadFile, readText } from './file-text.ts';
import type { Findings } from './findings.ts';
import { LIMITS_FILE_BYTES_MAX, type LimitsPlace, parseLimits } from './limits-file.ts';
import type { Path } from './path.ts';
import type { Problem } from './problem.ts';
import { isSigningKey } from './region-keys.ts';
import { isClusterKey } from './transport-schema.ts';

/** Largest file with a secret or a certificate in bytes. */
const SECRET_FILE_BYTES_MAX = 256 * 1024;

type Options = {
  /** The configuration file; paths that are written in it are relative to it, all others to the working directory. */
  readonly file: string | undefined;
  readonly readFile: ReadFile | undefined;
  readonly findings: Findings;
};

type IdentityDraft = {
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly caFile?: string | undefined;
  /** What the field of the authorities is called. */
  readonly ca: 'caFile' | 'clientCaFile';
};

type TransportDraft = DeploymentDraft['transport'];

/** The files that a configuration names. Each one that cannot be used is reported where it is named. */
export class LinkedFiles {
  readonly #options: Options;

  /** Reads files for one configuration. */
  constructor(options: Options) {
    this.#options = options;
  }

  /** The absolute path of the setting at `pointer`. */
  readonly pathOf = (pointer: Path, written: string): string => resolve(this.#shown(pointer, written));

  /** The secret of the cluster, from the configuration or from its file; undefined when a problem was reported. */
  clusterKey(transport: TransportDraft): string | undefined {
    if (transport?.keyFile === undefined) return transport?.key;
    const key = this.#text('/transport/keyFile', transport.keyFile, SECRET_FILE_BYTES_MAX)?.trim();
    if (key === undefined || isClusterKey(key)) return key;
    const message = `the file ${this.#shown('/transport/keyFile', transport.keyFile)} holds no key`;
    this.#options.findings.report('/transport/keyFile', {
      message,
      hint: 'expected text of 16 to 1024 bytes',
    });
    return undefined;
  }

  /** The own region's private key in PEM; undefined where there is none, or when a problem was reported. */
  signingKey(transport: TransportDraft): string | undefined {
    const at = '/transport/signingKeyFile';
    if (transport?.signingKeyFile === undefined) return undefined;
    const key = this.#text(at, transport.signingKeyFile, SECRET_FILE_BYTES_MAX);
    if (key === undefined || isSigningKey(key)) return key;
    this.#options.findings.report(at, {
      message: `the file ${this.#shown(at, transport.signingKeyFile)} holds no Ed25519 private key in PEM`,
      hint: 'make one with openssl genpkey -algorithm ed25519',
    });
    return undefined;
  }

  /** Makes sure that what is needed to log in at the NATS servers is there. */
  checkLogin(transport: TransportDraft): void {
    if (transport?.kind !== 'nats') return;
    const { credentialsFile, nkeySeedFile, tls } = transport.nats ?? {};
    const files = {
      '/transport/nats/credentialsFile': credentialsFile,
      '/transport/nats/nkeySeedFile': nkeySeedFile,
      '/transport/nats/tls/caFile': tls?.caFile,
      '/transport/nats/tls/certFile': tls?.certFile,
      '/transport/nats/tls/keyFile': tls?.keyFile,
    };
    for (const [pointer, written] of Object.entries(files)) {
      if (written !== undefined) this.#text(pointer, written, SECRET_FILE_BYTES_MAX);
    }
  }

  /** Makes sure that what listeners and peers show can be used. */
  checkIdentities({ http, grpc, transport }: DeploymentDraft): void {
    const mesh = transport?.kind === 'mesh' ? transport.mesh?.tls : undefined;
    this.#checkIdentity('/http/tls', { ...http?.tls, ca: 'clientCaFile', caFile: http?.tls?.clientCaFile });
    this.#checkIdentity('/grpc/tls', { ...grpc?.tls, ca: 'clientCaFile', caFile: grpc?.tls?.clientCaFile });
    this.#checkIdentity('/transport/mesh/tls', { ...mesh, ca: 'caFile' });
  }

  #checkIdentity(path: Path, { certFile, keyFile, caFile, ca }: IdentityDraft): void {
    if (certFile === undefined || keyFile === undefined) return;
    const fields = { cert: 'certFile', key: 'keyFile', ca } as const;
    const read = (field: string, written: string) => {
      const content = this.#text(`${path}/${field}`, written, SECRET_FILE_BYTES_MAX);
      return content === undefined ? undefined : Buffer.from(content);
    };
    const cert = read('certFile', certFile);
    const key = read('keyFile', keyFile);
    const authorities = caFile === undefined ? undefined : read(ca, caFile);
    // A file that cannot be read is a problem already.
    if (cert === undefined || key === undefined || (caFile !== undefined && authorities === undefined))
      return;
    const problem = problemOf({ cert, key, ca: authorities });
    if (problem === undefined) return;
    const file = { cert: certFile, key: keyFile, ca: caFile ?? '' }[problem.field];
    const pointer = `${path}/${fields[problem.field]}`;
    this.#options.findings.report(pointer, {
      message: `the file ${this.#shown(pointer, file)} ${problem.message}`,
    });
  }

  /** The limits, and the problems that the file has of its own. */
  limits(
    written: string | undefined,
    place: LimitsPlace,
  ): {
    readonly specs: readonly LimitSpec[];
    readonly problems: readonly Problem[];
  } {
    const text =
      written === undefined ? undefined : this.#text('/limitsFile', written, LIMITS_FILE_BYTES_MAX);
    if (written === undefined || text === undefined) return { specs: [], problems: [] };
    const result = parseLimits(text, this.#shown('/limitsFile', written), place);
    return result.ok ? { specs: result.limits, problems: [] } : { specs: [], problems: result.problems };
  }

  #text(pointer: Path, written: string, bytesMax: number): string | undefined {
    const file = this.#shown(pointer, written);
    const source = readText(file, bytesMax, this.#options.readFile);
    if ('text' in source) return source.text;
    const { wrong, hint } = source;
    const message = `the file ${file} ${wrong}`;
    this.#options.findings.report(pointer, hint === undefined ? { message } : { message, hint });
    return undefined;
  }

  #shown(pointer: Path, written: string): string {
    const { file, findings } = this.#options;
    const inFile = file !== undefined && findings.placeOf(pointer).origin === file;
    return inFile && !isAbsolute(written) ? join(dirname(file), written) : written;
  }
}
