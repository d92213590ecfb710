import type { RegionId } from '../../crdt/index.ts';
import type { Plan } from '../plan.ts';
import type { MEASURES } from './schema.ts';

export type Measure = (typeof MEASURES)[number];

/** Measures that are taken of a run as a whole: no part of it, and no limit, can be looked at alone. */
export const WHOLE_RUN_MEASURES: ReadonlySet<Measure> = new Set<Measure>([
  'over-admission',
  'reclaim',
  'recovery',
  'messages',
  'bytes',
]);

/** What a run must show, with times in milliseconds after the start. */
export type Expectation = {
  readonly measure: Measure;
  readonly atLeast: number | undefined;
  readonly atMost: number | undefined;
  readonly fromMs: number;
  readonly toMs: number;
  readonly limit: string | undefined;
};

/** Regions that are lost to the others for a while, by a fault. */
export type Loss = { readonly regions: readonly RegionId[]; readonly atMs: number; readonly untilMs: number };

/** A scenario, ready to run. */
export type Scenario = {
  readonly title: string;
  readonly about: string | undefined;
  readonly plan: Plan;
  readonly warmUpMs: number;
  readonly losses: readonly Loss[];
  readonly expectations: readonly Expectation[];
};

/** Every region that is ever there, those that join last. */
export function regionsOf({ members, faults }: Plan): RegionId[] {
  const joining = faults.flatMap((fault) => (fault.kind === 'change' ? fault.configuration.members : []));
  return [...new Set([...members, ...joining].map(({ region }) => region))];
}
