import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { expiryOf, type Identity, problemOf } from '../../access/certificate.ts';
import type { Cancel, Log, SecureIdentity } from '../../ports.ts';

/** How often the files are looked at, in milliseconds. Looking survives renames and swapped links, which notifications do not. */
const LOOK_EVERY_MS = 500;

/** Largest file in bytes; a bundle of all public authorities is a fourth of it. */
const FILE_BYTES_MAX = 1024 * 1024;

/** Where an identity lies, as absolute paths. */
export type IdentityPaths = {
  readonly certFile: string;
  readonly keyFile: string;
  readonly caFile?: string | undefined;
};

export type IdentityFilesOptions = {
  /** What it is for, in the log and in metrics: `http`, `grpc` or `mesh`. */
  readonly purpose: string;
  readonly paths: IdentityPaths;
  readonly log: Log;
  /** Wall time in milliseconds. */
  readonly now: () => number;
};

/** How exchanges went since the start, for metrics and health. */
export type IdentityFigures = {
  readonly purpose: string;
  readonly succeeded: number;
  readonly failed: number;
  /** When the certificate in use runs out, in milliseconds of wall time. */
  readonly expiresMs: number;
  /** What is wrong with the newest files; undefined while those in use are the newest. */
  readonly problem: string | undefined;
};

/**
 * A certificate, its key and the authorities it trusts, read from files and exchanged when those change, or at once by `reload`. Files
 * that cannot be used, or whose certificate has run out, change nothing: what was good stays in use, and the log and the figures say so.
 * The constructor throws when there is nothing good to begin with.
 */
export class IdentityFiles implements SecureIdentity {
  readonly #options: IdentityFilesOptions;
  readonly #listeners = new Set<() => void>();
  #identity: Identity;
  #succeeded = 0;
  #failed = 0;
  #problem: string | undefined;

  constructor(options: IdentityFilesOptions) {
    this.#options = options;
    const read = readIdentity(options.paths);
    if (typeof read === 'string') throw new Error(`the certificate for ${options.purpose}: ${read}`);
    this.#identity = read;
    if ((expiryOf(read) ?? 0) <= options.now())
      options.log.warn('certificate_expired', { purpose: options.purpose, file: options.paths.certFile });
  }

  current(): Identity {
    return this.#identity;
  }

  onChange(listener: () => void): Cancel {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Looks at the files from now on until cancelled. */
  watch(): Cancel {
    const { certFile, keyFile, caFile } = this.#options.paths;
    const files = [...new Set([certFile, keyFile, caFile].filter((file) => file !== undefined))];
    const changed = () => this.reload();
    for (const file of files) watchFile(file, { interval: LOOK_EVERY_MS, persistent: false }, changed);
    return () => {
      for (const file of files) unwatchFile(file, changed);
    };
  }

  /** Reads the files now, and exchanges what is in use if they hold something good that is new. */
  reload(): void {
    const { purpose, paths, log, now } = this.#options;
    const read = readIdentity(paths);
    const problem =
      typeof read === 'string'
        ? read
        : (expiryOf(read) ?? 0) <= now()
          ? `${paths.certFile} has run out`
          : undefined;
    if (problem !== undefined || typeof read === 'string') {
      this.#failed += 1;
      this.#problem = `${purpose} keeps its certificate: ${problem}`;
      log.error('certificate_reload_failed', { purpose, problem, keeps: 'the certificate that is in use' });
      return;
    }
    this.#problem = undefined;
    if (isSame(read, this.#identity)) return;
    this.#identity = read;
    this.#succeeded += 1;
    for (const listener of this.#listeners) listener();
    log.info('certificate_reloaded', { purpose, expires: new Date(expiryOf(read) ?? 0).toISOString() });
  }

  figures(): IdentityFigures {
    return {
      purpose: this.#options.purpose,
      succeeded: this.#succeeded,
      failed: this.#failed,
      expiresMs: expiryOf(this.#identity) ?? 0,
      problem: this.#problem,
    };
  }
}

/** What the files hold, or what is wrong with them. */
function readIdentity({ certFile, keyFile, caFile }: IdentityPaths): Identity | string {
  const files = { cert: certFile, key: keyFile, ca: caFile };
  const read: { cert?: Buffer; key?: Buffer; ca?: Buffer } = {};
  for (const [field, file] of Object.entries(files)) {
    if (file === undefined) continue;
    const content = contentOf(file);
    if (typeof content === 'string') return content;
    read[field as keyof Identity] = content;
  }
  const identity = { cert: read.cert ?? Buffer.of(), key: read.key ?? Buffer.of(), ca: read.ca };
  const problem = problemOf(identity);
  return problem === undefined ? identity : `${files[problem.field]} ${problem.message}`;
}

function contentOf(file: string): Buffer | string {
  try {
    const content = readFileSync(file);
    return content.byteLength <= FILE_BYTES_MAX ? content : `${file} is larger than 1 MiB`;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return `${file} cannot be read (${code})`;
  }
}

function isSame(one: Identity, other: Identity): boolean {
  const isEqual = (a: Buffer | undefined, b: Buffer | undefined) =>
    a === b || (a && b && a.equals(b)) === true;
  return isEqual(one.cert, other.cert) && isEqual(one.key, other.key) && isEqual(one.ca, other.ca);
}
