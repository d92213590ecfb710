import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { exampleOf, overviewOf, readable } from './dev-text.ts';
import { EXIT, exitOfSignal } from './exit-codes.ts';
import { type LocalCluster, startLocalCluster } from './local-cluster.ts';
import { onStopSignals, type StopSignal } from './signals.ts';

type DevOptions = {
  readonly transport: 'mesh' | 'nats';
  readonly portBase: number;
  readonly limits?: string;
  readonly natsUrl?: string;
};

/** What is asked where no limits are given: something that the example limits match. */
const EXAMPLE_QUERY = '/check?resource=api.orders.create&d.tenant=acme';

/** `headgate dev`: three regions on this machine until Ctrl-C. */
export function define(command: Command): void {
  command
    .addOption(new Option('--transport <kind>', 'how regions talk').choices(['mesh', 'nats']).default('mesh'))
    .option(
      '--port-base <port>',
      'regions answer on the three ports above this one, meshes on 11 to 13 above',
      port,
      8080,
    )
    .option('--limits <file>', 'limits to hold, instead of the example')
    .addOption(new Option('--nats-url <url>', 'use this NATS server instead of starting one').env('NATS_URL'))
    .addHelpText('after', '\nExample:\n  headgate dev --transport nats --port-base 9000')
    .action(async (options: DevOptions) => {
      process.exitCode = await dev(options);
    });
}

async function dev(options: DevOptions): Promise<number> {
  const query = options.limits === undefined ? EXAMPLE_QUERY : await queryFor(options.limits);
  if (query === undefined) return EXIT.configuration;
  if (options.natsUrl !== undefined && options.transport !== 'nats')
    process.stderr.write(
      `headgate: NATS_URL (${options.natsUrl}) is not used, as the regions talk over ${options.transport}; --transport nats (make run TRANSPORT=nats) uses it\n`,
    );
  const told = stopSignals();
  const giveUp = new AbortController();
  void told.first.then(() => giveUp.abort());
  let isRunning = false;
  let cluster: LocalCluster;
  try {
    cluster = await startLocalCluster({
      transport: options.transport,
      portBase: options.portBase,
      signal: giveUp.signal,
      onLine: (region, line) => {
        // While regions come up they miss each other; why one does not come up is told when it has failed.
        if (isRunning) process.stderr.write(`${region} | ${readable(line)}\n`);
      },
      ...(options.limits === undefined ? {} : { limitsFile: resolve(options.limits) }),
      ...(options.natsUrl === undefined ? {} : { natsUrl: options.natsUrl }),
    });
  } catch (error) {
    if (giveUp.signal.aborted) return exitOfSignal(await told.first);
    throw error;
  }
  isRunning = true;
  const { regions } = cluster;
  const parts = [overviewOf(regions), ...aboutNats(cluster, options), await exampleOf(regions, query)];
  process.stdout.write(`${parts.join('\n\n')}\n\nCtrl-C stops all three.\n`);
  const why = await Promise.race([told.first, watch(cluster)]);
  return why === 'gone' ? gone(cluster) : stop(cluster, told.second);
}

/** Where our own NATS server is, or which setting named one that does not answer. */
function aboutNats({ nats, regions }: LocalCluster, { natsUrl }: DevOptions): readonly string[] {
  if (nats !== undefined) return [`Over a nats-server of their own: ${nats.url}, process ${nats.child.pid}`];
  if (natsUrl === undefined || regions.every(({ health }) => health.checks.transport === 'ok')) return [];
  return [
    `The NATS server is the one of NATS_URL (--nats-url), ${natsUrl}; without it one is started for the regions.`,
  ];
}

/** A query that the first limit of a file meets; undefined, with every problem told, where the file is wrong. */
async function queryFor(file: string): Promise<string | undefined> {
  const [{ loadLimits }, { formatProblems }] = await Promise.all([
    import('../../config/limits-file.ts'),
    import('../../config/problem.ts'),
  ]);
  const result = loadLimits(file);
  if (!result.ok) {
    process.stderr.write(formatProblems(result.problems));
    return undefined;
  }
  const limit = result.limits.find(({ domain }) => domain === undefined);
  const query = new URLSearchParams({ resource: (limit?.resource ?? '*').replace(/\*$/, 'example') });
  for (const [name, value] of Object.entries(limit?.dimensions ?? {})) {
    query.set(`d.${name}`, value === '*' ? 'acme' : value);
  }
  return `/check?${query}`;
}

/** The first and the second time that this process is asked to end. */
function stopSignals(): { readonly first: Promise<StopSignal>; readonly second: Promise<StopSignal> } {
  const first = Promise.withResolvers<StopSignal>();
  const second = Promise.withResolvers<StopSignal>();
  onStopSignals(first.resolve, second.resolve);
  return { first: first.promise, second: second.promise };
}

/** Says so when a region or its NATS server is gone; resolves when no region is left. */
async function watch(cluster: LocalCluster): Promise<'gone'> {
  void watchNats(cluster);
  await Promise.all(
    cluster.regions.map(async (region) => {
      const how = await region.child.gone;
      if (region.child.stopping) return;
      process.stderr.write(
        `${region.node.region} ${how}; to start it again:\n  ${cluster.restartCommand(region)}\n`,
      );
    }),
  );
  return 'gone';
}

async function watchNats({ nats }: LocalCluster): Promise<void> {
  if (nats === undefined) return;
  const how = await nats.child.gone;
  if (nats.child.stopping) return;
  process.stderr.write(
    `nats-server ${how}: the regions go on with the floors of their shares until it is back; to start it again:\n  ${nats.command}\n`,
  );
}

async function gone(cluster: LocalCluster): Promise<number> {
  await cluster.stop();
  process.stderr.write('headgate: no region is left\n');
  return EXIT.failed;
}

async function stop(cluster: LocalCluster, second: Promise<StopSignal>): Promise<number> {
  process.stdout.write('\nStopping…\n');
  const outcome = await Promise.race([cluster.stop(), second]);
  if (typeof outcome === 'string') {
    cluster.kill();
    return exitOfSignal(outcome);
  }
  if (outcome.length === 0) return EXIT.ok;
  process.stderr.write(`headgate: ${outcome.join(', ')} had to be killed\n`);
  return EXIT.failed;
}

function port(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number <= 65_000) return number;
  throw new InvalidArgumentError('It must be a number from 0 to 65000.');
}
