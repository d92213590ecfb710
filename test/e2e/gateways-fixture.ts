import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '../eventually.ts';
import { quietPorts } from './quiet-ports.ts';
import { RegionProcess } from './region-process.ts';

/** Lines of a gateway's log that are kept for the case that a test fails. */
const LINES_KEPT = 40;

/** How long a gateway may take to start, in milliseconds. */
const STARTED_WITHIN_MS = 10_000;

/** Which gateway, and how its file under config/gateways/ is made to run here. */
export type GatewayProgram = {
  /** Its folder, which is also the preset of Headgate's configuration. */
  readonly name: string;
  /** The file in the folder in which addresses are replaced. */
  readonly file: string;
  /** What stands in the file for the addresses of the two sites. */
  readonly sites: { readonly open: string; readonly closed: string };
  /** Further texts that cannot stay as they are where tests run beside each other. */
  readonly replace?: (folder: string) => Readonly<Record<string, string>>;
  readonly command: (folder: string) => readonly string[];
};

/** One request as an upstream saw it. */
export type Seen = { readonly method: string; readonly url: string; readonly body: string };

/** What a client got. */
export type Got = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string };

export type Sent = {
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
};

/** A real gateway in front of a real upstream, with a real coordinator of one region to ask. */
export type GatewayWorld = {
  readonly headgate: RegionProcess;
  /** What reached the upstream, in order. */
  readonly seen: Seen[];
  /** Sends one request through the site that fails open or the one that fails closed. The path goes out as it is. */
  send(site: 'open' | 'closed', sent: Sent): Promise<Got>;
  /** What the gateway wrote last. */
  log(): string;
  stop(): Promise<void>;
};

/** Starts all three; resolves when the gateway passes requests on. */
export async function startGateway(program: GatewayProgram): Promise<GatewayWorld> {
  const folder = mkdtempSync(join(tmpdir(), `headgate-${program.name}-`));
  const [httpPort = 0, meshPort = 0, openPort = 0, closedPort = 0] = await quietPorts(4);
  const seen: Seen[] = [];
  const upstream = await startUpstream(seen);
  const headgate = new RegionProcess({
    region: 'us-east',
    port: httpPort,
    file: writeConfiguration(folder, { preset: program.name, httpPort, meshPort }),
    faulty: false,
  });
  headgate.start('first');
  await headgate.ready();
  const { port } = upstream.address() as AddressInfo;
  writeGatewayFile(program, folder, {
    '127.0.0.1:8080': `127.0.0.1:${httpPort}`,
    '127.0.0.1:9000': `127.0.0.1:${port}`,
    [program.sites.open]: program.sites.open.replace('8000', String(openPort)),
    [program.sites.closed]: program.sites.closed.replace('8001', String(closedPort)),
  });
  const gateway = new GatewayProcess(program.command(folder), folder);
  const ports = { open: openPort, closed: closedPort };
  const world: GatewayWorld = {
    headgate,
    seen,
    send: (site, sent) => send(ports[site], sent),
    log: () => gateway.log(),
    stop: async () => {
      await Promise.all([gateway.stop(), headgate.kill()]);
      upstream.closeAllConnections();
      upstream.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await eventually(async () => (await world.send('open', { path: '/free' })).status === 200, {
    withinMs: STARTED_WITHIN_MS,
    what: `${program.name} passes requests on`,
  }).catch(async (cause: unknown) => {
    await world.stop();
    throw new Error(`${program.name} did not start:\n${gateway.log()}`, { cause });
  });
  return world;
}

/** Limits that never end while a test runs, each with a counter for each API key, so that tests do not meet. */
function writeConfiguration(
  folder: string,
  {
    preset,
    httpPort,
    meshPort,
  }: { readonly preset: string; readonly httpPort: number; readonly meshPort: number },
): string {
  const limit = (name: string, dimensions: Readonly<Record<string, string>>) => {
    return { name, match: { resource: `/${name}*`, dimensions }, limit: 3, window: '1d', reclaim: 0 };
  };
  const limits = [limit('limited', { 'api-key': '*' }), limit('per-address', { ip: '*' })];
  writeFileSync(join(folder, 'limits.json'), JSON.stringify({ version: 1, limits }));
  const settings = {
    version: 1,
    node: { listen: { port: httpPort } },
    gateway: { preset, trustedProxies: ['127.0.0.1'] },
    regions: [{ name: 'us-east', quota: 100 }],
    transport: { kind: 'mesh', key: randomBytes(16).toString('hex'), mesh: { listen: { port: meshPort } } },
    durability: { journal: 'none' },
    limitsFile: join(folder, 'limits.json'),
  };
  const file = join(folder, 'headgate.json');
  writeFileSync(file, JSON.stringify(settings));
  return file;
}

/** Copies the gateway's folder and replaces what cannot stay; a text that is not there is a mistake in the test. */
function writeGatewayFile(
  program: GatewayProgram,
  folder: string,
  addresses: Readonly<Record<string, string>>,
): void {
  const source = fileURLToPath(new URL(`../../config/gateways/${program.name}`, import.meta.url));
  cpSync(source, folder, { recursive: true });
  const file = join(folder, program.file);
  let text = readFileSync(file, 'utf8');
  for (const [from, to] of Object.entries({ ...addresses, ...program.replace?.(folder) })) {
    if (!text.includes(from)) throw new Error(`${program.file} says nothing of ${from}`);
    text = text.replaceAll(from, to);
  }
  writeFileSync(file, text);
}

async function startUpstream(seen: Seen[]): Promise<Server> {
  const server = createServer((incoming, outgoing) => {
    let body = '';
    incoming.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    incoming.on('end', () => {
      seen.push({ method: incoming.method ?? '', url: incoming.url ?? '', body });
      outgoing.setHeader('content-type', 'text/plain').end('from upstream');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function send(port: number, { path, method = 'GET', headers = {}, body }: Sent): Promise<Got> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, method, headers, agent: false, timeout: 10_000 };
    const outgoing = request(options, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      incoming.on('error', reject);
      incoming.on('end', () => {
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: text });
      });
    });
    outgoing.on('error', reject).on('timeout', () => outgoing.destroy(new Error(`no answer to ${path}`)));
    outgoing.end(body);
  });
}

/** One gateway as a process of ours. */
class GatewayProcess {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];

  constructor([program = '', ...args]: readonly string[], folder: string) {
    this.#child = spawn(program, args, {
      cwd: folder,
      env: { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const output of [this.#child.stdout, this.#child.stderr]) {
      output?.setEncoding('utf8').on('data', (text: string) => this.#keep(text));
    }
    this.#child.on('error', (error) => this.#keep(`${error.message} (make setup-servers)`));
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    // In the middle of what it has under way: whoever waits for that is gone.
    child.kill('SIGTERM');
    const deadline = setTimeout(() => child.kill('SIGKILL'), 5_000);
    await ended;
    clearTimeout(deadline);
  }

  log(): string {
    return this.#lines.join('');
  }

  #keep(text: string): void {
    this.#lines.push(text);
    if (this.#lines.length > LINES_KEPT) this.#lines.shift();
  }
}
