import type { MakeDriver } from '../life.ts';
import { centralCounter } from '../models/central-counter.ts';
import { counterGossip } from '../models/counter-gossip.ts';
import { flowProportionalShare } from '../models/flow-proportional-share.ts';
import { globalRandomDrop } from '../models/global-random-drop.ts';
import { leaseServer } from '../models/lease-server.ts';
import { modelled } from '../models/modelled.ts';
import { oracle } from '../models/oracle.ts';
import { reactiveCounter } from '../models/reactive-counter.ts';
import { shareRedistribution } from '../models/share-redistribution.ts';
import { staticSplit } from '../models/static-split.ts';

/** Something that holds a global limit, or tries to. */
export type Contestant = {
  readonly name: string;
  /** One sentence: how it decides. */
  readonly about: string;
} & (
  | {
      readonly kind: 'headgate';
      readonly reclaimPermille: number;
      /** Whether shares stay where the weights put them. */
      readonly fixed?: boolean;
    }
  | {
      readonly kind: 'model';
      /** Makes what makes the processes of one world. */
      readonly prepare: () => MakeDriver;
      /** Whether it spreads a limit evenly over its window. */
      readonly holdsRate?: boolean;
    }
);

const RECLAIM_PERMILLE = [0, 500, 800] as const;

/** Headgate with `reclaimPermille` of every share leased. */
export function headgateWith(reclaimPermille: number): Extract<Contestant, { kind: 'headgate' }> {
  const name = `Headgate, λ = ${reclaimPermille / 1_000}`;
  const given = reclaimPermille === 0 ? 'nothing' : `${reclaimPermille / 10} %`;
  const about = `the production code; ${given} of a lost region's share can be given to others`;
  return { name, about, kind: 'headgate', reclaimPermille };
}

/** The ways that others go, in the order in which tables show them. */
export const MODELS: readonly Contestant[] = [
  {
    name: 'static split',
    about: 'every region has its part by weight and asks nobody',
    kind: 'model',
    prepare: () => modelled(staticSplit),
  },
  {
    name: 'G-counter gossip',
    about: 'no shares: admit while all that is known to be used is below the limit',
    kind: 'model',
    prepare: () => modelled(counterGossip),
  },
  {
    name: 'naive redistribution',
    about: 'shares by weight; a coordinator gives those of suspected regions to the others, and back',
    kind: 'model',
    prepare: () => modelled(shareRedistribution),
  },
  {
    name: 'central counter, fails open',
    about: 'the first region counts for all; who gets no answer within 500 ms lets the request through',
    kind: 'model',
    prepare: () => modelled(centralCounter),
  },
  {
    name: 'global random drop',
    about: 'Raghavan et al. 2007: gossip demand, drop by chance what is too much',
    kind: 'model',
    prepare: () => modelled(globalRandomDrop),
    holdsRate: true,
  },
  {
    name: 'flow-proportional share',
    about: 'Raghavan et al. 2007: gossip demand, a token bucket with a part of the rate in proportion',
    kind: 'model',
    prepare: () => modelled(flowProportionalShare),
    holdsRate: true,
  },
  {
    name: 'lease server',
    about: 'like Doorman: an elected master leases rates for 5 s; without a lease nothing passes',
    kind: 'model',
    prepare: () => modelled(leaseServer),
    holdsRate: true,
  },
  {
    name: 'reactive bounded counter',
    about: 'Balegas et al. 2015: rights by weight, pulled from the richest when short',
    kind: 'model',
    prepare: () => modelled(reactiveCounter),
  },
];

/** Everybody who takes part in the tables. */
export const CONTESTANTS: readonly Contestant[] = [...MODELS, ...RECLAIM_PERMILLE.map(headgateWith)];

/** What cannot be: a counter without any distance. It is the measure of the others where a limit is hard to use. */
export const ORACLE: Contestant = {
  name: 'oracle',
  about: 'one counter that all regions read and write at no distance',
  kind: 'model',
  prepare: () => modelled(oracle(new Map())),
};
