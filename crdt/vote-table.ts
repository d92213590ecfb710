import type { RegionId } from './region-id.ts';

/** What a member says of a region for one epoch: it owns its leased units, or the others do. */
export type Vote = 'OWN' | 'FENCE';

/** A run of one voter's votes about one subject: one letter an epoch from `first` on, `O`, `F`, or `.` where none is known. */
export type VoteRun = readonly [voter: RegionId, subject: RegionId, first: number, letters: string];

/** What recording a vote did. `conflict` means that a voter broke write-once: both votes stand and the caller raises the alarm. */
export type Recorded = 'new' | 'known' | 'conflict';

type Ballot = { readonly OWN: Set<RegionId>; readonly FENCE: Set<RegionId> };

/**
 * Write-once votes by (voter, subject, epoch), merged by union. A row belongs to its voter; this table stores and counts,
 * the voter's own rule of never voting twice is kept where votes are made.
 */
export class VoteTable {
  readonly #epochs = new Map<number, Map<RegionId, Ballot>>();

  /** Joins one vote. */
  record(voter: RegionId, subject: RegionId, epoch: number, vote: Vote): Recorded {
    const ballot = this.#ballot(epoch, subject);
    if (ballot[vote].has(voter)) return 'known';
    ballot[vote].add(voter);
    return ballot[vote === 'OWN' ? 'FENCE' : 'OWN'].has(voter) ? 'conflict' : 'new';
  }

  /** How many members are known to have voted so. */
  count(subject: RegionId, epoch: number, vote: Vote): number {
    return this.#epochs.get(epoch)?.get(subject)?.[vote].size ?? 0;
  }

  /** How many of `voters` are known to have voted so. */
  countAmong(voters: ReadonlySet<RegionId>, subject: RegionId, epoch: number, vote: Vote): number {
    let count = 0;
    for (const voter of this.#epochs.get(epoch)?.get(subject)?.[vote] ?? [])
      if (voters.has(voter)) count += 1;
    return count;
  }

  /** Whether that member is known to have voted so. */
  has(voter: RegionId, subject: RegionId, epoch: number, vote: Vote): boolean {
    return this.#epochs.get(epoch)?.get(subject)?.[vote].has(voter) ?? false;
  }

  /** Forgets every epoch below `epoch` that `keep` does not ask for. */
  forgetBelow(epoch: number, keep: (epoch: number) => boolean): void {
    for (const known of this.#epochs.keys()) if (known < epoch && !keep(known)) this.#epochs.delete(known);
  }

  /** The epochs about which anything is known, in no order. */
  epochs(): Iterable<number> {
    return this.#epochs.keys();
  }

  /** All votes known from epoch `from` up to `to`, as one run per voter and subject, sorted so that equal tables print alike. */
  runs(from: number, to: number): VoteRun[] {
    const letters = new Map<string, { voter: RegionId; subject: RegionId; run: string[] }>();
    if (to < from) return [];
    for (const [epoch, subjects] of this.#epochs) {
      if (epoch < from || epoch > to) continue;
      for (const [subject, ballot] of subjects) {
        for (const vote of ['OWN', 'FENCE'] as const) {
          for (const voter of ballot[vote]) {
            const name = `${voter} ${subject}`;
            const row = letters.get(name) ?? {
              voter,
              subject,
              run: new Array<string>(to - from + 1).fill('.'),
            };
            row.run[epoch - from] = vote === 'OWN' ? 'O' : 'F';
            letters.set(name, row);
          }
        }
      }
    }
    return [...letters]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { voter, subject, run }]) => [voter, subject, from, run.join('')] as const);
  }

  #ballot(epoch: number, subject: RegionId): Ballot {
    let subjects = this.#epochs.get(epoch);
    if (subjects === undefined) {
      subjects = new Map();
      this.#epochs.set(epoch, subjects);
    }
    let ballot = subjects.get(subject);
    if (ballot === undefined) {
      ballot = { OWN: new Set(), FENCE: new Set() };
      subjects.set(subject, ballot);
    }
    return ballot;
  }
}
