import { type Command, InvalidArgumentError } from 'commander';
import { askLimits, type LimitEntry } from './answers.ts';
import { ask, hasFields } from './ask.ts';
import { EXIT } from './exit-codes.ts';
import { shownCount, shownMode, shownMs } from './figures.ts';
import { mismatchOf } from './mismatch.ts';
import { alignedTable } from './table.ts';
import { addTargetOptions, findTargets, TARGETS_HELP, type TargetOptions } from './targets.ts';

/** One matched limit as `/check?detail=1` tells it; what never ends is null. */
type Detail = {
  readonly limit: string;
  readonly key: string;
  readonly remaining: number | null;
  readonly globalRemaining: number | null;
  readonly resetAt: number | null;
};

type Peeked = { readonly region: string; readonly degraded: boolean; readonly limits: readonly Detail[] };

type Options = TargetOptions & { readonly permits: number; readonly url?: string; readonly json?: boolean };

/** What one matched limit would say to the request. */
type Verdict = Detail & { readonly allows: boolean; readonly why: string };

/** `headgate explain`: which limits a request meets, and what each would say; nothing is spent. */
export function define(command: Command): void {
  command
    .argument('<resource>', 'what is asked for')
    .argument('[name=value...]', 'dimensions, such as tenant=acme', withDimension, {})
    .option('--permits <count>', 'how many are asked for', permits, 1)
    .option('--url <url>', 'where the coordinator answers');
  addTargetOptions(command)
    .option('--json', 'print the result as JSON')
    .addHelpText('after', TARGETS_HELP)
    .addHelpText('after', '\nExit codes: 0 it would be admitted, 7 it would be denied, 6 nobody answers.')
    .addHelpText('after', '\nExample:\n  headgate explain api.orders.create tenant=acme --permits 3')
    .action(async (resource: string, dimensions: Dimensions, options: Options) => {
      process.exitCode = await explain({ resource, dimensions }, options);
    });
}

type Dimensions = Readonly<Record<string, string>>;

type Request = { readonly resource: string; readonly dimensions: Dimensions };

async function explain(request: Request, options: Options): Promise<number> {
  const targets = await findTargets(options.url === undefined ? [] : [options.url], options);
  if (!targets.ok) {
    process.stderr.write(targets.text);
    return targets.code;
  }
  const place = { url: targets.urls[0] ?? '', timeoutMs: options.timeout * 1_000 };
  const [peeked, known] = await Promise.all([
    ask({ ...place, path: '/check?detail=1', post: { ...request, permits: 0 }, accepts: isPeeked }),
    askLimits(place),
  ]);
  if (!peeked.ok || !known.ok) {
    const error = peeked.ok ? (known.ok ? '' : known.error) : peeked.error;
    process.stderr.write(`headgate: ${place.url}: ${error}\n`);
    return EXIT.down;
  }
  const { limits } = known.body;
  const verdicts = peeked.body.limits.map((detail) =>
    verdictOn(
      detail,
      options.permits,
      limits.find(({ name }) => name === detail.limit),
    ),
  );
  const others = limits.filter(({ name }) => !verdicts.some((verdict) => verdict.limit === name));
  const misses = others.map((limit) => ({ limit: limit.name, why: mismatchOf(limit, request) }));
  const denies = verdicts.some(({ allows, limit }) => !allows && modeOf(limits, limit) === 'enforce');
  const { region, degraded } = peeked.body;
  const result = { region, degraded, permits: options.permits, allowed: !denies, matched: verdicts, misses };
  const text = options.json === true ? JSON.stringify(result, null, 2) : textOf(result, limits);
  process.stdout.write(`${text}\n`);
  return denies ? EXIT.denied : EXIT.ok;
}

/** What a limit with so much left says to a request: the same question that admission asks. */
function verdictOn(detail: Detail, asked: number, limit: LimitEntry | undefined): Verdict {
  const remaining = detail.remaining ?? Number.POSITIVE_INFINITY;
  const worldwide = detail.globalRemaining ?? Number.POSITIVE_INFINITY;
  if (remaining >= asked) return { ...detail, allows: true, why: 'ok' };
  const exceeded = limit?.algorithm === 'concurrency' ? 'concurrency_exceeded' : 'global_limit_exceeded';
  return { ...detail, allows: false, why: worldwide < asked ? exceeded : 'region_share_exhausted' };
}

type Result = {
  readonly region: string;
  readonly permits: number;
  readonly allowed: boolean;
  readonly matched: readonly Verdict[];
  readonly misses: readonly { readonly limit: string; readonly why: string }[];
};

function textOf(
  { region, permits, allowed, matched, misses }: Result,
  limits: readonly LimitEntry[],
): string {
  const asked = `${shownCount(permits)} permit${permits === 1 ? '' : 's'}`;
  const outcome = `${region} would ${allowed ? 'admit' : 'deny'} ${asked}`;
  const reason = matched.length === 0 ? ': no limit matches' : '';
  const rows = matched.map((verdict) => [
    verdict.limit,
    verdict.allows ? 'admits' : 'denies',
    verdict.why,
    verdict.key === '' ? '-' : verdict.key,
    shown(verdict.remaining),
    shown(verdict.globalRemaining),
    verdict.resetAt === null ? '-' : `in ${shownMs(Math.max(0, verdict.resetAt - Date.now()))}`,
    shownMode(limits.find(({ name }) => name === verdict.limit)),
  ]);
  const heading = ['LIMIT', 'VERDICT', 'REASON', 'KEY', 'LEFT HERE', 'LEFT IN ALL', 'RESET', 'MODE'];
  const tables = [`${outcome}${reason}`];
  if (rows.length > 0) tables.push(alignedTable([heading, ...rows]));
  if (misses.length > 0)
    tables.push(alignedTable([['NOT MATCHED', 'BECAUSE'], ...misses.map(({ limit, why }) => [limit, why])]));
  return tables.join('\n\n');
}

function shown(count: number | null): string {
  return count === null ? '-' : shownCount(count);
}

function modeOf(limits: readonly LimitEntry[], name: string): string {
  return limits.find((limit) => limit.name === name)?.mode ?? 'enforce';
}

function withDimension(pair: string, dimensions: Dimensions): Dimensions {
  const at = pair.indexOf('=');
  if (at > 0) return { ...dimensions, [pair.slice(0, at)]: pair.slice(at + 1) };
  throw new InvalidArgumentError('A dimension is written name=value, such as tenant=acme.');
}

function isPeeked(body: unknown): body is Peeked {
  return hasFields(body, 'region', 'degraded', 'limits');
}

function permits(text: string): number {
  const number = Number(text);
  if (/^\d{1,7}$/.test(text) && number <= 1_000_000) return number;
  throw new InvalidArgumentError('It must be a whole number from 0 to 1000000.');
}
