import { unwatchFile, watchFile } from 'node:fs';
import { type Awaitable, andThen } from '../../awaitable.ts';
import type { Configuration } from '../../core/version.ts';
import type { Cancel, Log } from '../../ports.ts';

/** How often the files are looked at, in milliseconds. Looking survives renames and swapped links, which notifications do not. */
const LOOK_EVERY_MS = 500;

/** A bearer token as the configuration has it. */
type Token = { readonly name: string; readonly role: 'check' | 'read' | 'admin'; readonly hash: string };

/** What seals the frames between regions, as the configuration has it. */
type Keys = {
  readonly key: string;
  readonly acceptedKeys?: readonly string[];
  readonly signingKey?: string;
  readonly publicKeys?: Readonly<Record<string, readonly string[]>>;
};

/** A configuration read anew, with its files; or everything that is wrong with it, as text. */
export type Reloaded =
  | {
      readonly ok: true;
      readonly configuration: Configuration;
      /** Bearer tokens, which are this node's own affair; undefined leaves them as they are. */
      readonly tokens?: readonly Token[];
      /** What seals the frames between regions, likewise. */
      readonly keys?: Keys;
    }
  | { readonly ok: false; readonly problems: readonly string[] };

export type ReloadOptions = {
  readonly files: readonly string[];
  /** Reads the files; where that takes long, elsewhere. */
  readonly load: () => Awaitable<Reloaded>;
  /** Publishes what the files say; `unchanged` where that is nothing new. */
  readonly take: (configuration: Configuration) => 'published' | 'unchanged';
  readonly takeTokens: (tokens: readonly Token[]) => void;
  readonly takeKeys: (keys: Keys) => void;
  readonly log: Log;
};

/** How reloads went since the start; `problem` says what is wrong while the newest one failed. */
export type ReloadTally = { succeeded: number; failed: number; problem: string | undefined };

/**
 * Publishes the limits and members when a file that holds them changes. A file that is wrong changes nothing: the last good
 * configuration stays, and the log and the tally say so until the file is mended.
 */
export function watchConfiguration({ files, load, take, takeTokens, takeKeys, log }: ReloadOptions): {
  readonly tally: Readonly<ReloadTally>;
  /** Reads the files now. */
  readonly reload: () => void;
  readonly stop: Cancel;
} {
  const tally: ReloadTally = { succeeded: 0, failed: 0, problem: undefined };
  const takeIn = (loaded: Reloaded) => {
    if (!loaded.ok) {
      tally.failed += 1;
      tally.problem = loaded.problems[0] ?? 'unknown';
      log.error('config_reload_failed', { problems: loaded.problems, keeps: 'the last good configuration' });
      return;
    }
    tally.succeeded += 1;
    tally.problem = undefined;
    if (loaded.tokens !== undefined) takeTokens(loaded.tokens);
    if (loaded.keys !== undefined) takeKeys(loaded.keys);
    const limits = loaded.configuration.limits.length;
    if (take(loaded.configuration) === 'published') log.info('config_published', { limits });
    else log.info('config_unchanged');
  };
  const reload = oneAtATime(load, takeIn);
  const changed = () => reload();
  for (const file of files) watchFile(file, { interval: LOOK_EVERY_MS, persistent: false }, changed);
  return {
    tally,
    reload,
    stop: () => {
      reload.stop();
      for (const file of files) unwatchFile(file, changed);
    },
  };
}

/**
 * Reads and takes in, one reading at a time: what changes while the files are read makes them be read once more afterwards, so that what is
 * taken in last is what they say last.
 */
function oneAtATime(load: () => Awaitable<Reloaded>, takeIn: (loaded: Reloaded) => void) {
  let isReading = false;
  let isWanted = false;
  let isOver = false;
  const reload = (): void => {
    isWanted = true;
    if (isReading || isOver) return;
    isWanted = false;
    isReading = true;
    void andThen(loadOrTell(load), (loaded) => {
      isReading = false;
      if (isOver) return;
      takeIn(loaded);
      if (isWanted) reload();
    });
  };
  return Object.assign(reload, {
    stop: () => {
      isOver = true;
    },
  });
}

function loadOrTell(load: () => Awaitable<Reloaded>): Awaitable<Reloaded> {
  const loaded = load();
  if (!(loaded instanceof Promise)) return loaded;
  return loaded.catch((error: unknown) => ({
    ok: false,
    problems: [`the files could not be read: ${error}`],
  }));
}
