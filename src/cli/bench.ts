import { type Command, InvalidArgumentError } from 'commander';
import { ask, hasFields } from './ask.ts';
import { type Load, load } from './bench-load.ts';
import { LimitTallies, TargetTally } from './bench-tally.ts';
import { type Benched, type BenchResult, benchJson, benchText, progressText } from './bench-text.ts';
import { EXIT } from './exit-codes.ts';
import { type Dimensions, permits, withDimension } from './explain.ts';
import { withScheme } from './secure-fetch.ts';
import { onStopSignals } from './signals.ts';
import { addTargetOptions, findTargets, TARGETS_HELP, type TargetOptions } from './targets.ts';

/** A load that a gateway makes, and nobody by mistake: requests a second, seconds, connections and keys. */
const RATE_MAX = 50_000;
const SECONDS_MAX = 600;
const CONNECTIONS_MAX = 256;
const KEYS_MAX = 10_000;

const PROGRESS_MS = 1_000;

type Options = TargetOptions & {
  readonly resource: string;
  readonly dimension: Dimensions;
  readonly permits: number;
  readonly vary: string;
  readonly keys: number;
  readonly rate: number;
  readonly duration: number;
  readonly connections: number;
  readonly json?: boolean;
};

/** `headgate bench`: how fast coordinators answer, and how much they admit between them. */
export function define(command: Command): void {
  command
    .argument('[url...]', 'where the coordinators answer; give those of all regions')
    .option('--resource <name>', 'what is asked for', 'api.orders.create')
    .option('--dimension <name=value>', 'a dimension; give it as often as there are', withDimension, {})
    .option('--permits <count>', 'how many each request asks for; 0 only peeks', permits, 1)
    .option('--vary <name>', 'the dimension that takes as many values as --keys says', 'tenant')
    .option('--keys <count>', 'how many keys take turns', upTo(KEYS_MAX, 1), 1)
    .option(
      '--rate <count>',
      'requests a second to each; 0 is as many as they answer',
      upTo(RATE_MAX, 0),
      200,
    )
    .option('--duration <seconds>', 'how long', upTo(SECONDS_MAX, 1), 10)
    .option('--connections <count>', 'connections to each', upTo(CONNECTIONS_MAX, 1), 16);
  addTargetOptions(command)
    .option('--json', 'print the result as JSON, with the whole histogram')
    .addHelpText('after', TARGETS_HELP)
    .addHelpText('after', '\nIt asks in earnest: what is admitted is spent, unless --permits is 0.')
    .addHelpText('after', 'Times count from when a request was due, so that waiting for a slow answer shows.')
    .addHelpText('after', '\nExit codes: 0 all answered, 6 one did not.')
    .addHelpText(
      'after',
      '\nExample:\n  headgate bench --rate 500 --duration 20 http://127.0.0.1:8081 http://127.0.0.1:8082',
    )
    .action(async (urls: readonly string[], options: Options) => {
      process.exitCode = await bench(urls, options);
    });
}

async function bench(urls: readonly string[], options: Options): Promise<number> {
  const found = await findTargets(urls, options);
  if (!found.ok) {
    process.stderr.write(found.text);
    return found.code;
  }
  const stopping = new AbortController();
  onStopSignals(
    () => stopping.abort(),
    () => process.exit(),
  );
  const targets = await Promise.all(found.urls.map((url) => look(url, options)));
  const limits = new LimitTallies();
  const startMs = performance.now();
  // Answers that come after the end are to requests of before it.
  const passedMs = () => Math.min(options.duration * 1_000, performance.now() - startMs);
  const result = (): BenchResult => ({ targets, limits, durationMs: passedMs() });
  const hide = showProgress(() => progressText(result(), options.duration * 1_000));
  await Promise.all(
    targets.map(async ({ bodies, ...target }) => {
      if (target.error !== undefined) return;
      await load(loadOf(target, bodies, options, stopping.signal), { target: target.tally, limits });
    }),
  );
  hide();
  const ended = result();
  const text = options.json === true ? JSON.stringify(benchJson(ended), null, 2) : benchText(ended);
  process.stdout.write(`${text}\n`);
  const isSilent = ({ tally: { allowed, denied } }: Benched) => allowed + denied === 0;
  return targets.some(isSilent) ? EXIT.down : EXIT.ok;
}

type Bodies = Load['bodies'];

type Looked = {
  readonly region: string;
  readonly limits: readonly { readonly limit: string; readonly key: string }[];
};

/** Finds out who answers at an address, and which keys the requests have there, without spending anything. */
async function look(url: string, options: Options): Promise<Benched & { readonly bodies: Bodies }> {
  const { resource, dimension, vary, keys, permits, timeout } = options;
  const tally = new TargetTally();
  const accepts = (body: unknown): body is Looked => hasFields(body, 'region', 'limits');
  const requests = Array.from({ length: keys }, (_, nth) => ({
    resource,
    dimensions: keys === 1 ? dimension : { ...dimension, [vary]: `bench-${nth}` },
    permits,
  }));
  const place = { url, path: '/check?detail=1', timeoutMs: timeout * 1_000, accepts };
  const answer = await ask({ ...place, post: { ...requests[0], permits: 0 } });
  if (!answer.ok) return { url, region: '-', tally, error: answer.error, bodies: [] };
  const { region, limits } = answer.body;
  // A limit that counts by what is varied has that value in its key, and another for each.
  const bodies = requests.map((request, nth) => ({
    text: JSON.stringify(request),
    keys: new Map(
      limits.map(({ limit, key }) => [limit, keys === 1 ? key : key.replace('bench-0', `bench-${nth}`)]),
    ),
  }));
  return { url, region, tally, bodies };
}

function loadOf({ url, region }: Benched, bodies: Bodies, options: Options, signal: AbortSignal): Load {
  const { rate, connections, duration, timeout, permits } = options;
  const { origin } = new URL(withScheme(url));
  return {
    url: origin,
    region,
    rate,
    connections,
    durationMs: duration * 1_000,
    timeoutMs: timeout * 1_000,
    permits,
    bodies,
    signal,
  };
}

/** Tells on a terminal, every second, how far it is; returns what clears that line. */
function showProgress(line: () => string): () => void {
  const { stderr } = process;
  if (!stderr.isTTY) return () => {};
  const clear = () => stderr.write('\r\u001b[K');
  const timer = setInterval(() => stderr.write(`\r${line()}\u001b[K`), PROGRESS_MS);
  return () => {
    clearInterval(timer);
    clear();
  };
}

function upTo(most: number, least: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d{1,6}$/.test(text) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}
