import { onTestFailed } from 'vitest';
import type { UsageView } from '../../src/core/view.ts';
import { Cluster, type ClusterOptions, REGIONS, type RegionName, TRANSPORTS } from './cluster.ts';
import { Load, type Stream } from './load.ts';
import { type Admitted, Observer } from './observer.ts';

/** A running cluster with clients that load it and an observer who counts what they are told. */
export type World = { readonly cluster: Cluster; readonly observer: Observer; readonly load: Load };

/** One world for each transport, all doing the same at the same time. */
export class Worlds {
  #worlds: readonly World[] = [];

  /** Starts the clusters, over all transports unless told otherwise, and then their clients. */
  async start(
    options: Omit<ClusterOptions, 'transport'>,
    streams: readonly Stream[],
    transports = TRANSPORTS,
  ): Promise<void> {
    const starts = await Promise.allSettled(
      transports.map((transport) => Cluster.start({ ...options, transport })),
    );
    this.#worlds = starts
      .filter((start) => start.status === 'fulfilled')
      .map(({ value: cluster }) => {
        const observer = new Observer(options.limits);
        return { cluster, observer, load: new Load(cluster, observer, streams) };
      });
    for (const start of starts) if (start.status === 'rejected') throw start.reason;
    for (const { load } of this.#worlds) load.start();
  }

  /** Tells the same story in each world at once. What fails says in which world, and shows the logs of its regions. */
  async tell(story: (world: World) => Promise<void>): Promise<void> {
    const failures: Error[] = [];
    await Promise.all(
      this.#worlds.map(async (world) => {
        try {
          await story(world);
        } catch (cause) {
          const { transport } = world.cluster;
          failures.push(
            new Error(`with ${transport}: ${cause instanceof Error ? cause.message : cause}`, { cause }),
          );
          onTestFailed(() => console.log(`log of ${transport}:\n${world.cluster.log()}`));
        }
      }),
    );
    if (failures.length > 1)
      throw new AggregateError(failures, failures.map(({ message }) => message).join('\n'));
    if (failures[0] !== undefined) throw failures[0];
  }

  async stop(): Promise<void> {
    await Promise.all(this.#worlds.map(({ load }) => load.stop()));
    await Promise.all(this.#worlds.map(({ cluster }) => cluster.stop()));
  }
}

export type UsageQuestion = {
  readonly limit: string;
  readonly windowId: number;
  readonly key?: string;
  /** Who is asked; all regions when left out. */
  readonly among?: readonly RegionName[];
};

/** What regions say that each region used of a key in a window; undefined where one does not know the window. */
export async function usages(
  { cluster }: World,
  { limit, windowId, key = '', among = REGIONS }: UsageQuestion,
): Promise<readonly (Admitted | undefined)[]> {
  const query = new URLSearchParams({ limit, key });
  const views = await Promise.all(among.map((name) => cluster.regions[name].read(`/v1/usage?${query}`)));
  return views.map((view) => {
    const window = (view as UsageView).windows.find((candidate) => candidate.windowId === windowId);
    if (window === undefined) return undefined;
    const used = new Map(window.byRegion.map((part) => [part.region, part.used]));
    return Object.fromEntries(REGIONS.map((name) => [name, used.get(name) ?? 0])) as Admitted;
  });
}
