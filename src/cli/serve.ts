import { type Command, Option } from 'commander';
import { loadConfigurationElsewhere } from '../../config/elsewhere.ts';
import { type ConfigurationResult, loadConfiguration, SETTINGS } from '../../config/load.ts';
import { formatProblems } from '../../config/problem.ts';
import type { Setting } from '../../config/setting-list.ts';
import type { Daemon, DaemonOptions, Ending } from '../daemon.ts';
import { EXIT, exitOfSignal } from './exit-codes.ts';
import { OWN_VARIABLES } from './own-variables.ts';
import { onStopSignals } from './signals.ts';

/** How long, in milliseconds, a stop may take before the process just ends, beside the notice that load balancers are given. */
const STOP_MS = 15_000;

/** The verb's own variables, beside those of the settings. */
const CONFIG_ENV = 'HEADGATE_CONFIG';
const NEW_CLUSTER_ENV = 'HEADGATE_NEW_CLUSTER';

type ServeOptions = Readonly<Record<string, string | undefined>> & {
  readonly config?: string;
  readonly newCluster?: string;
};

/** `headgate serve`: runs one coordinator until it is told to stop. */
export function define(command: Command): void {
  command
    .addOption(new Option('--config <file>', 'configuration of the deployment').env(CONFIG_ENV))
    .addOption(
      new Option(
        '--new-cluster',
        'attest that this member never lived before, so that it need not sit out',
      ).env(NEW_CLUSTER_ENV),
    );
  const flags = SETTINGS.map(
    (setting) => [setting, new Option(`${setting.flag} <value>`, helpOf(setting))] as const,
  );
  for (const [, option] of flags) command.addOption(option);
  command
    .addHelpText('after', '\nEvery setting can also be given as the variable in brackets, or in the file.')
    .addHelpText('after', '\nExample:\n  headgate serve --config headgate.yaml --region us-east')
    .action(async (options: ServeOptions) => {
      const given = flags.map(([{ path }, option]) => [path, options[option.attributeName()]] as const);
      process.exitCode = await serve(options, Object.fromEntries(given));
    });
}

async function serve(
  options: ServeOptions,
  flags: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const sources = {
    file: options.config,
    env: process.env,
    flags,
    extraNames: OWN_VARIABLES,
  };
  const loaded = loadConfiguration(sources);
  if (!loaded.ok) {
    process.stderr.write(formatProblems(loaded.problems));
    return EXIT.configuration;
  }
  const { startDaemon } = await import('../daemon.ts');
  const daemon = await startDaemon(loaded.settings, {
    newCluster: isYes(options.newCluster),
    reload: {
      files: [loaded.settings.limitsFile, ...(options.config === undefined ? [] : [options.config])],
      load: async () => reloadedFrom(await loadConfigurationElsewhere(sources)),
    },
  });
  // At a terminal that goes away it means what it always meant.
  if (!process.stdin.isTTY) process.on('SIGHUP', () => daemon.reload());
  stopWhenTold(daemon, STOP_MS + loaded.settings.http.drainNoticeMs);
  // The process ends all the same; its log says why, in the form that logs have here.
  process.once('uncaughtExceptionMonitor', (error) => daemon.log.error('crashed', { error }));
  const code = exitOf(await daemon.ended);
  // Everything is closed; what a library may still hold open must not keep the process.
  process.exit(code);
}

/**
 * Stops at the first signal, or when the process that started this one is gone; ends at once at the second signal. Only SIGTERM comes
 * from where there are load balancers to be given notice: a Ctrl-C at a terminal is meant as it is.
 */
function stopWhenTold(daemon: Daemon, withinMs: number): void {
  const stop = (atOnce: boolean) => {
    setTimeout(() => {
      daemon.log.error('stop_timed_out', { afterMs: withinMs });
      process.exit(EXIT.failed);
    }, withinMs).unref();
    void daemon.stop({ atOnce });
  };
  onStopSignals(
    (signal) => stop(signal === 'SIGINT'),
    (signal) => process.exit(exitOfSignal(signal)),
  );
  // It may be gone already; without a channel there is nobody to miss.
  if (process.connected === false) stop(true);
  process.once('disconnect', () => stop(true));
  process.channel?.unref();
}

function exitOf(ending: Ending): number {
  return ending === 'superseded' ? EXIT.superseded : EXIT.ok;
}

/** What of a configuration the cluster agrees on, and the tokens and keys; the rest of the file takes effect with the next start. */
function reloadedFrom(
  result: ConfigurationResult,
): Awaited<ReturnType<NonNullable<DaemonOptions['reload']>['load']>> {
  if (!result.ok) return { ok: false, problems: formatProblems(result.problems).trimEnd().split('\n') };
  const { members, limits, retired, tokens, transport } = result.settings;
  return { ok: true, configuration: { members, limits, retired }, tokens, keys: transport };
}

/** A flag is just there; its variable says yes or no. */
function isYes(value: unknown): boolean {
  return value === true || (typeof value === 'string' && /^(1|true|yes)$/i.test(value));
}

function helpOf({ description, env, default: value }: Setting): string {
  return `${description}${value === undefined ? '' : ` Default: ${value}.`} [${env}]`;
}
