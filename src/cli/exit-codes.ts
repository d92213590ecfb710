import type { StopSignal } from './signals.ts';

/** What the process ends with, so that scripts can tell; `headgate --help` lists them. */
export const EXIT = {
  ok: 0,
  /** Something could not be done: a port is taken, a child died. */
  failed: 1,
  /** The command line was wrong. */
  usage: 2,
  /** The configuration or the limits have problems, all of which were listed. */
  configuration: 3,
  /** A newer process with the same region's name took over. */
  superseded: 4,
  /** `health`: everybody answers, somebody is degraded. */
  degraded: 5,
  /** `health`: somebody is down or does not answer. */
  down: 6,
  /** `explain`: the request would be denied. */
  denied: 7,
  /** `limits`: others changed them since the version that the change was made to. */
  changed: 8,
  /** `limits`: there is no token, it is not known, or it has another role. */
  refused: 9,
} as const;

/** The code of a process that a signal ended at once. */
export function exitOfSignal(signal: StopSignal): number {
  return signal === 'SIGINT' ? 130 : 143;
}

/** The codes for `--help`. */
export const EXIT_HELP = `
Exit codes:
  0  done              1  failed            2  wrong arguments
  3  bad configuration 4  superseded by a newer process of the same region
  5  health: degraded  6  somebody is down or silent
  7  explain: would be denied
  8  limits: others changed them meanwhile
  9  limits: the token does not allow it
  130, 143  ended by a second SIGINT or SIGTERM`;
