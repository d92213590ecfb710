import { unwatchFile, watchFile } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { Configuration } from '../../core/version.ts';
import type { Cancel, Log } from '../../ports.ts';

/** How often the files are looked at, in milliseconds. Looking survives renames and swapped links, which notifications do not. */
const LOOK_EVERY_MS = 500;

/** A configuration read anew, with its files; or everything that is wrong with it, as text. */
export type Reloaded =
  | { readonly ok: true; readonly configuration: Configuration }
  | { readonly ok: false; readonly problems: readonly string[] };

export type ReloadOptions = {
  readonly files: readonly string[];
  readonly load: () => Reloaded;
  /** What the cluster goes by now. */
  readonly current: () => Configuration;
  readonly publish: (configuration: Configuration) => void;
  readonly log: Log;
};

/** How reloads went since the start; `problem` says what is wrong while the newest one failed. */
export type ReloadTally = { succeeded: number; failed: number; problem: string | undefined };

/**
 * Publishes the limits and members when a file that holds them changes. A file that is wrong changes nothing: the last good
 * configuration stays, and the log and the tally say so until the file is mended.
 */
export function watchConfiguration({ files, load, current, publish, log }: ReloadOptions): {
  readonly tally: Readonly<ReloadTally>;
  readonly stop: Cancel;
} {
  const tally: ReloadTally = { succeeded: 0, failed: 0, problem: undefined };
  const reload = () => {
    const loaded = load();
    if (!loaded.ok) {
      tally.failed += 1;
      tally.problem = loaded.problems[0] ?? 'unknown';
      log.error('config_reload_failed', { problems: loaded.problems, keeps: 'the last good configuration' });
      return;
    }
    tally.succeeded += 1;
    tally.problem = undefined;
    if (isSame(loaded.configuration, current())) {
      log.info('config_unchanged');
      return;
    }
    log.info('config_published', { limits: loaded.configuration.limits.length });
    publish(loaded.configuration);
  };
  const changed = () => reload();
  for (const file of files) watchFile(file, { interval: LOOK_EVERY_MS, persistent: false }, changed);
  return {
    tally,
    stop: () => {
      for (const file of files) unwatchFile(file, changed);
    },
  };
}

/** Whether two configurations mean the same; the order of members does not matter, that of limits does. */
function isSame(a: Configuration, b: Configuration): boolean {
  const byName = ({ members, limits, retired }: Configuration) => ({
    members: [...members].sort((x, y) => (x.region < y.region ? -1 : 1)),
    limits,
    retired: [...retired].sort(),
  });
  return isDeepStrictEqual(byName(a), byName(b));
}
