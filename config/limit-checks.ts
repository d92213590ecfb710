import type { Static } from 'typebox';
import { EPOCH_MS } from '../src/bounds.ts';
import { showDuration } from './duration.ts';
import { milliseconds } from './field.ts';
import type { Findings } from './findings.ts';
import { type LIMITS, RESOURCE_EXPECTS } from './limits-schema.ts';
import type { Sound } from './validate.ts';

type Written = NonNullable<NonNullable<Sound<Static<typeof LIMITS>>['limits']>[number]>;

/** What each algorithm counts by: a field that it does not know is a misunderstanding, not something to pass over. */
const FIELDS_OF: Readonly<Record<string, readonly string[]>> = {
  'fixed-window': ['window'],
  'sliding-window': ['window'],
  'token-bucket': ['window', 'burst'],
  'leaky-bucket': ['window', 'burst', 'maxDelay'],
  concurrency: ['lease'],
  quota: ['window', 'timezone'],
};

const OWN_FIELDS = ['window', 'burst', 'maxDelay', 'lease', 'timezone'] as const;

/** The periods of the calendar that a quota can be for. */
export const PERIODS = { '1h': 'hour', '1d': 'day', '1w': 'week', '1mo': 'month' } as const;

/** Permits that a bucket's window can bring, and permits times seconds that it can save up: it counts in fine parts of them. */
const BUCKET_LIMIT_MAX = 50_000_000;
const BUCKET_BURST_SECONDS_MAX = 1e12;

/** Reports what is wrong between the fields of one limit. */
export function checkLimit(limit: Written, path: string, findings: Findings): void {
  const { algorithm = 'fixed-window' } = limit;
  const fields = FIELDS_OF[algorithm] ?? [];
  checkMatch(limit, path, findings);
  for (const field of OWN_FIELDS) {
    if (limit[field] === undefined || fields.includes(field)) continue;
    const hint = `it has ${fields.map((each) => `\`${each}\``).join(', ')}`;
    findings.reportKey(`${path}/${field}`, { message: `means nothing to algorithm ${algorithm}`, hint });
  }
  if (fields.includes('window')) checkWindow(limit, path, findings);
  if (limit.timezone !== undefined && !isTimeZone(limit.timezone)) {
    findings.report(`${path}/timezone`, {
      message: `${JSON.stringify(limit.timezone)} is no time zone`,
      hint: 'expected a name such as Europe/Berlin',
    });
  }
  if (algorithm.endsWith('bucket')) checkRate(limit, path, findings);
  checkOverrides(limit, path, findings);
}

/**
 * Reports a wait that nobody can ever be told: under a strict limit only what is minted within the lookahead is sure, and that ends with its
 * last epoch. Says nothing where the lookahead is not known.
 */
export function checkDelay(
  { algorithm, consistency, maxDelay }: Written,
  path: string,
  {
    findings,
    lookaheadEpochs,
  }: { readonly findings: Findings; readonly lookaheadEpochs: number | undefined },
): void {
  if (algorithm !== 'leaky-bucket' || consistency === 'available') return;
  if (maxDelay === undefined || lookaheadEpochs === undefined) return;
  if (milliseconds(maxDelay) <= (lookaheadEpochs + 1) * EPOCH_MS) return;
  const sure = showDuration(lookaheadEpochs * EPOCH_MS);
  findings.report(`${path}/maxDelay`, {
    message: `nobody can be told to wait for ${maxDelay}: what regions agree on reaches ${sure} ahead`,
    hint: `expected at most ${sure}, a larger cluster.lookahead, or consistency: available`,
  });
}

function checkMatch({ match }: Written, path: string, findings: Findings): void {
  if (match === undefined) return;
  const { resource, domain } = match;
  if (resource === undefined && domain === undefined) {
    if (findings.isReported(`${path}/match/domain`)) return;
    // A resource that was reported already is not missing.
    findings.report(`${path}/match/resource`, {
      message: 'is missing',
      hint: `expected ${RESOURCE_EXPECTS}`,
    });
  } else if (resource !== undefined && domain !== undefined) {
    // Requests of a domain have no other resource.
    const hint = 'leave one of them out';
    findings.reportKey(`${path}/match/resource`, { message: 'means nothing beside a domain', hint });
  }
}

function checkWindow({ algorithm, window }: Written, path: string, findings: Findings): void {
  const isQuota = algorithm === 'quota';
  if (window === undefined) {
    // A window that was reported already is not missing.
    findings.report(`${path}/window`, {
      message: 'is missing',
      hint: isQuota ? 'expected 1h, 1d, 1w or 1mo' : 'expected a duration such as 10s',
    });
  } else if (isQuota && !Object.hasOwn(PERIODS, window)) {
    findings.report(`${path}/window`, {
      message: `${window} is no period of the calendar`,
      hint: 'expected 1h, 1d, 1w or 1mo; other lengths are what fixed-window is for',
    });
  } else if (!isQuota && (window === '1w' || window === '1mo')) {
    findings.report(`${path}/window`, {
      message: `${window} is a period of the calendar`,
      hint: 'set algorithm: quota, or a duration up to 1d',
    });
  }
}

function checkRate(
  { limit, burst, window, overrides = [] }: Written,
  path: string,
  findings: Findings,
): void {
  if (window === undefined || window === '1w' || window === '1mo') return;
  const most = Math.max(limit ?? 0, ...overrides.map((override) => override?.limit ?? 0));
  if (most > BUCKET_LIMIT_MAX) {
    const hint = `expected at most ${BUCKET_LIMIT_MAX}, in a shorter window`;
    findings.report(`${path}/limit`, { message: `${most} is more than a bucket can count`, hint });
  }
  const saved = Math.max(burst ?? most, ...overrides.map((override) => override?.burst ?? 0));
  if (saved * (milliseconds(window) / 1_000) <= BUCKET_BURST_SECONDS_MAX) return;
  const hint = `expected at most ${Math.floor((BUCKET_BURST_SECONDS_MAX * 1_000) / milliseconds(window))} for a window of ${window}`;
  findings.report(`${path}/burst`, { message: `${saved} is more than a bucket can save up`, hint });
}

function checkOverrides({ match, overrides = [] }: Written, path: string, findings: Findings): void {
  const seen = new Map<string, number>();
  for (const [index, override] of overrides.entries()) {
    const dimensions = override?.dimensions ?? {};
    for (const name of Object.keys(dimensions)) {
      if (match?.dimensions === undefined || match.dimensions[name] === '*') continue;
      findings.reportKey(`${path}/overrides/${index}/dimensions/${name}`, {
        message: `is no dimension that the limit counts by`,
        hint: 'name one that `match` has with *',
      });
    }
    const key = JSON.stringify(Object.entries(dimensions).sort());
    const first = seen.get(key);
    seen.set(key, first ?? index);
    if (first === undefined) continue;
    findings.report(`${path}/overrides/${index}`, {
      message: 'names the same keys as another override',
      hint: `the one on line ${findings.placeOf(`${path}/overrides/${first}`).line} does; leave one of them out`,
    });
  }
}

/** Whether the time zone database knows a name. */
function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
