import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REGIONS, type RegionName } from '../e2e/cluster.ts';

/** Size of each region's disk, in mebibytes: enough for its books, and quickly full. */
const DISK_MIB = 16;

/** A small disk for each region's books. Needs root, to mount them. */
export class Books {
  readonly #folder = mkdtempSync(join(tmpdir(), 'headgate-chaos-'));

  constructor() {
    for (const region of REGIONS) {
      mkdirSync(this.of(region));
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MIB}m`, 'tmpfs', this.of(region)]);
    }
  }

  of(region: RegionName): string {
    return join(this.#folder, region);
  }

  /** Takes all the room that is left on a region's disk. */
  fill(region: RegionName): void {
    const { bavail, bsize } = statfsSync(this.of(region));
    writeFileSync(this.#filler(region), Buffer.alloc(bavail * bsize));
  }

  /** Gives it back. */
  free(region: RegionName): void {
    rmSync(this.#filler(region), { force: true });
  }

  /** Loses everything that a region wrote. */
  lose(region: RegionName): void {
    for (const name of readdirSync(this.of(region))) rmSync(join(this.of(region), name), { recursive: true });
  }

  /** Ends every disk and what was on it. */
  end(): void {
    for (const region of REGIONS) execFileSync('umount', ['-l', this.of(region)]);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #filler(region: RegionName): string {
    return join(this.of(region), 'filler');
  }
}
