import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadProtocol, RATE_LIMIT_SERVICE } from '../../../src/adapters/grpc/protocol.ts';
import { inTurns, ratios } from '../figures.ts';
import { output, ServerProcess, withServers } from '../pinned.ts';
import type { Effort, Line, Row } from '../row.ts';
import { besideOf } from './beside.ts';

const REQUEST = {
  domain: 'api.orders.create',
  descriptors: [{ entries: [{ key: 'tenant', value: 'tenant-000001' }] }],
};

/** Envoy's rate limit service against a server that answers without looking. */
export const grpc: Row = {
  name: 'grpc',
  what: '`ShouldRateLimit` with one descriptor, one limit, against a bare grpc-js unary server of the same messages. Load by h2load: 8 connections with 16 calls each at a time.',
  measure: async (effort) => {
    const directory = mkdtempSync(join(tmpdir(), 'headgate-bench-'));
    try {
      const file = join(directory, 'request');
      writeFileSync(file, await framed());
      return await measure(effort, file);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  },
};

async function measure({ rounds, seconds }: Effort, file: string): Promise<readonly Line[]> {
  const starting = [ServerProcess.start('headgate'), ServerProcess.start('bare-grpc')];
  return withServers(starting, async (headgate, bare) => {
    const call = (server: ServerProcess) => callFor(server, seconds, file);
    await call(headgate);
    await call(bare);
    await refuseUnlessDecided(headgate);
    const of = await inTurns(rounds, { headgate: () => call(headgate), bare: () => call(bare) });
    const rates = (name: string) => of(name).map(({ perSecond }) => perSecond);
    const costs = (name: string) => of(name).map(({ cpuUs }) => cpuUs);
    return [
      {
        measure: 'grpc: rate against bare grpc-js',
        figures: ratios(rates('headgate'), rates('bare')),
        unit: '×',
        target: { atLeast: 0.8 },
        beside: besideOf(rates('headgate'), rates('bare'), 'a second'),
      },
      {
        measure: 'grpc: the same by processor time',
        figures: ratios(costs('bare'), costs('headgate')),
        unit: '×',
        beside: besideOf(costs('headgate'), costs('bare'), 'µs a call'),
      },
    ];
  });
}

async function callFor(server: ServerProcess, seconds: number, file: string) {
  const before = server.cpuMs();
  const url = `http://127.0.0.1:${server.grpcPort}/${RATE_LIMIT_SERVICE}/ShouldRateLimit`;
  const flags = ['--clients=8', '--max-concurrent-streams=16', `--duration=${seconds}`, `--data=${file}`];
  const fields = ['--header=content-type: application/grpc', '--header=te: trailers'];
  const printed = await output(['h2load', ...flags, ...fields, url], 'load');
  const requests = Number(/(\d+) 2xx/.exec(printed)?.[1] ?? 0);
  if (requests === 0) throw new Error(`no call was answered:\n${printed}`);
  return { perSecond: requests / seconds, cpuUs: ((server.cpuMs() - before) * 1_000) / requests };
}

/** A refusal is HTTP 200 too. */
async function refuseUnlessDecided(headgate: ServerProcess): Promise<void> {
  const usage = await fetch(`${headgate.origin}/v1/usage?limit=orders-per-tenant&key=tenant-000001`);
  const { windows } = (await usage.json()) as { readonly windows: readonly { readonly used: number }[] };
  if (!windows.some(({ used }) => used > 0)) throw new Error('calls were answered, but not decided');
}

/** A message as gRPC puts it into a body: not compressed, its length, and itself. */
async function framed(): Promise<Buffer> {
  const { rateLimit } = await loadProtocol();
  const message = rateLimit['ShouldRateLimit']?.requestSerialize(REQUEST);
  if (message === undefined) throw new Error('the service has no ShouldRateLimit');
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}
