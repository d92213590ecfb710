import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { EXIT, EXIT_HELP } from './exit-codes.ts';

/** A verb's file: it says what the verb takes and does. `all` makes every verb say so, for the one that tells shells of them. */
type VerbFile = { readonly define: (command: Command, all: () => Promise<readonly Command[]>) => void };

/** Every verb with its one line; the file is loaded when the verb is asked for, so that each starts fast. */
const VERBS: Readonly<Record<string, { readonly summary: string; readonly load: () => Promise<VerbFile> }>> =
  {
    serve: { summary: 'run one coordinator', load: () => import('./serve.ts') },
    dev: { summary: 'run three regions on this machine', load: () => import('./dev.ts') },
    validate: { summary: 'check configuration and limits files', load: () => import('./validate.ts') },
    simulate: { summary: 'play a scenario through in virtual time', load: () => import('./simulate.ts') },
    health: { summary: 'ask coordinators how they are', load: () => import('./health.ts') },
    status: { summary: 'show what coordinators hold and exchange', load: () => import('./status.ts') },
    bench: { summary: 'measure a deployment under load', load: () => import('./bench.ts') },
    top: { summary: 'show the keys that are asked for most', load: () => import('./top.ts') },
    report: { summary: 'report what regions did since they started', load: () => import('./report.ts') },
    completion: { summary: 'print completions for a shell', load: () => import('./completion.ts') },
    limits: { summary: 'look at limits and change them', load: () => import('./limits.ts') },
    throttling: { summary: 'say why limits denied', load: () => import('./throttling.ts') },
    explain: { summary: 'show which limits a request meets', load: () => import('./explain.ts') },
  };

/** Runs the command line `args` (without node and script) and sets the process's exit code. Never rejects. */
export async function run(args: readonly string[]): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreBrokenPipe);
  const program = new Command('headgate')
    .description('One global rate limit, held by several regions without asking each other.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .addHelpText('after', `${EXIT_HELP}\n\nExample:\n  headgate dev`)
    .showHelpAfterError('(see headgate --help)')
    .exitOverride();
  const verbs = Object.entries(VERBS).map(([name, { summary, load }]) => {
    const command = program.command(name).description(summary).helpOption('-h, --help', 'show help');
    command.showHelpAfterError(`(see headgate ${name} --help)`).exitOverride();
    let isDefined = false;
    const define = async () => {
      if (!isDefined) (await load()).define(command, all);
      isDefined = true;
      return command;
    };
    return { name, define };
  });
  const all = () => Promise.all(verbs.map(({ define }) => define()));
  for (const { name, define } of verbs) if (args.slice(0, 2).includes(name)) await define();
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    else {
      process.stderr.write(`headgate: ${explain(error)}\n`);
      process.exitCode = EXIT.failed;
    }
  }
}

/** What the machine refused, or what we say ourselves, in one sentence; a defect with where it happened. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isExpected = 'code' in error || error.constructor === Error || error instanceof RangeError;
  return isExpected ? error.message : (error.stack ?? error.message);
}

/** A reader that goes away, as `head` does, is no reason to crash: least of all for a coordinator whose log nobody takes. */
function ignoreBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}
