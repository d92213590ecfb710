import { type Command, InvalidArgumentError } from 'commander';
import { ask, hasFields } from './ask.ts';
import { EXIT } from './exit-codes.ts';
import { addTargetOptions, findTargets, TARGETS_HELP, type TargetOptions } from './targets.ts';
import { type ThrottlingAnswer, type ThrottlingFinding, throttlingText } from './throttling-text.ts';

type Options = TargetOptions & {
  readonly since: string;
  readonly url?: readonly string[];
  readonly json?: boolean;
};

/** `headgate throttling`: why a limit denied, the likely cause first, as each coordinator saw it. */
export function define(command: Command): void {
  command
    .argument('[limit]', 'name of the limit; all that denied something when left out')
    .option('--since <time>', 'how far back, 1s to 15m', since, '15m')
    .option('--url <url...>', 'where the coordinators answer');
  addTargetOptions(command)
    .option('--json', 'print the result as JSON')
    .addHelpText('after', TARGETS_HELP)
    .addHelpText(
      'after',
      '\nExit codes: 0 all answered, 6 one did not, 1 none knows the limit.\n\nExamples:\n  headgate throttling\n  headgate throttling orders-per-tenant --since 5m --url http://127.0.0.1:8081 http://127.0.0.1:8082',
    )
    .action(async (limit: string | undefined, options: Options) => {
      process.exitCode = await throttling(limit, options);
    });
}

async function throttling(limit: string | undefined, options: Options): Promise<number> {
  const targets = await findTargets(options.url ?? [], options);
  if (!targets.ok) {
    process.stderr.write(targets.text);
    return targets.code;
  }
  const query = new URLSearchParams({
    since: options.since,
    ...(limit === undefined ? {} : { limit }),
  });
  const findings = await Promise.all(
    targets.urls.map((url) => look({ url, timeoutMs: options.timeout * 1_000 }, query)),
  );
  if (options.json === true) process.stdout.write(`${JSON.stringify(findings, null, 2)}\n`);
  else process.stdout.write(`${throttlingText(findings, { limit, since: options.since })}\n`);
  const errors = findings.flatMap((finding) => ('error' in finding ? [finding.error] : []));
  if (errors.length === 0) return EXIT.ok;
  return errors.every((error) => error.startsWith('unknown_limit')) ? EXIT.failed : EXIT.down;
}

async function look(
  place: { readonly url: string; readonly timeoutMs: number },
  query: URLSearchParams,
): Promise<ThrottlingFinding> {
  const accepts = (body: unknown): body is ThrottlingAnswer => hasFields(body, 'region', 'limits', 'fromMs');
  const answer = await ask({ ...place, path: `/v1/throttling?${query}`, accepts });
  const { url } = place;
  return answer.ok ? { url, ...answer.body } : { url, error: answer.error };
}

function since(text: string): string {
  const [, count, unit] = /^(\d{1,4})([sm])$/.exec(text) ?? [];
  const seconds = Number(count) * (unit === 'm' ? 60 : 1);
  if (!(seconds >= 1 && seconds <= 900)) throw new InvalidArgumentError('It must be a time from 1s to 15m.');
  return text;
}
