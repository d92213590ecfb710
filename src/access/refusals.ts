import type { ErrorCode } from '../errors.ts';
import type { Log } from '../ports.ts';

/** What the log tells of refusals at most so often, in milliseconds, by interface and code: a guesser must not fill the disk. */
const TOLD_EVERY_MS = 10_000;

/** The interface that refused. */
type Interface = 'http' | 'grpc';

/** Why a caller was not let in. */
export type AccessCode = Extract<ErrorCode, 'token_missing' | 'token_invalid' | 'role_missing'>;

/** One refusal. Nothing in it is what the caller presented. */
export type Refused = {
  readonly interface: Interface;
  readonly code: AccessCode;
  /** The route or method that was asked for, as it is declared and not as it was written. */
  readonly route: string;
  readonly address: string;
};

/** How many were refused so far, by interface and code. */
export type RefusalCount = {
  readonly interface: Interface;
  readonly code: AccessCode;
  readonly count: number;
};

type Account = { count: number; told: number; toldMonoMs: number };

const CODES: readonly AccessCode[] = ['token_missing', 'token_invalid', 'role_missing'];

/** Whether an error is the refusal of a caller. */
export function isAccessCode(code: string): code is AccessCode {
  return (CODES as readonly string[]).includes(code);
}

/** Counts the callers that were not let in, and tells the log of them at a bounded rate: the newest one, and how many there were since. */
export class Refusals {
  readonly #log: Log;
  readonly #accounts = new Map<string, Account>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** Notes one refusal. */
  note(refused: Refused, monoMs: number): void {
    const key = `${refused.interface} ${refused.code}`;
    const account = this.#accounts.get(key) ?? { count: 0, told: 0, toldMonoMs: Number.NEGATIVE_INFINITY };
    this.#accounts.set(key, account);
    account.count += 1;
    if (monoMs - account.toldMonoMs < TOLD_EVERY_MS) return;
    this.#log.warn('caller_refused', {
      ...refused,
      count: account.count,
      since: account.count - account.told,
    });
    account.told = account.count;
    account.toldMonoMs = monoMs;
  }

  /** The counts as they are now; of both interfaces and every code, so that a rate has something to start from. */
  counts(): readonly RefusalCount[] {
    return (['http', 'grpc'] as const).flatMap((through) =>
      CODES.map((code) => ({
        interface: through,
        code,
        count: this.#accounts.get(`${through} ${code}`)?.count ?? 0,
      })),
    );
  }
}
