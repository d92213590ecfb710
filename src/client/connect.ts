import { PERMITS_MAX, SHAPES_MAX } from './bounds.ts';
import { type Clock, systemClock } from './clock.ts';
import { Coordinator, type Fetch } from './coordinator.ts';
import type { OnError } from './decisions.ts';
import { Limiter } from './limiter.ts';

export type { Decision, LimitedRequest, LimitState, Reason, Source } from './decision.ts';
export type { Limiter, LimiterStats } from './limiter.ts';
export { RequestProblem } from './problem.ts';
export type { Clock, Fetch };

/** How blocks of permits are taken. */
export type LeaseOptions = {
  /** Blocks are to last so long, in milliseconds, by the demand so far: 500 unless said otherwise. */
  readonly aheadMs?: number;
  /** Permits of one block, at most: 10,000 unless said otherwise. */
  readonly permitsMax?: number;
  /** What a kind of request holds is returned when none came for so long, in milliseconds: 1,000 unless said otherwise. */
  readonly idleMs?: number;
  /** Kinds of requests that blocks are held for at one time: 10,000 unless said otherwise. */
  readonly shapesMax?: number;
};

export type ConnectOptions = {
  /** The coordinator of this region, such as `http://127.0.0.1:8081`. */
  readonly url: string;
  /** A bearer token with the role `check`, where the coordinator wants one. */
  readonly token?: string;
  /** `false` asks the coordinator about every request. */
  readonly leases?: LeaseOptions | false;
  /** How long a question may take, in milliseconds: 250 unless said otherwise. */
  readonly timeoutMs?: number;
  /** What happens to requests while no coordinator can be asked and nothing is held: `closed`, which denies them, unless said otherwise. */
  readonly onError?: OnError;
  /** Stand in for the world in tests. */
  readonly fetch?: Fetch;
  readonly clock?: Clock;
};

/** A limiter that decides in this process as far as it can, and asks the coordinator at `url` where it cannot. Throws `TypeError` for options that are not right. */
export function connect(options: ConnectOptions): Limiter {
  const { token, leases = {}, timeoutMs = 250, onError = 'closed', clock = systemClock } = options;
  const { aheadMs = 500, permitsMax = 10_000, idleMs = 1_000, shapesMax = SHAPES_MAX } = leases || {};
  if (onError !== 'open' && onError !== 'closed') throw new TypeError('onError must be open or closed');
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token))
    throw new TypeError('token must be printable ASCII without spaces');
  const fetch = options.fetch ?? (globalThis.fetch as Fetch);
  const coordinator = new Coordinator({
    url: baseOf(options.url),
    token,
    timeoutMs: whole('timeoutMs', timeoutMs, 60_000),
    fetch,
    clock,
  });
  return new Limiter(coordinator, {
    aheadMs: whole('leases.aheadMs', aheadMs, 10_000),
    permitsMax: whole('leases.permitsMax', permitsMax, PERMITS_MAX),
    idleMs: whole('leases.idleMs', idleMs, 3_600_000),
    shapesMax: leases === false ? 0 : whole('leases.shapesMax', shapesMax, 100 * SHAPES_MAX),
    onError,
    clock,
  });
}

/** Where a coordinator is, without the slash at the end. */
function baseOf(url: string): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch (cause) {
    throw new TypeError(`url must be an address such as http://127.0.0.1:8081, not ${url}`, { cause });
  }
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:')
    throw new TypeError(`url must begin with http:// or https://, not ${parsed.protocol}//`);
  if (parsed.username !== '' || parsed.password !== '')
    throw new TypeError('url must have no user in it; give a token');
  return parsed.origin + parsed.pathname.replace(/\/+$/, '');
}

function whole(name: string, value: number, most: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new TypeError(`${name} must be an integer from 1 to ${most}, not ${value}`);
}
