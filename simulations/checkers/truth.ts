import { type RegionId, VoteTable } from '../../crdt/index.ts';
import { hashedKey } from '../../src/core/counter.ts';
import { entitlement, type HashedKey, type Term } from '../../src/core/entitlement.ts';
import { amountOf, burstOf, type Limit } from '../../src/core/limit.ts';
import {
  compareVersions,
  compileVersion,
  stableAt,
  termsAt,
  type Version,
  type VersionId,
} from '../../src/core/version.ts';
import { trancheEpoch } from '../../src/core/window.ts';

/** A limit in one of its windows. */
export type WindowOf = { readonly limit: Limit; readonly windowId: number };

/** What nobody in the world knows all of: every vote that was cast, every version, and who adopts it from when on. */
export class Truth {
  readonly votes = new VoteTable();
  /** Oldest first. Adoptions are those that others may have heard of. */
  readonly versions: Version[] = [];
  /** Changes whenever a version or an adoption comes up. */
  stamp = 0;
  /** What the members call each version. */
  readonly #named = new Map<VersionId, VersionId>();
  /** What the members call 0 is this here, since they last began again. */
  #begun = 0;

  /** Everybody has lost all books, and members begin again with what their files say: what they tell from now on comes after all before. */
  beginAgain(): void {
    this.#begun = this.#afterAll();
    this.#named.clear();
  }

  /**
   * Takes in a version that somebody who is informed goes by, and gives the one that stands for it here. Where some that lost their books
   * go by their files, as version 0, while others that are no members any more still know better, it is the version with this content.
   */
  version(version: Version): Version {
    const same = this.versions.filter(({ fingerprint }) => fingerprint === version.fingerprint);
    const isTaken = [...this.#named.values()].some((name) => isSame(name, version.id));
    const known =
      same.findLast(({ id }) => isSame(this.#named.get(id), version.id)) ??
      (version.id[0] === 0 && isTaken ? same.at(-1) : undefined);
    if (known !== undefined) return known;
    // Somebody else may still go by the other version of this name.
    if (isTaken) this.#begun = this.#afterAll();
    const [number, publisher] = version.id;
    const copy = compileVersion([this.#begun + number, publisher], version.configuration);
    copy.told = true;
    this.#named.set(copy.id, version.id);
    this.versions.push(copy);
    this.versions.sort((a, b) => compareVersions(a.id, b.id));
    this.stamp += 1;
    return copy;
  }

  /** The adoption of a version that is known here. The earliest word of a region stands. */
  adopt(version: Version, region: RegionId, epoch: number): void {
    const known = version.adopted.get(region);
    if (known !== undefined && known <= epoch) return;
    version.adopted.set(region, epoch);
    this.stamp += 1;
  }

  /**
   * The most that may be admitted of a key in a window: its limit as the stable version of the window's epochs has it. Where tranches
   * come under different versions each counts for itself; where the stable version knows no such limit, nothing is promised.
   */
  most({ limit, windowId }: WindowOf, key: string): number {
    const governing = Array.from({ length: limit.windows.tranches }, (_, index) =>
      this.#governing(limit, trancheEpoch(limit.windows, windowId, index)),
    );
    const [first] = governing;
    if (governing.includes(undefined)) return Number.POSITIVE_INFINITY;
    if (governing.every((version) => version === first)) {
      const governed = first?.limits.get(limit.name);
      return governed === undefined ? 0 : amountOf(governed, key);
    }
    const hashed = hashedKey(key);
    return governing.reduce((sum, version, index) => sum + trancheOf(version, limit, { index, hashed }), 0);
  }

  /** The most units of a key that a bucket may hold, in any version that was ever told of. */
  burst(limit: Limit, key: string): number {
    const known = this.versions.flatMap(({ limits }) => {
      const each = limits.get(limit.name);
      return each?.id === limit.id ? [burstOf(each, key) * limit.unitsPerPermit] : [];
    });
    return known.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...known);
  }

  /** Whether the limit is there in every epoch of a window as the stable versions have it: it is neither new nor gone. */
  stands(about: WindowOf): boolean {
    return this.most(about, '') < Number.POSITIVE_INFINITY;
  }

  #afterAll(): number {
    return (this.versions.at(-1)?.id[0] ?? -1) + 1;
  }

  /** The stable version, if it knows the limit. */
  #governing(limit: Limit, epoch: number): Version | undefined {
    const stable = this.versions[stableAt(this.versions, epoch)];
    return stable !== undefined && knows(stable, limit) ? stable : undefined;
  }

  /** The versions that count for a region, by all that is known anywhere. */
  terms(region: RegionId, limit: Limit, epoch: number): readonly Version[] {
    return termsAt(this.versions, region, limit, epoch);
  }
}

function isSame(one: VersionId | undefined, other: VersionId): boolean {
  return one !== undefined && compareVersions(one, other) === 0;
}

function knows({ limits }: Version, { name, id }: Limit): boolean {
  return limits.get(name)?.id === id;
}

/** What all seats together hold of one tranche when everybody owns its share. */
function trancheOf(
  version: Version | undefined,
  { name, windows }: Limit,
  { index, hashed }: { readonly index: number; readonly hashed: HashedKey },
): number {
  const limit = version?.limits.get(name);
  if (version === undefined || limit === undefined) return 0;
  const { cluster } = limit;
  let sum = 0;
  for (const seat of cluster.seats) {
    const term: Term = { limit, cluster, seat, owned: true, fenced: [] };
    // The other tranches give nothing, so that what is left is this one's part.
    const tranches = Array.from({ length: windows.tranches }, (_, at) => ({
      epoch: at + 1,
      terms: at === index ? [term] : [],
    }));
    sum += entitlement({ limit, windowId: 0, tranches, afterEpoch: 0, uptoEpoch: tranches.length }, hashed);
  }
  return sum;
}
