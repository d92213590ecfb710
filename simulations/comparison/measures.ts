import type { RegionId } from '../../crdt/index.ts';
import type { Truth } from '../checkers/truth.ts';
import { type Figures, totalOf } from '../scenario/figures.ts';
import { promisedIn } from '../scenario/measured-window.ts';
import type { Meter } from '../scenario/meter.ts';
import type { Loss, Scenario } from '../scenario/scenario.ts';
import type { Waits } from './waits.ts';

/** How long something took, or that it never came about. */
export type Seconds = number | 'never';

/** What can be said of every contestant alike, from what its clients saw. Plain data. */
export type Measures = {
  /** The most that any window after the warm-up admitted above its limit, as a part of the limit. */
  readonly overAdmission: number;
  /** Permits above the limit in all windows, those of the warm-up too. */
  readonly overAdmitted: number;
  /** Permits let through after the warm-up. */
  readonly admitted: number;
  /** What was admitted of what could have been: of the limit, or of what was asked for where that is less. */
  readonly utilisation: number;
  /** Denied permits for which the window had room, as a part of what was asked for. */
  readonly falseDenials: number;
  readonly messagesPerSecond: number;
  /**
   * From a loss until the end of the first window in which the others let through as much as they come to while it lasts; never where that
   * is no more than their own shares; undefined where there is no loss to learn from.
   */
  readonly reclaim: Seconds | undefined;
  /**
   * The same until the others let through all but the floors of the lost: until leased parts are in use again. Of Headgate only, where
   * something is leased.
   */
  readonly leasedReclaim: Seconds | undefined;
  /** From the end of a loss until the end of the first window that is used to 99 %. */
  readonly recovery: Seconds | undefined;
  /** How long clients waited for an answer, in milliseconds. */
  readonly waitMs: { readonly median: number; readonly p99: number };
};

/** What a run left behind. */
export type Seen = {
  readonly scenario: Scenario;
  readonly isHeadgate: boolean;
  readonly figures: Figures;
  readonly meter: Meter;
  readonly truth: Truth;
  readonly waits: Waits;
  readonly elapsedMs: number;
};

/** Windows that must fit into a loss before it says anything about how quickly it was made up for. */
const WINDOWS_IN_LOSS_MIN = 8;

/** As good as reached. */
const REACHED = 0.98;

/** Using this much of what could be used is full use. */
const FULL = 0.99;

/** Measures a run. */
export function measure(seen: Seen): Measures {
  const { figures, scenario, waits } = seen;
  const all = windowsOf(seen);
  const afterWarmUp = all.filter(({ startMs }) => startMs >= scenario.warmUpMs);
  const measured = afterWarmUp.length > 0 ? afterWarmUp : all;
  return {
    overAdmission: Math.max(0, ...measured.map(({ admitted, most }) => (admitted - most) / most)),
    overAdmitted: figures.overAdmission(),
    admitted: sum(measured, ({ admitted }) => admitted),
    utilisation: figures.utilisation(figures.measured),
    falseDenials: figures.falseDenials(figures.measured),
    messagesPerSecond: figures.messagesPerSecond(),
    reclaim: longest(scenario.losses.map((loss) => reclaimAfter(loss, all, seen))),
    leasedReclaim: longest(scenario.losses.map((loss) => leasedAfter(loss, all, seen))),
    recovery: longest(scenario.losses.map((loss) => recoveryAfter(loss, all, seen))),
    waitMs: { median: waits.quantile(0.5), p99: waits.quantile(0.99) },
  };
}

/** One key's window, with what matters of it. */
type Window = {
  readonly startMs: number;
  readonly endMs: number;
  readonly offered: number;
  readonly admitted: number;
  readonly most: number;
  readonly byRegion: ReadonlyMap<RegionId, number>;
};

function windowsOf({ meter, truth }: Seen): Window[] {
  return [...meter.windows.values()].map(
    ({ limit, windowId, key, atMs, untilMs, offered, admitted }): Window => ({
      startMs: atMs,
      endMs: untilMs,
      offered: totalOf(offered),
      admitted: totalOf(admitted),
      // Where nobody says which version is stable, as no model does, this is the limit as it is written.
      most: promisedIn(truth, limit, windowId, key),
      byRegion: admitted,
    }),
  );
}

/** What the others let through in each window of a loss, all keys together; undefined where there were too few to tell. */
function duringLoss(
  { regions, atMs, untilMs }: Loss,
  windows: readonly Window[],
  { scenario }: Seen,
): { readonly endMs: number; readonly admitted: number }[] | undefined {
  const survivors = scenario.plan.members
    .map(({ region }) => region)
    .filter((region) => !regions.includes(region));
  const admitted = new Map<number, number>();
  for (const { startMs, endMs, byRegion } of windows) {
    if (startMs < atMs || endMs > untilMs) continue;
    const here = sum(survivors, (region) => byRegion.get(region) ?? 0);
    admitted.set(endMs, (admitted.get(endMs) ?? 0) + here);
  }
  // Where limits change there is nothing to hold against what the others let through.
  if (scenario.plan.faults.some(({ kind }) => kind === 'change')) return undefined;
  if (admitted.size < WINDOWS_IN_LOSS_MIN || survivors.length === 0) return undefined;
  return [...admitted]
    .map(([endMs, amount]) => ({ endMs, admitted: amount }))
    .sort((a, b) => a.endMs - b.endMs);
}

/** What the others come to is the median of the second half of the loss; it must be more than the shares that they had before. */
function reclaimAfter(loss: Loss, windows: readonly Window[], seen: Seen): Seconds | undefined {
  const during = duringLoss(loss, windows, seen);
  if (during === undefined) return undefined;
  const late = during.slice(Math.floor(during.length / 2)).map(({ admitted }) => admitted);
  const settled = (late.sort((a, b) => a - b)[Math.floor(late.length / 2)] ?? 0) * REACHED;
  return settled <= sharesIn(seen, loss).kept ? 'never' : reachedAfter(loss, during, settled);
}

/** All but the floors of the lost, and a permit for each region that rounding may keep. */
function leasedAfter(loss: Loss, windows: readonly Window[], seen: Seen): Seconds | undefined {
  const during = duringLoss(loss, windows, seen);
  const { members, limits } = seen.scenario.plan;
  const leased = Math.min(...limits.map(({ reclaimPermille }) => reclaimPermille)) / 1_000;
  if (during === undefined || !seen.isHeadgate || leased === 0) return undefined;
  const { kept, lost } = sharesIn(seen, loss);
  return reachedAfter(loss, during, kept + leased * lost - members.length);
}

function reachedAfter(
  loss: Loss,
  during: readonly { readonly endMs: number; readonly admitted: number }[],
  enough: number,
): Seconds {
  const reached = during.find(({ admitted }) => admitted >= enough);
  return reached === undefined ? 'never' : (reached.endMs - loss.atMs) / 1_000;
}

/** What weights give to those who are lost and to the others, of all limits. */
function sharesIn({ scenario }: Seen, { regions }: Loss): { readonly kept: number; readonly lost: number } {
  const { members, limits } = scenario.plan;
  const all = sum(limits, ({ limit }) => limit);
  const isLost = ({ region }: { readonly region: RegionId }) => regions.includes(region);
  const weight = ({ weight: each }: { readonly weight: number }) => each;
  const lost = (all * sum(members.filter(isLost), weight)) / sum(members, weight);
  return { kept: all - lost, lost };
}

/** The first window that is used in full after the end of a loss that ends while clients still ask. */
function recoveryAfter({ untilMs }: Loss, windows: readonly Window[], seen: Seen): Seconds | undefined {
  const { losses } = seen.scenario;
  if (losses.some((other) => other.atMs <= untilMs && other.untilMs > untilMs)) return undefined;
  const after = windows
    .filter(({ startMs, endMs }) => startMs >= untilMs && endMs <= seen.elapsedMs)
    .sort((a, b) => a.startMs - b.startMs);
  if (after.length < WINDOWS_IN_LOSS_MIN) return undefined;
  const full = after.find(({ admitted, offered, most }) => admitted >= FULL * Math.min(most, offered));
  return full === undefined ? 'never' : (full.endMs - untilMs) / 1_000;
}

function longest(times: readonly (Seconds | undefined)[]): Seconds | undefined {
  const known = times.filter((time) => time !== undefined);
  if (known.length === 0) return undefined;
  return known.includes('never') ? 'never' : Math.max(...known.map(Number));
}

function sum<Item>(items: readonly Item[], amount: (item: Item) => number): number {
  return items.reduce((total, item) => total + amount(item), 0);
}
