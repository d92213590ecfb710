import type { RegionId } from '../../crdt/index.ts';
import type { Model, ModelPorts } from './model.ts';
import { shareAmong } from './shares.ts';
import { WindowTable } from './window-table.ts';

/** Who is thought to be lost, by whom and when: the last one written counts. */
type Finding = { readonly lost: readonly RegionId[]; readonly atMs: number; readonly writer: RegionId };

/** Every heartbeat carries what its sender holds for the newest finding. */
type Heartbeat = { readonly finding: Finding };

/**
 * Last-writer share redistribution on suspicion: the first living region in the alphabet coordinates. It hands the shares of regions that
 * it has not heard for the suspicion time to the others at once, and back as soon as they are heard. Of two findings the later counts. It
 * is as careful as the idea allows: who hears no majority finds nothing, and goes by the shares that it knows.
 *
 * Source: what a rate limiter with regional quotas and health checks comes to when shares are configuration: "mark the region as down,
 * rebalance its quota, take it back when it returns".
 */
export function shareRedistribution(ports: ModelPorts<Heartbeat>): Model<Heartbeat> {
  const { region, members, timing, clock } = ports;
  const used = WindowTable.kept(ports, () => ({ permits: 0 }));
  const heardMs = new Map<RegionId, number>();
  const startedMs = clock.now().monoMs;
  let finding = (ports.shelf.get('finding') as Finding | undefined) ?? { lost: [], atMs: 0, writer: '' };
  let share = shareAmong(members, region);

  const goBy = (newer: Finding) => {
    finding = newer;
    ports.shelf.set('finding', newer);
    share = shareAmong(
      members.filter((member) => !newer.lost.includes(member.region)),
      region,
    );
  };
  goBy(finding);

  const isLost = (other: RegionId) =>
    other !== region && (heardMs.get(other) ?? startedMs) + timing.suspicionMs < clock.now().monoMs;

  clock.every(timing.heartbeatMs, () => {
    const regions = members.map((member) => member.region).sort();
    const living = regions.filter((other) => !isLost(other));
    if (living[0] === region && 2 * living.length > regions.length) {
      const lost = regions.filter(isLost);
      if (lost.join() !== finding.lost.join()) goBy({ lost, atMs: clock.now().wallMs, writer: region });
    }
    ports.send('all', { finding });
  });

  return {
    check(counted, permits, answer) {
      const fits = counted.every((each) => used.at(each).permits + permits <= share(each));
      if (fits) for (const each of counted) used.at(each).permits += permits;
      answer(fits);
    },
    hear(from, message) {
      heardMs.set(from, clock.now().monoMs);
      if (isNewer(message.finding, finding)) goBy(message.finding);
    },
  };
}

function isNewer(a: Finding, b: Finding): boolean {
  return a.atMs > b.atMs || (a.atMs === b.atMs && a.writer > b.writer);
}
