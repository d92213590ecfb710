import { parseArgs } from 'node:util';
import { loadConfiguration } from '../../config/load.ts';
import { formatProblems } from '../../config/problem.ts';
import type { RegionId } from '../../crdt/index.ts';
import { systemRandom } from '../../src/adapters/system/random.ts';
import { startDaemon } from '../../src/daemon.ts';
import { FaultyTransport, type Loss } from './faulty-transport.ts';

// A coordinator as `headgate serve` runs it, but for a transport that loses frames, and a clock that is wrong, when the test says so.

/** What a test may order, by the process's channel; each order is answered when it holds. */
export type Order =
  | { readonly kind: 'lose'; readonly loss: Partial<Loss>; readonly peer?: RegionId }
  | { readonly kind: 'heal' }
  /** Sets the wall clock that this process sees ahead of the machine's, or behind it. */
  | { readonly kind: 'clock'; readonly aheadMs: number };

/** The answer to an order: how many messages were lost since the start. */
export type Obeyed = { readonly lost: number };

const { values } = parseArgs({
  options: { config: { type: 'string' }, region: { type: 'string' }, 'new-cluster': { type: 'boolean' } },
});
const loaded = loadConfiguration({
  file: values.config,
  env: {},
  flags: { 'node.region': values.region },
});
if (!loaded.ok) throw new Error(formatProblems(loaded.problems));
const { settings } = loaded;
const peers = settings.members
  .map(({ region }) => region)
  .filter((region) => region !== settings.node.region);

let faults: FaultyTransport | undefined;
const daemon = await startDaemon(settings, {
  newCluster: values['new-cluster'] === true,
  wrapTransport: (transport) => {
    faults = new FaultyTransport(transport, peers, systemRandom);
    return faults;
  },
});

const machineNow = Date.now;

process.on('message', (order: Order) => {
  if (order.kind === 'lose') faults?.lose(order.loss, order.peer);
  else if (order.kind === 'clock') Date.now = () => machineNow() + order.aheadMs;
  else faults?.heal();
  const answer: Obeyed = { lost: faults?.lost() ?? 0 };
  process.send?.(answer);
});
for (const event of ['SIGTERM', 'disconnect'] as const) process.once(event, () => void daemon.stop());
await daemon.ended;
process.exit(0);
