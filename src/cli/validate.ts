import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { loadLimits } from '../../config/limits-file.ts';
import { loadConfiguration } from '../../config/load.ts';
import { formatProblems, type Problem } from '../../config/problem.ts';
import { EXIT } from './exit-codes.ts';

/** What was found out about one file. */
type Report = {
  readonly file: string;
  readonly kind: 'configuration' | 'limits';
  readonly ok: boolean;
  /** What is in it, when it is right. */
  readonly contents?: string;
  readonly problems: readonly Problem[];
};

/** Only a file of limits has limits at its top level; a configuration points to one. */
const HAS_LIMITS = /^(limits|"limits"|'limits')\s*:/m;

/** `headgate validate`: checks files without running anything. */
export function define(command: Command): void {
  command
    .argument('<file...>', 'configurations and files of limits, told apart by what is in them')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nVariables that a configuration takes from the environment must be set here too.')
    .addHelpText('after', '\nExample:\n  headgate validate headgate.yaml limits.yaml')
    .action((files: readonly string[], { json = false }: { readonly json?: boolean }) => {
      const reports = files.map(check);
      if (json)
        process.stdout.write(
          `${JSON.stringify({ ok: reports.every(({ ok }) => ok), files: reports }, null, 2)}\n`,
        );
      else for (const report of reports) print(report);
      process.exitCode = reports.every(({ ok }) => ok) ? EXIT.ok : EXIT.configuration;
    });
}

function check(file: string): Report {
  if (HAS_LIMITS.test(textOf(file))) {
    const result = loadLimits(file);
    if (!result.ok) return { file, kind: 'limits', ok: false, problems: result.problems };
    return { file, kind: 'limits', ok: true, contents: count(result.limits.length, 'limit'), problems: [] };
  }
  const result = loadConfiguration({ file, env: process.env, anyRegion: true });
  if (!result.ok) return { file, kind: 'configuration', ok: false, problems: result.problems };
  const { members, limits } = result.settings;
  const contents = `${count(members.length, 'region')}, ${count(limits.length, 'limit')}`;
  return { file, kind: 'configuration', ok: true, contents, problems: [] };
}

function print({ file, kind, ok, contents, problems }: Report): void {
  if (ok) process.stdout.write(`${file}: ${kind} is right (${contents})\n`);
  else process.stderr.write(formatProblems(problems));
}

/** The text of a file, or none; why it cannot be read is told by what loads it. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
