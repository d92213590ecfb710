import { type Command, InvalidArgumentError } from 'commander';
import type { Health } from '../adapters/http/health-routes.ts';
import { EXIT } from './exit-codes.ts';
import { alignedTable } from './table.ts';

const DEFAULT_URL = 'http://127.0.0.1:8080';

/** What one coordinator said, or why it said nothing. */
type Finding = { readonly url: string; readonly health?: Health; readonly error?: string };

/** `headgate health`: asks each coordinator how it is; the exit code is for scripts. */
export function define(command: Command): void {
  command
    .argument('[url...]', 'where the coordinators answer', [DEFAULT_URL])
    .option('--timeout <seconds>', 'how long to wait for each', seconds, 2)
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExample:\n  headgate health http://127.0.0.1:8081 http://127.0.0.1:8082')
    .action(
      async (urls: readonly string[], options: { readonly timeout: number; readonly json?: boolean }) => {
        const findings = await Promise.all(urls.map((url) => ask(url, options.timeout * 1_000)));
        const text = options.json === true ? JSON.stringify(findings, null, 2) : tableOf(findings);
        process.stdout.write(`${text}\n`);
        process.exitCode = exitOf(findings);
      },
    );
}

async function ask(url: string, timeoutMs: number): Promise<Finding> {
  try {
    const target = new URL('/health', url.includes('://') ? url : `http://${url}`);
    const response = await fetch(target, { signal: AbortSignal.timeout(timeoutMs) });
    const health: unknown = await response.json();
    return isHealth(health) ? { url, health } : { url, error: 'the answer is not that of a coordinator' };
  } catch (error) {
    return { url, error: reason(error, timeoutMs) };
  }
}

function tableOf(findings: readonly Finding[]): string {
  const rows = findings.map(({ url, health, error }) =>
    health === undefined
      ? ['?', 'DOWN', url, error ?? '']
      : [health.region, health.status, url, remarks(health).join(', ')],
  );
  return alignedTable([['REGION', 'STATUS', 'ADDRESS', 'REMARKS'], ...rows]);
}

/** Everything that is not as it should be. */
function remarks({ checks }: Health): string[] {
  const { decisions, share, transport, peers } = checks;
  const lost = Object.entries(peers).filter(([, status]) => status !== 'up');
  return [
    ...(decisions === 'ok' ? [] : [decisions.replace('_', ' ')]),
    ...(share === 'whole' ? [] : ['floor of its share only']),
    ...(transport === 'ok' ? [] : ['transport disconnected']),
    ...lost.map(([region, status]) => `${region} ${status}`),
  ];
}

function exitOf(findings: readonly Finding[]): number {
  const statuses = findings.map(({ health }) => health?.status ?? 'DOWN');
  if (statuses.includes('DOWN')) return EXIT.down;
  return statuses.includes('DEGRADED') ? EXIT.degraded : EXIT.ok;
}

function reason(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${timeoutMs / 1_000} s`;
  if (error instanceof SyntaxError) return 'the answer is not JSON';
  return error.cause instanceof Error ? error.cause.message : error.message;
}

function isHealth(value: unknown): value is Health {
  return (
    typeof value === 'object' && value !== null && 'status' in value && 'region' in value && 'checks' in value
  );
}

function seconds(text: string): number {
  const number = Number(text);
  if (!(number > 0 && number <= 600))
    throw new InvalidArgumentError('It must be a number of seconds above 0.');
  return number;
}
