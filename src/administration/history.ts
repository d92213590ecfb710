import { compareVersions, type VersionId } from '../core/version.ts';
import { HeadgateError } from '../errors.ts';
import type { Log } from '../ports.ts';
import { HISTORY_CHARS_MAX, HISTORY_VERSIONS_MAX, SUMMARY_LINES_MAX } from './bounds.ts';
import { type Content, differenceOf, summaryOf } from './diff.ts';
import type { KnownVersion, LimitsFormat, LineStore, OpenedStore } from './ports.ts';
import { versionName } from './version-name.ts';

/** Where a version came from, as far as this node knows. */
export type Origin = { readonly action: string; readonly by: string; readonly comment?: string };

/** One version that there was. */
export type Recorded = Origin & {
  readonly kind: 'version';
  readonly id: VersionId;
  readonly fingerprint: string;
  /** When this node published it or heard of it. */
  readonly atMs: number;
  /** What it changed from the one before it. */
  readonly changes: readonly string[];
  readonly content: Content;
};

type Entry = { readonly recorded: Recorded; readonly chars: number; readonly adopted: Map<string, number> };
type Adoption = {
  readonly kind: 'adopted';
  readonly version: string;
  readonly region: string;
  readonly epoch: number;
};

/** Versions beyond the bound that may gather before the oldest are dropped and the file is written anew. */
const SLACK = 25;

/** Lines that may gather before the file is written anew. */
const LINES_MAX = 5_000;

/** What was in force when, and by whom: bounded, and as durable as its store. */
export class VersionHistory {
  readonly #store: LineStore;
  readonly #format: LimitsFormat;
  readonly #log: Log;
  readonly #entries = new Map<string, Entry>();
  #chars = 0;
  #lines: number;

  /** Goes on with what an earlier life left. */
  constructor({ store, found }: OpenedStore, format: LimitsFormat, log: Log) {
    this.#store = store;
    this.#format = format;
    this.#log = log;
    this.#lines = found.length;
    for (const line of found as readonly (Recorded | Adoption)[]) {
      if (line?.kind === 'version') this.#keep(line);
      else if (line?.kind === 'adopted')
        this.#entries.get(line.version)?.adopted.set(line.region, line.epoch);
    }
  }

  get durable(): boolean {
    return this.#store.durable;
  }

  /** Oldest first. */
  entries(): readonly { readonly recorded: Recorded; readonly adopted: ReadonlyMap<string, number> }[] {
    return [...this.#entries.values()].sort((a, b) => compareVersions(a.recorded.id, b.recorded.id));
  }

  /** The version of a name, or of a number where only one has it. Throws `unknown_version`. */
  find(name: string): Recorded {
    const exact = this.#entries.get(name)?.recorded;
    if (exact !== undefined) return exact;
    const numbered = this.entries().filter(({ recorded }) => String(recorded.id[0]) === name);
    if (numbered.length === 1 && numbered[0] !== undefined) return numbered[0].recorded;
    if (numbered.length === 0) throw new HeadgateError('unknown_version');
    const names = numbered.map(({ recorded }) => versionName(recorded.id)).join(' and ');
    throw new HeadgateError('unknown_version', { detail: `There are ${names}; say which.` });
  }

  /** Where a version came from; undefined where that is not remembered. */
  originOf(id: VersionId, fingerprint: string): Origin | undefined {
    const recorded = this.#entries.get(versionName(id))?.recorded;
    if (recorded?.fingerprint !== fingerprint) return undefined;
    const { action, by, comment } = recorded;
    return { action, by, ...(comment !== undefined && { comment }) };
  }

  /** What a version holds, in the form of files. */
  contentOf({ configuration: { members, retired, limits } }: KnownVersion): Content {
    return {
      members,
      retired,
      limits: limits.map((limit) => this.#format.write(limit)),
    };
  }

  /** Takes in what the region knows; `origin` tells of versions that are new. Resolves when it is kept, as well as it can be. */
  async learn(versions: readonly KnownVersion[], origin: (version: KnownVersion) => Origin, atMs: number) {
    const lines: (Recorded | Adoption)[] = [];
    let before: Recorded | undefined;
    for (const version of versions) {
      const name = versionName(version.id);
      let entry = this.#entries.get(name);
      if (entry?.recorded.fingerprint !== version.fingerprint) {
        const content = this.contentOf(version);
        const changes = before === undefined ? [] : cut(summaryOf(differenceOf(before.content, content)));
        const { id, fingerprint } = version;
        const recorded: Recorded = {
          kind: 'version',
          id,
          fingerprint,
          atMs,
          ...origin(version),
          changes,
          content,
        };
        entry = this.#keep(recorded);
        lines.push(recorded);
      }
      for (const [region, epoch] of version.adopted) {
        if (entry.adopted.get(region) === epoch) continue;
        entry.adopted.set(region, epoch);
        lines.push({ kind: 'adopted', version: name, region, epoch });
      }
      before = entry.recorded;
    }
    await this.#write(lines);
  }

  #keep(recorded: Recorded): Entry {
    const name = versionName(recorded.id);
    this.#chars -= this.#entries.get(name)?.chars ?? 0;
    const entry = {
      recorded,
      chars: JSON.stringify(recorded.content).length,
      adopted: new Map<string, number>(),
    };
    this.#entries.set(name, entry);
    this.#chars += entry.chars;
    return entry;
  }

  async #write(lines: readonly (Recorded | Adoption)[]): Promise<void> {
    if (lines.length === 0) return;
    try {
      this.#lines += lines.length;
      if (this.#drop() || this.#lines > LINES_MAX) return await this.#rewrite();
      for (const line of lines) await this.#store.append(line);
    } catch (error) {
      this.#log.error('history_not_written', { error });
    }
  }

  /** Forgets the oldest beyond the bounds, never the newest; whether there was anything to forget. */
  #drop(): boolean {
    if (this.#entries.size <= HISTORY_VERSIONS_MAX + SLACK && this.#chars <= HISTORY_CHARS_MAX) return false;
    for (const { recorded } of this.entries().slice(0, -1)) {
      if (this.#entries.size <= HISTORY_VERSIONS_MAX && this.#chars <= HISTORY_CHARS_MAX * 0.75) break;
      const name = versionName(recorded.id);
      this.#chars -= this.#entries.get(name)?.chars ?? 0;
      this.#entries.delete(name);
    }
    return true;
  }

  async #rewrite(): Promise<void> {
    const lines = this.entries().flatMap(({ recorded, adopted }): (Recorded | Adoption)[] => [
      recorded,
      ...[...adopted].map(([region, epoch]) => {
        return { kind: 'adopted' as const, version: versionName(recorded.id), region, epoch };
      }),
    ]);
    this.#lines = lines.length;
    await this.#store.replace(lines);
  }
}

/** The first lines, and how many more there are. */
export function cut(lines: readonly string[]): readonly string[] {
  if (lines.length <= SUMMARY_LINES_MAX) return lines;
  return [...lines.slice(0, SUMMARY_LINES_MAX), `and ${lines.length - SUMMARY_LINES_MAX} more`];
}
