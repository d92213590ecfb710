import { setInterval } from 'node:timers/promises';
import { Pool } from 'undici';
import { type LimitTallies, policiesIn, type TargetTally } from './bench-tally.ts';
import { secureIdentity } from './secure-fetch.ts';

/** How often it is looked which requests are due, in milliseconds. */
const PACE_MS = 2;

/** Requests of one connection that may wait for their answers; more are not sent, and told of. */
const WAITING_PER_CONNECTION = 64;

/** What one coordinator is asked, and how fast. */
export type Load = {
  /** Its origin. */
  readonly url: string;
  readonly region: string;
  /** Requests a second; 0 is as many as the connections carry, each with one at a time. */
  readonly rate: number;
  readonly connections: number;
  readonly durationMs: number;
  readonly timeoutMs: number;
  readonly permits: number;
  /** The bodies that take turns, each with the keys that it has under the limits that it meets. */
  readonly bodies: readonly { readonly text: string; readonly keys: ReadonlyMap<string, string> }[];
  readonly signal: AbortSignal;
};

type Tallies = { readonly target: TargetTally; readonly limits: LimitTallies };

/** Asks one coordinator for as long as it is to be, and tallies what comes of it. */
export async function load(what: Load, tallies: Tallies): Promise<void> {
  const { url, connections, timeoutMs } = what;
  const pool = new Pool(url, {
    connections,
    pipelining: 1,
    connect: { ...secureIdentity(), timeout: timeoutMs },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  });
  try {
    await (what.rate === 0 ? saturate(pool, what, tallies) : keepPace(pool, what, tallies));
  } finally {
    await pool.close();
  }
}

async function saturate(pool: Pool, what: Load, tallies: Tallies): Promise<void> {
  const untilMs = performance.now() + what.durationMs;
  let nth = 0;
  const one = async () => {
    while (performance.now() < untilMs && !what.signal.aborted) {
      await ask(pool, what, tallies, { nth, dueMs: performance.now() });
      nth += 1;
    }
  };
  await Promise.all(Array.from({ length: what.connections }, one));
}

/** Sends each request when it is due, whether or not those before it were answered: who is slow is not asked less. */
async function keepPace(pool: Pool, what: Load, tallies: Tallies): Promise<void> {
  const { rate, connections, durationMs, signal } = what;
  const startMs = performance.now();
  const waiting = new Set<Promise<void>>();
  let nth = 0;
  for await (const _ of setInterval(PACE_MS)) {
    const passedMs = Math.min(durationMs, performance.now() - startMs);
    for (; nth < (passedMs * rate) / 1_000; nth += 1) {
      if (waiting.size >= connections * WAITING_PER_CONNECTION) {
        tallies.target.unsent += 1;
        continue;
      }
      const asked = ask(pool, what, tallies, { nth, dueMs: startMs + (nth * 1_000) / rate });
      waiting.add(asked);
      void asked.finally(() => waiting.delete(asked));
    }
    if (passedMs >= durationMs || signal.aborted) break;
  }
  await Promise.all(waiting);
}

type Answer = {
  readonly allowed?: unknown;
  readonly lease?: unknown;
  readonly decidedAt?: unknown;
  readonly code?: unknown;
};

async function ask(
  pool: Pool,
  { bodies, permits, region }: Load,
  { target, limits }: Tallies,
  { nth, dueMs }: { readonly nth: number; readonly dueMs: number },
): Promise<void> {
  const body = bodies[nth % bodies.length];
  if (body === undefined) return;
  try {
    const { statusCode, headers, body: told } = await pool.request(post('/check', body.text));
    const answer = (await told.json()) as Answer;
    const tookMs = performance.now() - dueMs;
    if (typeof answer.allowed !== 'boolean')
      return target.fail(String(answer.code ?? `status ${statusCode}`));
    target.answered(answer.allowed, tookMs);
    if (!answer.allowed) return;
    const field = headers['ratelimit-policy'];
    for (const policy of policiesIn(Array.isArray(field) ? field.join(', ') : field)) {
      const key = body.keys.get(policy.limit) ?? '';
      limits.admitted(policy, key, { region, decidedAtMs: Number(answer.decidedAt), permits });
    }
    // What is held at one time is not held any longer.
    if (typeof answer.lease === 'string')
      await (await pool.request(post('/check/release', JSON.stringify({ lease: answer.lease })))).body.dump();
  } catch (error) {
    target.fail(reasonOf(error));
  }
}

function post(path: string, body: string) {
  const token = process.env['HEADGATE_TOKEN'];
  const headers = {
    'content-type': 'application/json',
    ...(token ? { authorization: `Bearer ${token}` } : {}),
  };
  return { path, method: 'POST', headers, body } as const;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error ? String(error.code) : error.message;
}
