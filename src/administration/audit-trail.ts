import type { Log } from '../ports.ts';
import { AUDIT_ENTRIES_MAX } from './bounds.ts';
import type { LineStore, OpenedStore } from './ports.ts';

/** Who asked for a change. */
export type Actor = {
  /** The name of the token, or what stands for the lack of one. */
  readonly name: string;
  readonly role: string;
  /** Undefined where nobody asked over the network. */
  readonly address: string | undefined;
};

/** One attempt to change something. */
export type AuditEntry = {
  readonly id: string;
  readonly atMs: number;
  readonly actor: Actor;
  readonly action: string;
  /** The limit, or the version, that it was about. */
  readonly target?: string;
  readonly environment: string;
  readonly from: string;
  /** The version that came of it. */
  readonly to?: string;
  /** `unknown` when the process ended before it was told: then the versions say what became of it. */
  readonly outcome: 'changed' | 'unchanged' | 'refused' | 'unknown';
  /** Why it was refused, from the table of errors. */
  readonly code?: string;
  readonly changes?: readonly string[];
  readonly comment?: string;
  readonly requestId: string;
};

/** A part of the audit log, oldest first. */
export type AuditPage = { readonly durable: boolean; readonly entries: readonly AuditEntry[] };

/** Who changed what, when, and how it went. An entry that is written again under its id replaces the earlier one. */
export class AuditTrail {
  readonly #store: LineStore;
  readonly #log: Log;
  readonly #entries = new Map<string, AuditEntry>();

  /** Goes on with what an earlier life left. */
  constructor({ store, found }: OpenedStore, log: Log) {
    this.#store = store;
    this.#log = log;
    for (const entry of found) if (isEntry(entry)) this.#keep(entry);
  }

  /** Resolves when the entry cannot be lost any more; rejects when it could not be written, and then it is not there. */
  async write(entry: AuditEntry): Promise<void> {
    await this.#store.append(entry);
    this.#keep(entry);
  }

  /** The same where nothing rests on it: a failure is logged. */
  async note(entry: AuditEntry): Promise<boolean> {
    try {
      await this.write(entry);
      return true;
    } catch (error) {
      this.#keep(entry);
      this.#log.error('audit_not_written', { action: entry.action, outcome: entry.outcome, error });
      return false;
    }
  }

  /** The newest entries, at most `limit`, of those not before `sinceMs`. */
  page({ sinceMs, limit }: { readonly sinceMs: number; readonly limit: number }): AuditPage {
    const entries = [...this.#entries.values()].filter(({ atMs }) => atMs >= sinceMs).slice(-limit);
    return { durable: this.#store.durable, entries };
  }

  #keep(entry: AuditEntry): void {
    this.#entries.set(entry.id, entry);
    if (this.#entries.size <= AUDIT_ENTRIES_MAX) return;
    for (const id of this.#entries.keys()) {
      this.#entries.delete(id);
      return;
    }
  }
}

function isEntry(value: unknown): value is AuditEntry {
  return typeof value === 'object' && value !== null && 'action' in value && 'id' in value && 'atMs' in value;
}
