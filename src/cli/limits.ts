import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Changed } from '../administration/answers.ts';
import { type AdminQuestion, askAdmin } from './admin-client.ts';
import { EXIT } from './exit-codes.ts';
import { auditText, changedText, limitsText, versionsText } from './limits-text.ts';
import { addSecureOptions } from './secure-fetch.ts';

/** Where one coordinator listens that was told nothing. */
const DEFAULT_URL = '127.0.0.1:8080';

/** Random bytes of a token: nobody guesses 256 bits. */
const TOKEN_BYTES = 32;

type Options = {
  readonly url: string;
  readonly token?: string;
  readonly timeout: number;
  readonly json?: boolean;
};
type ChangeOptions = Options & {
  readonly dryRun?: boolean;
  readonly ifMatch?: string;
  readonly comment?: string;
};
type OverrideOptions = ChangeOptions & {
  readonly dimension: Readonly<Record<string, string>>;
  readonly limit: string;
  readonly burst?: string;
};

const EXAMPLES = `
Exit codes: 0 done, 3 the limits have problems, 6 no answer, 8 others changed them meanwhile, 9 not allowed.

Examples:
  headgate limits get > limits.yaml
  headgate limits apply limits.yaml --dry-run
  headgate limits apply limits.yaml --if-match 7@us-east --comment "more for everybody"
  headgate limits override set orders-per-tenant --dimension tenant=acme --limit 5000
  headgate limits diff 6 7
  headgate limits rollback 6`;

/** `headgate limits`: looks at the limits of all regions and changes them, through one coordinator. */
export function define(command: Command): void {
  command.addHelpText('after', EXAMPLES);
  defineLooking(command);
  defineChanging(command);
  defineOverrides(command.command('override').description('other amounts for some keys'));
  command
    .command('new-token <name>')
    .description('draw a token, and print what the configuration needs to know it')
    .addOption(
      new Option('--role <role>', 'what it may be used for')
        .choices(['check', 'read', 'admin'])
        .default('admin'),
    )
    .action((name: string, { role }: { readonly role: string }) => newToken(name, role));
}

function defineLooking(command: Command): void {
  looking(command, 'list', 'show the limits in force').action(async (options: Options) =>
    show(options, { path: 'limits' }, limitsText),
  );
  looking(command, 'get', 'print the limits in force as a limits file').action(async (options: Options) => {
    const headers = { accept: 'application/yaml' };
    if (options.json === true) await show(options, { path: 'limits' }, () => '');
    else await print(options, { path: 'limits', headers }, (text) => text.trimEnd());
  });
  looking(command, 'versions', 'show what was in force when, and by whom').action(async (options: Options) =>
    show(options, { path: 'versions' }, versionsText),
  );
  looking(command, 'diff <a> <b>', 'show what makes one version another').action(
    async (a: string, b: string, options: Options) => {
      const path = `versions/${encodeURIComponent(a)}/diff/${encodeURIComponent(b)}`;
      await show(options, { path }, ({ text }: { readonly text: string }) => text || 'no difference');
    },
  );
  looking(command, 'audit', 'show who changed what, as this coordinator knows')
    .option('--since <time>', 'not before, such as 2026-01-31T12:00:00Z')
    .option('--limit <entries>', 'most entries; the newest are shown')
    .action(async (options: Options & { readonly since?: string; readonly limit?: string }) => {
      const query = { since: options.since, limit: options.limit };
      await show(options, { path: 'audit', query }, auditText);
    });
}

function defineChanging(command: Command): void {
  changing(command, 'apply <file>', 'replace all limits by those of a file; - reads standard input').action(
    async (file: string, options: ChangeOptions) => {
      const body = readFileSync(file === '-' ? 0 : file, 'utf8');
      await change(options, { method: 'PUT', path: 'limits', body, file });
    },
  );
  changing(
    command,
    'put <name> <file>',
    'make or replace one limit by that of a file; - reads standard input',
  ).action(async (name: string, file: string, options: ChangeOptions) => {
    const body = readFileSync(file === '-' ? 0 : file, 'utf8');
    await change(options, { method: 'PUT', path: `limits/${encodeURIComponent(name)}`, body, file });
  });
  changing(command, 'remove <name>', 'remove one limit').action(
    async (name: string, options: ChangeOptions) =>
      change(options, { method: 'DELETE', path: `limits/${encodeURIComponent(name)}` }),
  );
  changing(command, 'rollback <version>', 'put the limits of an earlier version in force again').action(
    async (to: string, options: ChangeOptions) => {
      const headers = { 'content-type': 'application/json' };
      await change(options, { method: 'POST', path: 'rollback', body: JSON.stringify({ to }), headers });
    },
  );
}

function defineOverrides(command: Command): void {
  const pathOf = (name: string) => `limits/${encodeURIComponent(name)}/overrides`;
  changing(command, 'set <name>', 'give some keys of a limit another amount')
    .requiredOption('--dimension <name=value>', 'which keys; may be given several times', dimension)
    .requiredOption('--limit <permits>', 'the amount')
    .option('--burst <permits>', 'of a bucket, what can be saved up')
    .action(async (name: string, { dimension: dimensions, limit, burst, ...options }: OverrideOptions) => {
      const amounts = { limit: Number(limit), ...(burst !== undefined && { burst: Number(burst) }) };
      const body = JSON.stringify({ dimensions, ...amounts });
      await change(options, { method: 'PUT', path: pathOf(name), body });
    });
  changing(command, 'remove <name>', 'let some keys go by the amount of the limit again')
    .requiredOption('--dimension <name=value>', 'which keys; may be given several times', dimension)
    .action(async (name: string, { dimension: dimensions, ...options }: OverrideOptions) => {
      const entries = Object.entries(dimensions).map(([each, value]) => [`d.${each}`, value]);
      await change(options, { method: 'DELETE', path: pathOf(name), query: Object.fromEntries(entries) });
    });
}

function looking(command: Command, usage: string, description: string): Command {
  const looked = command
    .command(usage)
    .description(description)
    .addOption(
      new Option('--url <address>', 'the coordinator to ask').env('HEADGATE_URL').default(DEFAULT_URL),
    )
    .addOption(
      new Option('--token <token>', 'a bearer token; the variable keeps it out of the list of processes').env(
        'HEADGATE_TOKEN',
      ),
    )
    .option('--timeout <seconds>', 'how long to wait for the answer', seconds, 15)
    .option('--json', 'print the answer as JSON');
  return addSecureOptions(looked);
}

function changing(command: Command, usage: string, description: string): Command {
  return looking(command, usage, description)
    .option('--dry-run', 'say what would change, and change nothing')
    .option('--if-match <version>', 'only if this is the newest version still')
    .option('--comment <text>', 'why, for the versions and the audit log');
}

async function change(options: ChangeOptions, question: AdminQuestion): Promise<void> {
  const { dryRun, ifMatch, comment } = options;
  const query = { ...question.query, comment, dryRun: dryRun === true ? '1' : undefined };
  const headers = { ...question.headers, ...(ifMatch !== undefined && { 'if-match': `"${ifMatch}"` }) };
  await show(options, { ...question, query, headers }, (changed: Changed) => changedText(changed));
}

/** Asks, and prints the answer as it is with `--json`, and for people otherwise. */
async function show<Body>(
  options: Options,
  question: AdminQuestion,
  shown: (body: Body) => string,
): Promise<void> {
  await print(options, question, (text) => {
    const body = JSON.parse(text) as Body;
    return options.json === true ? JSON.stringify(body, null, 2) : shown(body);
  });
}

async function print(
  options: Options,
  question: AdminQuestion,
  shown: (text: string) => string,
): Promise<void> {
  const place = { url: options.url, token: options.token, timeoutMs: options.timeout * 1_000 };
  const answer = await askAdmin(place, question);
  if (answer.ok) process.stdout.write(`${shown(answer.text)}\n`);
  else process.stderr.write(answer.text);
  process.exitCode = answer.ok ? EXIT.ok : answer.code;
}

function newToken(name: string, role: string): void {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const hash = createHash('sha256').update(token).digest('hex');
  process.stdout.write(`${token}\n`);
  const line = `security:\n  tokens:\n    - { name: ${name}, role: ${role}, hash: "sha256:${hash}" }\n`;
  process.stderr.write(`The token is shown this once. The configuration needs only its hash:\n${line}`);
}

function dimension(text: string, before: Readonly<Record<string, string>> = {}) {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must be NAME=VALUE, such as tenant=acme.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

function seconds(text: string): number {
  const number = Number(text);
  if (number > 0 && number <= 600) return number;
  throw new InvalidArgumentError('It must be a number of seconds above 0.');
}
