import type { Command } from 'commander';
import type { Health } from '../adapters/http/health-routes.ts';
import { askHealth } from './answers.ts';
import { EXIT } from './exit-codes.ts';
import { linksOf, remarksOn } from './health-remarks.ts';
import { painted } from './paint.ts';
import { alignedTable } from './table.ts';
import { addTargetOptions, findTargets, TARGETS_HELP, type TargetOptions } from './targets.ts';

/** What one coordinator said, or why it said nothing. */
type Finding = { readonly url: string; readonly health?: Health; readonly error?: string };

type Options = TargetOptions & { readonly json?: boolean };

/** `headgate health`: asks each coordinator how it is; the exit code is for scripts. */
export function define(command: Command): void {
  command.argument('[url...]', 'where the coordinators answer');
  addTargetOptions(command)
    .option('--json', 'print the result as JSON')
    .addHelpText('after', TARGETS_HELP)
    .addHelpText('after', '\nExit codes: 0 all UP, 5 one is DEGRADED, 6 one is DOWN or does not answer.')
    .addHelpText('after', '\nExample:\n  headgate health http://127.0.0.1:8081 http://127.0.0.1:8082')
    .action(async (urls: readonly string[], options: Options) => {
      process.exitCode = await health(urls, options);
    });
}

async function health(urls: readonly string[], options: Options): Promise<number> {
  const targets = await findTargets(urls, options);
  if (!targets.ok) {
    process.stderr.write(targets.text);
    return targets.code;
  }
  const findings = await Promise.all(targets.urls.map((url) => look(url, options.timeout * 1_000)));
  const text = options.json === true ? JSON.stringify(findings, null, 2) : painted(textOf(findings));
  process.stdout.write(`${text}\n`);
  return exitOf(findings);
}

async function look(url: string, timeoutMs: number): Promise<Finding> {
  const answer = await askHealth({ url, timeoutMs });
  return answer.ok ? { url, health: answer.body } : { url, error: answer.error };
}

function textOf(findings: readonly Finding[]): string {
  const regions = findings.map(({ url, health, error = '' }) =>
    health === undefined
      ? ['?', 'DOWN', url, error]
      : [health.region, health.status, url, remarksOn(health).join(', ')],
  );
  const tables = [alignedTable([['REGION', 'STATUS', 'ADDRESS', 'REMARKS'], ...regions])];
  const links = linksOf(findings.flatMap(({ health }) => health ?? []));
  if (links.length > 0) tables.push(alignedTable([['LINK', 'STATUS', 'REMARKS'], ...links]));
  return tables.join('\n\n');
}

function exitOf(findings: readonly Finding[]): number {
  const statuses = findings.map(({ health }) => health?.status ?? 'DOWN');
  if (statuses.includes('DOWN')) return EXIT.down;
  return statuses.includes('DEGRADED') ? EXIT.degraded : EXIT.ok;
}
