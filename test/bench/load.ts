import { fileURLToPath } from 'node:url';
import { output, type ServerProcess } from './pinned.ts';

const SCRIPT = fileURLToPath(new URL('load.lua', import.meta.url));

/** Connections that are kept open: more than one server needs to be busy all the time. */
const CONNECTIONS = 32;

export type Load = {
  readonly kind: 'get' | 'post' | 'batch';
  /** Different keys that are asked for in turn. */
  readonly tenants: number;
  readonly seconds: number;
  /** Milliseconds for which a connection waits before its next request, on average; as fast as can be where it is 0. */
  readonly pauseMs?: number;
  readonly connections?: number;
};

/** What one stretch of load came to. */
export type Loaded = {
  readonly perSecond: number;
  /** Microseconds of the server's processor time for one request. */
  readonly cpuUs: number;
  /** Milliseconds from a request to its answer. */
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly most: number;
};

type Printed = Loaded & { readonly requests: number; readonly seconds: number; readonly failed: number };

/** Loads a server with wrk. Rejects when a request was not answered with 200: what is measured would be something else. */
export async function load(server: ServerProcess, what: Load): Promise<Loaded> {
  const { kind, tenants, seconds, pauseMs = 0, connections = CONNECTIONS } = what;
  const before = server.cpuMs();
  const flags = ['--threads', '1', '--connections', String(connections), '--duration', `${seconds}s`];
  const words = [kind, String(tenants), String(pauseMs)];
  const printed = await output(['wrk', ...flags, '--script', SCRIPT, server.origin, '--', ...words], 'load');
  const cpuMs = server.cpuMs() - before;
  const {
    requests,
    seconds: took,
    failed,
    ...latencies
  } = JSON.parse(printed.trimEnd().split('\n').at(-1) ?? '') as Printed;
  if (failed > 0) throw new Error(`${failed} of ${requests} requests to ${server.origin} failed`);
  return { ...latencies, perSecond: requests / took, cpuUs: (cpuMs * 1_000) / requests };
}
