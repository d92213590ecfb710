import type { RegionId } from '../../../crdt/index.ts';
import type { Configuration } from '../../../src/core/version.ts';
import type { Load } from '../../load.ts';
import type { Fault, LinkName, Plan } from '../../plan.ts';
import { count, span } from '../wording.ts';

/** Something that the reader of a chart should know of. It ends where it begins when it has no duration. */
export type ScenarioEvent = {
  readonly what: string;
  readonly kind: 'fault' | 'change' | 'load';
  readonly atMs: number;
  readonly untilMs: number;
};

/** What goes wrong, is changed or comes in a scenario, in words, the first first. */
export function eventsOf(plan: Plan): ScenarioEvent[] {
  let configuration: Configuration = { members: plan.members, limits: plan.limits, retired: [] };
  const regions = plan.members.map(({ region }) => region);
  const faults = plan.faults.map((fault): ScenarioEvent => {
    const what = describe(fault, regions, configuration);
    if (fault.kind === 'change') configuration = fault.configuration;
    const untilMs =
      'forMs' in fault ? fault.atMs + fault.forMs : fault.kind === 'death' ? plan.faultyMs : fault.atMs;
    return {
      what,
      kind: fault.kind === 'change' ? 'change' : 'fault',
      atMs: fault.atMs,
      untilMs: Math.min(untilMs, plan.faultyMs),
    };
  });
  return [...faults, ...plan.load.flatMap(flashOf)].sort((one, other) => one.atMs - other.atMs);
}

function flashOf({ shape, origins }: Load): ScenarioEvent[] {
  if (shape.kind !== 'flash') return [];
  const from = origins.map(([region]) => region).join(', ');
  const what = `${shape.factor} times the load from ${from}`;
  return [{ what, kind: 'load', atMs: shape.atMs, untilMs: shape.atMs + shape.forMs }];
}

function describe(fault: Fault, regions: readonly RegionId[], before: Configuration): string {
  switch (fault.kind) {
    case 'crash':
      return fault.losesDisk ? `${fault.region} crashes and loses its disk` : `${fault.region} crashes`;
    case 'death':
      return `${fault.region} is gone for good`;
    case 'restart':
      return `${fault.region} restarts`;
    case 'pause':
      return `${fault.region} stands still`;
    case 'twin':
      return `a second ${fault.region} starts`;
    case 'disk':
      return `the disk of ${fault.region} is ${fault.mood}`;
    case 'change':
      return describeChange(before, fault.configuration);
    case 'cut':
      return describeCut(fault.links, regions);
    case 'flap':
      return `${describeLinks(fault.links, regions)} on and off`;
    case 'clog':
      return `${describeLinks(fault.links, regions)} clogged`;
    case 'noise':
      return 'messages are lost, doubled or late';
    case 'slow':
      return `${fault.region} reads slowly`;
    case 'step':
      return `the clock of ${fault.region} jumps ${span(Math.abs(fault.byMs))} ${fault.byMs < 0 ? 'back' : 'ahead'}`;
    case 'drift':
      return `the clock of ${fault.region} gains ${fault.partsPerMillion / 10_000} %`;
    case 'sway':
      return `the clock of ${fault.region} sways`;
  }
}

function describeChange(before: Configuration, after: Configuration): string {
  const names = (configuration: Configuration) => configuration.members.map(({ region }) => region);
  const joins = names(after).filter((region) => !names(before).includes(region));
  const leaves = names(before).filter((region) => !names(after).includes(region));
  const limits = after.limits.flatMap(({ name, limit }) => {
    const earlier = before.limits.find((spec) => spec.name === name);
    return earlier === undefined || earlier.limit === limit
      ? []
      : [`${name}: limit ${count(earlier.limit)} → ${count(limit)}`];
  });
  const parts = [
    ...joins.map((region) => `${region} joins`),
    ...leaves.map((region) => `${region} leaves`),
    ...limits,
  ];
  return parts.length > 0 ? parts.join(', ') : 'quotas change';
}

function describeCut(links: readonly LinkName[], regions: readonly RegionId[]): string {
  if (isAll(links, regions)) return 'all links are down';
  const side = sideOf(links, regions);
  return side === undefined ? `${describeLinks(links, regions)} down` : `${side.join(' and ')} cut off`;
}

/** Links by name: a region's, all, a few one by one, or how many. */
function describeLinks(links: readonly LinkName[], regions: readonly RegionId[]): string {
  if (isAll(links, regions)) return 'all links';
  const side = sideOf(links, regions);
  if (side !== undefined) return `links of ${side.join(' and ')}`;
  return links.length <= 3
    ? links.map(([from, to]) => `${from} → ${to}`).join(', ')
    : `${links.length} links`;
}

function isAll(links: readonly LinkName[], regions: readonly RegionId[]): boolean {
  return regions.every((from) => regions.every((to) => from === to || has(links, from, to)));
}

/** The smaller side, where the links are exactly those between two groups of regions. */
function sideOf(links: readonly LinkName[], regions: readonly RegionId[]): RegionId[] | undefined {
  const [first] = links[0] ?? [];
  if (first === undefined) return undefined;
  const there = regions.filter((region) => region !== first && has(links, first, region));
  const here = regions.filter((region) => !there.includes(region));
  const isCut = regions.every((from) =>
    regions.every(
      (to) => from === to || has(links, from, to) === (here.includes(from) !== here.includes(to)),
    ),
  );
  if (!isCut || there.length === 0) return undefined;
  return here.length * 2 < regions.length ? here : there;
}

function has(links: readonly LinkName[], from: RegionId, to: RegionId): boolean {
  return links.some(([a, b]) => a === from && b === to);
}
