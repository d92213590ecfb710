import { type Cluster, REGIONS, type RegionName } from '../e2e/cluster.ts';

/** What a process holds, and how promptly it runs. */
export type Vitals = {
  readonly region: RegionName;
  readonly heapMib: number;
  readonly residentMib: number;
  readonly handles: number;
  /** Lateness of the event loop that 99 of 100 turns stay below, in milliseconds. */
  readonly loopMs: number;
};

const MIB = 1024 * 1024;

/** The vitals of every region that answers. */
export async function vitalsOf(cluster: Cluster): Promise<readonly Vitals[]> {
  const read = await Promise.allSettled(REGIONS.map((region) => regionVitals(cluster, region)));
  return read.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
}

async function regionVitals(cluster: Cluster, region: RegionName): Promise<Vitals> {
  const of = (name: string) => cluster.regions[region].metric(name);
  return {
    region,
    heapMib: (await of('nodejs_heap_size_used_bytes')) / MIB,
    residentMib: (await of('process_resident_memory_bytes')) / MIB,
    handles: await of('nodejs_active_resources_total'),
    loopMs: (await of('nodejs_eventloop_lag_p99_seconds')) * 1_000,
  };
}

/** Vitals as a line of a table. */
export function tellVitals({ region, heapMib, residentMib, handles, loopMs }: Vitals): string {
  const figures = [heapMib, residentMib].map((mib) => `${mib.toFixed(0).padStart(5)} MiB`).join('');
  return `${region.padEnd(14)}${figures}${String(handles).padStart(6)} handles${loopMs.toFixed(1).padStart(8)} ms`;
}

/**
 * How much a series grows from its first half to its second, as a ratio less 1, by the medians: single collections of garbage do not
 * matter. The first fifth is left out, in which caches fill.
 */
export function growth(series: readonly number[]): number {
  const settled = series.slice(Math.floor(series.length / 5));
  const middle = Math.floor(settled.length / 2);
  const before = median(settled.slice(0, middle));
  return before === 0 ? 0 : median(settled.slice(middle)) / before - 1;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
