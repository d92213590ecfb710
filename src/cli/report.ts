import type { Command } from 'commander';
import type { Report } from '../adapters/http/report-routes.ts';
import { ask, hasFields } from './ask.ts';
import { EXIT } from './exit-codes.ts';
import { reportIn } from './report-text.ts';
import { addTargetOptions, findTargets, TARGETS_HELP, type TargetOptions } from './targets.ts';

type Options = TargetOptions & { readonly json?: boolean };

/** What one coordinator reports, or why it does not. */
export type Reported = { readonly url: string; readonly report?: Report; readonly error?: string };

/** `headgate report`: what the regions did since they started, as a page of Markdown or as JSON. */
export function define(command: Command): void {
  command.argument('[url...]', 'where the coordinators answer; give those of all regions');
  addTargetOptions(command)
    .option('--json', 'print the result as JSON')
    .addHelpText('after', TARGETS_HELP)
    .addHelpText('after', '\nExit codes: 0 all answered, 6 one did not.')
    .addHelpText(
      'after',
      '\nExample:\n  headgate report http://127.0.0.1:8081 http://127.0.0.1:8082 > report.md',
    )
    .action(async (urls: readonly string[], options: Options) => {
      process.exitCode = await report(urls, options);
    });
}

async function report(urls: readonly string[], options: Options): Promise<number> {
  const targets = await findTargets(urls, options);
  if (!targets.ok) {
    process.stderr.write(targets.text);
    return targets.code;
  }
  const reported = await Promise.all(targets.urls.map((url) => reportAt(url, options.timeout * 1_000)));
  const text = options.json === true ? `${JSON.stringify(reported, null, 2)}\n` : reportIn(reported);
  process.stdout.write(text);
  return reported.some(({ error }) => error !== undefined) ? EXIT.down : EXIT.ok;
}

async function reportAt(url: string, timeoutMs: number): Promise<Reported> {
  const accepts = (body: unknown): body is Report =>
    hasFields(body, 'region', 'status', 'limits', 'synchronisation');
  const answer = await ask({ url, path: '/v1/report', timeoutMs, accepts });
  return answer.ok ? { url, report: answer.body } : { url, error: answer.error };
}
