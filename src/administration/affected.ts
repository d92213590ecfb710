import { baseOf } from '../core/entitlement.ts';
import { type Configuration, compileVersion, type Version } from '../core/version.ts';
import type { RegionView } from '../core/view.ts';
import type { Difference } from './diff.ts';

/** Whom a change of one limit is felt by. */
export type AffectedLimit = {
  readonly name: string;
  /** Keys that this region has counters for now. */
  readonly keys: number;
  /** Permits a second that are asked for here. */
  readonly demand: number;
  /** Permits of one window that each region begins with, for a key without an override. */
  readonly shares: readonly { readonly region: string; readonly before: number; readonly after: number }[];
};

/** Whom a change is felt by. */
export type Affected = {
  readonly limits: readonly AffectedLimit[];
  /** Regions that this one is not in contact with: whatever becomes more waits for them. */
  readonly waitsFor: readonly string[];
};

/** Who would be affected by the change from one configuration to another. */
export function affectedBy(
  [before, after]: readonly [Configuration, Configuration],
  difference: Difference,
  view: RegionView,
): Affected {
  const names = difference.limits.map(({ name }) => name);
  const touched = difference.members.length > 0 ? after.limits.map(({ name }) => name) : names;
  const [was, is] = [before, after].map((each) => compileVersion([0, view.region], each));
  return {
    limits: [...new Set([...touched, ...names])].map((name) => {
      const shown = view.limits.find(({ spec }) => spec.name === name);
      return {
        name,
        keys: shown?.keys ?? 0,
        demand: Math.round((shown?.demand ?? 0) * 1_000) / 1_000,
        shares: after.members.map(({ region }) => ({
          region,
          before: shareOf(was, region, name),
          after: shareOf(is, region, name),
        })),
      };
    }),
    waitsFor: view.peers.filter(({ status }) => status !== 'up').map(({ region }) => region),
  };
}

function shareOf(version: Version | undefined, region: string, name: string): number {
  const limit = version?.limits.get(name);
  const seat = limit?.cluster.seats.find((each) => each.region === region);
  return limit === undefined || seat === undefined ? 0 : baseOf(limit.cluster, seat, limit.limit, 0);
}
