import type { Frame } from '../../src/watch/frame.ts';
import type { Happening } from '../../src/watch/happening.ts';
import type { Snapshot } from '../../src/watch/snapshot.ts';
import { type Told, Watch } from '../../src/watch/watch.ts';
import type { World } from '../world.ts';

/** What a listener was told, taken apart. */
export type Heard = {
  readonly told: Told[];
  snapshot(): Snapshot;
  frames(): readonly Frame[];
  last(): Frame;
  happenings(): readonly Happening[];
  leave(): void;
};

/** A watch over one region of a world, that counts its looks. */
export function watchOver(world: World, name = 'us-east') {
  const clock = world.clock(name);
  const looks = { count: 0, transportTrouble: undefined as string | undefined };
  const watch = new Watch(clock);
  watch.open({
    scene: () => {
      looks.count += 1;
      return {
        ...clock.now(),
        view: world.region(name).view(),
        transportTrouble: looks.transportTrouble,
        configurationTrouble: undefined,
        decisions: 0,
        responseMs: 0,
      };
    },
    usage: (limit, key) => world.region(name).usage(limit, key),
    hotKeys: (query) => world.region(name).hotKeys(query),
  });
  return { watch, looks };
}

/** Listens, and keeps what is told. */
export function listen(watch: Watch): Heard {
  const told: Told[] = [];
  const leave = watch.listen((one) => void told.push(one));
  const parsed = <Data>(event: Told['event']) =>
    told.filter((one) => one.event === event).map(({ data }) => JSON.parse(data) as Data);
  const snapshot = () => JSON.parse(told[0]?.data ?? '{}') as Snapshot;
  const frames = () => parsed<Frame>('second');
  return {
    told,
    snapshot,
    frames,
    last: () => frames().at(-1) ?? snapshot().frame,
    happenings: () => parsed<Happening>('happening'),
    leave,
  };
}
