import { type Command, InvalidArgumentError } from 'commander';
import { askLimits, type LimitEntry } from './answers.ts';
import { ask, hasFields } from './ask.ts';
import { EXIT } from './exit-codes.ts';
import { shownCount, shownMode, shownMs } from './figures.ts';
import { mismatchOf } from './mismatch.ts';
import { alignedTable } from './table.ts';
import { addTargetOptions, findTargets, TARGETS_HELP, type TargetOptions } from './targets.ts';

/** One matched limit as `/v1/explain` tells it; what never ends is null. */
type Verdict = {
  readonly limit: string;
  readonly key: string;
  readonly allowed: boolean;
  readonly reason: string;
  readonly delayMs: number;
  readonly remaining: number | null;
  readonly globalRemaining: number | null;
  readonly resetAt: number | null;
};

type Explained = {
  readonly region: string;
  readonly degraded: boolean;
  readonly allowed: boolean;
  readonly delayMs: number;
  readonly limits: readonly Verdict[];
};

type Options = TargetOptions & {
  readonly permits: number;
  readonly domain?: string;
  readonly url?: string;
  readonly json?: boolean;
};

/** `headgate explain`: which limits a request meets, and what each would say; nothing is spent. */
export function define(command: Command): void {
  command
    .argument('<resource>', 'what is asked for')
    .argument('[name=value...]', 'dimensions, such as tenant=acme', withDimension, {})
    .option('--permits <count>', 'how many are asked for', permits, 1)
    .option('--domain <name>', 'ask as a gateway asks a rate limit service, whose domain this is')
    .option('--url <url>', 'where the coordinator answers');
  addTargetOptions(command)
    .option('--json', 'print the result as JSON')
    .addHelpText('after', TARGETS_HELP)
    .addHelpText('after', '\nExit codes: 0 it would be admitted, 7 it would be denied, 6 nobody answers.')
    .addHelpText('after', '\nExample:\n  headgate explain api.orders.create tenant=acme --permits 3')
    .action(async (resource: string, dimensions: Dimensions, options: Options) => {
      const { domain } = options;
      process.exitCode = await explain(
        { resource, dimensions, ...(domain !== undefined && { domain }) },
        options,
      );
    });
}

/** Dimensions by name. */
export type Dimensions = Readonly<Record<string, string>>;

type Request = { readonly resource: string; readonly domain?: string; readonly dimensions: Dimensions };

async function explain(request: Request, options: Options): Promise<number> {
  const targets = await findTargets(options.url === undefined ? [] : [options.url], options);
  if (!targets.ok) {
    process.stderr.write(targets.text);
    return targets.code;
  }
  const place = { url: targets.urls[0] ?? '', timeoutMs: options.timeout * 1_000 };
  const path = `/v1/explain?${queryOf(request, options.permits)}`;
  const [explained, known] = await Promise.all([
    ask({ ...place, path, accepts: isExplained }),
    askLimits(place),
  ]);
  if (!explained.ok || !known.ok) {
    const error = explained.ok ? (known.ok ? '' : known.error) : explained.error;
    process.stderr.write(`headgate: ${place.url}: ${error}\n`);
    return EXIT.down;
  }
  const { limits } = known.body;
  const { limits: verdicts, region, degraded, allowed, delayMs } = explained.body;
  const others = limits.filter(({ name }) => !verdicts.some((verdict) => verdict.limit === name));
  const misses = others.map((limit) => ({ limit: limit.name, why: mismatchOf(limit, request) }));
  const { permits } = options;
  const result = { region, degraded, permits, allowed, delayMs, matched: verdicts, misses };
  const text = options.json === true ? JSON.stringify(result, null, 2) : textOf(result, limits);
  process.stdout.write(`${text}\n`);
  return allowed ? EXIT.ok : EXIT.denied;
}

function queryOf({ resource, domain, dimensions }: Request, permits: number): URLSearchParams {
  const query = new URLSearchParams({
    resource,
    permits: String(permits),
    ...(domain !== undefined && { domain }),
  });
  for (const [name, value] of Object.entries(dimensions)) query.set(`d.${name}`, value);
  return query;
}

type Result = {
  readonly region: string;
  readonly permits: number;
  readonly allowed: boolean;
  readonly delayMs: number;
  readonly matched: readonly Verdict[];
  readonly misses: readonly { readonly limit: string; readonly why: string }[];
};

function textOf(
  { region, permits, allowed, delayMs, matched, misses }: Result,
  limits: readonly LimitEntry[],
): string {
  const asked = `${shownCount(permits)} permit${permits === 1 ? '' : 's'}`;
  const wait = allowed && delayMs > 0 ? ` after a wait of ${shownMs(delayMs)}` : '';
  const outcome = `${region} would ${allowed ? 'admit' : 'deny'} ${asked}${wait}`;
  const reason = matched.length === 0 ? ': no limit matches' : '';
  const rows = matched.map((verdict) => [
    verdict.limit,
    verdict.allowed ? 'admits' : 'denies',
    verdict.reason,
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

/** Adds one dimension, written `name=value`, to those before it; for commander. */
export function withDimension(pair: string, dimensions: Dimensions): Dimensions {
  const at = pair.indexOf('=');
  if (at > 0) return { ...dimensions, [pair.slice(0, at)]: pair.slice(at + 1) };
  throw new InvalidArgumentError('A dimension is written name=value, such as tenant=acme.');
}

function isExplained(body: unknown): body is Explained {
  return hasFields(body, 'region', 'degraded', 'allowed', 'limits');
}

/** Reads a number of permits; for commander. */
export function permits(text: string): number {
  const number = Number(text);
  if (/^\d{1,7}$/.test(text) && number <= 1_000_000) return number;
  throw new InvalidArgumentError('It must be a whole number from 0 to 1000000.');
}
