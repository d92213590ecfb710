import type { RegionId } from '../../crdt/index.ts';
import type { Limit } from '../core/limit.ts';
import {
  adoptedAt,
  type Configuration,
  compileVersion,
  type Version,
  type VersionId,
} from '../core/version.ts';
import type { RegionView } from '../core/view.ts';

/** A version as a speaker tells of it; its content only to who does not have it yet. */
export type ToldVersion = {
  readonly id: VersionId;
  readonly fingerprint: string;
  readonly configuration: Configuration | undefined;
  readonly adopted: readonly (readonly [region: RegionId, epoch: number])[];
  readonly told: boolean;
};

/** How things stand in a region, as its speaker tells the other nodes. */
export type ToldState = {
  readonly view: RegionView;
  readonly versions: readonly ToldVersion[];
  readonly isInformed: boolean;
};

/** What the speaker tells, to a node that has these contents already. */
export function toldVersions(versions: readonly Version[], known: readonly string[]): ToldVersion[] {
  return versions.map(({ id, fingerprint, configuration, adopted, told }) => ({
    id,
    fingerprint,
    configuration: known.includes(fingerprint) ? undefined : configuration,
    adopted: [...adopted],
    told,
  }));
}

/** The configuration versions that a node goes by, as its speaker told them; its own files' until it did. */
export class Versions {
  readonly #region: RegionId;
  #versions: readonly Version[];

  constructor(region: RegionId, configuration: Configuration) {
    this.#region = region;
    this.#versions = [compileVersion([0, ''], configuration)];
  }

  get all(): readonly Version[] {
    return this.#versions;
  }

  /** Fingerprints of those whose content is here. */
  known(): string[] {
    return this.#versions.map(({ fingerprint }) => fingerprint);
  }

  /** Takes in what was told; nothing changes where the content of one is missing. */
  take(told: readonly ToldVersion[]): void {
    const taken: Version[] = [];
    for (const each of told) {
      const known = this.#versions.find(({ fingerprint }) => fingerprint === each.fingerprint);
      const configuration = each.configuration ?? known?.configuration;
      if (configuration === undefined) return;
      const version = compileVersion(each.id, configuration);
      for (const [region, epoch] of each.adopted) version.adopted.set(region, epoch);
      version.told = each.told;
      taken.push(version);
    }
    if (taken.length > 0) this.#versions = taken;
  }

  /** The one in force in an epoch. */
  at(epoch: number): Version | undefined {
    return this.#versions[adoptedAt(this.#versions, this.#region, epoch)] ?? this.#versions[0];
  }

  /** The limit of that name that is in force in an epoch. */
  limit(name: string, epoch: number): Limit | undefined {
    return this.at(epoch)?.limits.get(name);
  }
}
