import { setTimeout } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { askHotKeys } from './answers.ts';
import { EXIT } from './exit-codes.ts';
import { onStopSignals } from './signals.ts';
import { addTargetOptions, findTargets, TARGETS_HELP, type TargetOptions } from './targets.ts';
import { type TopFinding, topText } from './top-text.ts';

/** How often the table is made anew, in milliseconds. */
const REFRESH_MS = 1_000;

/** Rows that are shown where the height of the terminal is not known. */
const ROWS_SHOWN = 20;

/** Lines beside the rows of the table: its heading, and one for the shell's prompt. */
const LINES_BESIDE = 2;

/** Puts the cursor into the first column of the first line, and clears what is below. */
const HOME_AND_CLEAR = '\u001b[H\u001b[J';

type Options = TargetOptions & {
  readonly limit?: string;
  readonly by: 'permits' | 'denials';
  readonly once?: boolean;
  readonly json?: boolean;
};

/** `headgate top`: the keys that are asked for most, every second on a terminal, once anywhere else. */
export function define(command: Command): void {
  command.argument('[url...]', 'where the coordinators answer');
  addTargetOptions(command)
    .option('--limit <name>', 'keys of this limit only')
    .addOption(
      new Option('--by <what>', 'by what is asked for, or by what of it is refused')
        .choices(['permits', 'denials'])
        .default('permits'),
    )
    .option('--once', 'print the table once, on a terminal too')
    .option('--json', 'print the result as JSON, once')
    .addHelpText('after', TARGETS_HELP)
    .addHelpText('after', '\nExit codes: 0 all answered, 6 one did not.')
    .addHelpText(
      'after',
      '\nExample:\n  headgate top --by denials http://127.0.0.1:8081 http://127.0.0.1:8082',
    )
    .action(async (urls: readonly string[], options: Options) => {
      process.exitCode = await top(urls, options);
    });
}

async function top(urls: readonly string[], options: Options): Promise<number> {
  const targets = await findTargets(urls, options);
  if (!targets.ok) {
    process.stderr.write(targets.text);
    return targets.code;
  }
  if (options.json !== true && options.once !== true && process.stdout.isTTY) {
    return watch(targets.urls, options);
  }
  const findings = await look(targets.urls, options);
  const text =
    options.json === true ? JSON.stringify(findings, null, 2) : topText(findings, ROWS_SHOWN, options.by);
  process.stdout.write(`${text}\n`);
  return exitOf(findings);
}

async function watch(urls: readonly string[], options: Options): Promise<number> {
  const stopping = new AbortController();
  onStopSignals(
    () => stopping.abort(),
    () => process.exit(),
  );
  let code: number = EXIT.ok;
  while (!stopping.signal.aborted) {
    const findings = await look(urls, options);
    code = exitOf(findings);
    const rows = Math.max(1, (process.stdout.rows || ROWS_SHOWN) - LINES_BESIDE);
    process.stdout.write(`${HOME_AND_CLEAR}${topText(findings, rows, options.by)}\n`);
    await setTimeout(REFRESH_MS, undefined, { signal: stopping.signal }).catch(() => {});
  }
  return code;
}

function look(urls: readonly string[], { limit, by, timeout }: Options): Promise<TopFinding[]> {
  const query = new URLSearchParams({ by, ...(limit === undefined ? {} : { limit }) });
  return Promise.all(
    urls.map(async (url) => {
      const answer = await askHotKeys({ url, timeoutMs: timeout * 1_000 }, query);
      return answer.ok ? { url, ...answer.body } : { url, error: answer.error };
    }),
  );
}

function exitOf(findings: readonly TopFinding[]): number {
  return findings.some((finding) => 'error' in finding) ? EXIT.down : EXIT.ok;
}
