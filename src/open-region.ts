import type { Settings } from '../config/settings.ts';
import type { DiagnosedTransport } from '../transport/diagnosis.ts';
import type { FileJournal } from './adapters/journal/file-journal.ts';
import { systemClock } from './adapters/system/clock.ts';
import { newLedgerId } from './adapters/system/random.ts';
import type { Recovery } from './core/journal.ts';
import type { Log, Transport } from './ports.ts';
import { Region } from './region/region.ts';
import { openNode, type StoreWatch } from './region-nodes.ts';
import { createTransport, type Linked } from './regional-transport.ts';
import type { RunningRegion } from './running-region.ts';

/** A region, or one of its nodes, with what belongs to it. */
export type OpenedRegion = {
  readonly region: RunningRegion;
  readonly transport: Transport;
  /** The transport itself, whatever stands before it. */
  readonly diagnosed: DiagnosedTransport;
  /** Undefined where nothing is written to a disk here. */
  readonly journal: FileJournal | undefined;
  /** Undefined where the region is one process. */
  readonly store: StoreWatch | undefined;
};

type Wanted = {
  readonly linked: Linked;
  readonly newCluster?: boolean;
  readonly wrapTransport?: (transport: Transport) => Transport;
  readonly onSuperseded: () => void;
};

/** Opens what the settings ask for: a region by itself with its own journal, or one node of several. */
export async function openRegion(settings: Settings, wanted: Wanted): Promise<OpenedRegion> {
  const { linked, newCluster = false, wrapTransport } = wanted;
  const node = await openNode(settings, {
    log: linked.log,
    newCluster,
    wrapTransport,
    createTransport: () => createTransport(settings, linked),
  });
  if (node !== undefined) {
    const { region, transport, store } = node;
    return { region, transport, diagnosed: transport, journal: undefined, store };
  }
  const diagnosed = await createTransport(settings, linked);
  const transport = wrapTransport?.(diagnosed) ?? diagnosed;
  const opened = await openJournal(settings, linked.log);
  const own = { transport, log: linked.log, journal: opened, newCluster };
  const region = createRegion(settings, own, wanted.onSuperseded);
  return { region, transport, diagnosed, journal: opened?.journal, store: undefined };
}

type OpenedJournal = { readonly journal: FileJournal; readonly recovery: Recovery | undefined };

/** The journal with what it kept; undefined where the settings want none. Loaded when wanted, as transports are. */
async function openJournal(
  { environment, node, journalDirectory }: Settings,
  log: Log,
): Promise<OpenedJournal | undefined> {
  if (journalDirectory === undefined) return undefined;
  const { FileJournal } = await import('./adapters/journal/file-journal.ts');
  const { region } = node;
  const place = { directory: journalDirectory, region, environment };
  const journal = new FileJournal({ ...place, ledger: newLedgerId, clock: systemClock, log });
  return { journal, recovery: await journal.open() };
}

function createRegion(
  { node, members, limits, timing }: Settings,
  {
    transport,
    log,
    journal: opened,
    newCluster,
  }: {
    readonly transport: Transport;
    readonly log: Log;
    readonly journal: OpenedJournal | undefined;
    readonly newCluster: boolean;
  },
  onSuperseded: () => void,
): Region {
  const base = { region: node.region, members, limits, timing };
  const ports = { clock: systemClock, transport, log };
  if (opened === undefined)
    return new Region({ ...base, ledger: newLedgerId(), newCluster }, ports, onSuperseded);
  const { journal, recovery } = opened;
  // Books that were found are a life, whatever the operator says; so are traces of books that cannot be trusted.
  const fresh = newCluster && journal.found === 'nothing';
  if (newCluster && !fresh)
    log.warn('new_cluster_ignored', { because: `the journal holds ${journal.found}` });
  const setup = { ...base, ledger: journal.ledger, newCluster: fresh, journaling: true, recovery };
  return new Region(setup, { ...ports, journal }, onSuperseded);
}
