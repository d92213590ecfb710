import { type Command, InvalidArgumentError, Option } from 'commander';
import { localPreset } from '../../config/presets.ts';
import { EXIT } from './exit-codes.ts';
import { OWN_VARIABLES } from './own-variables.ts';
import { addSecureOptions, secureFetch, withScheme } from './secure-fetch.ts';

/** Where one coordinator listens that was told nothing. */
const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_PORT = '8080';

/** The ports that `headgate dev` takes when it is told nothing. */
const DEV_PORT_BASE = 8080;

/** How long it may take to find out whether somebody listens, in milliseconds: it is on this machine. */
const LOOK_MS = 500;

/** What every verb that asks coordinators takes. */
export type TargetOptions = { readonly config?: string; readonly timeout: number };

/** Whom to ask, or that there was nobody to be found, and what to end with. */
export type Targets =
  | { readonly ok: true; readonly urls: readonly string[] }
  | { readonly ok: false; readonly code: number; readonly text: string };

/** Adds what says whom to ask, beside addresses, and how long to wait. */
export function addTargetOptions(command: Command): Command {
  return addSecureOptions(command)
    .addOption(
      new Option('--config <file>', 'ask the coordinator that this configuration is of').env(
        'HEADGATE_CONFIG',
      ),
    )
    .option('--timeout <seconds>', 'how long to wait for each answer', seconds, 2);
}

/** In `--help`: whom a verb asks when it is told nothing. */
export const TARGETS_HELP = `
Without an address it asks the coordinator of --config, or of HEADGATE_NODE_LISTEN_PORT, or on port ${DEFAULT_PORT}; where nobody
listens there, the three regions that headgate dev starts.`;

/** Whom to ask: the addresses given, or the coordinator that is configured, or those that run on this machine. */
export async function findTargets(urls: readonly string[], { config }: TargetOptions): Promise<Targets> {
  if (urls.length > 0) return { ok: true, urls };
  if (config !== undefined) return configured(config);
  const { HEADGATE_NODE_LISTEN_HOST: host, HEADGATE_NODE_LISTEN_PORT: port } = process.env;
  const own = urlOf(host || DEFAULT_HOST, port || DEFAULT_PORT);
  if (host || port || (await isThere(own))) return { ok: true, urls: [own] };
  const local = localPreset({ portBase: DEV_PORT_BASE, key: 'of no cluster at all', transport: 'mesh' });
  const dev = local.nodes.map((node) => node.url);
  const found = await Promise.all(dev.map(isThere));
  if (found.includes(true)) return { ok: true, urls: dev };
  const text = `nobody listens at ${own}, nor where headgate dev starts regions; give addresses, or --config FILE\n`;
  return { ok: false, code: EXIT.down, text };
}

async function configured(file: string): Promise<Targets> {
  const [{ loadConfiguration }, { formatProblems }] = await Promise.all([
    import('../../config/load.ts'),
    import('../../config/problem.ts'),
  ]);
  const loaded = loadConfiguration({ file, env: process.env, extraNames: OWN_VARIABLES, anyRegion: true });
  if (!loaded.ok) return { ok: false, code: EXIT.configuration, text: formatProblems(loaded.problems) };
  const { node, http } = loaded.settings;
  const url = urlOf(node.listen.host, String(node.listen.port));
  return { ok: true, urls: [http.tls === undefined ? url : url.replace(/^http:/, 'https:')] };
}

/** The address for somebody on the same machine: every address is also the loopback's. */
function urlOf(host: string, port: string): string {
  if (host === '0.0.0.0' || host === '::') return withScheme(`${DEFAULT_HOST}:${port}`);
  return withScheme(`${host.includes(':') ? `[${host}]` : host}:${port}`);
}

async function isThere(url: string): Promise<boolean> {
  try {
    await secureFetch(url, { signal: AbortSignal.timeout(LOOK_MS) });
    return true;
  } catch (error) {
    // Silence is an answer too: somebody listens, and the verb will say that nothing comes.
    return error instanceof Error && error.name === 'TimeoutError';
  }
}

function seconds(text: string): number {
  const number = Number(text);
  if (!(number > 0 && number <= 600))
    throw new InvalidArgumentError('It must be a number of seconds above 0.');
  return number;
}
