import type { Exemplar } from './exemplar.ts';

/** One sample: values of the labels in the order of the metric's label names, its number, and a request that stands for it. */
export type Sample = readonly [labels: readonly string[], value: number, exemplar?: Exemplar | undefined];

/** A metric whose samples are read off a scene. Counters only grow while the process lives. */
export type MetricRow<Scene> = {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly labels: readonly string[];
  readonly samples: (scene: Scene) => readonly Sample[];
};

type Build = <Scene>(
  name: string,
  labels: readonly string[],
  help: string,
  samples: MetricRow<Scene>['samples'],
) => MetricRow<Scene>;

/** A number that only grows; the name is without its prefix. */
export const counter: Build = (name, labels, help, samples) => {
  return { name: `headgate_${name}`, type: 'counter', help, labels, samples };
};

/** A number that comes and goes; the name is without its prefix. */
export const gauge: Build = (name, labels, help, samples) => {
  return { name: `headgate_${name}`, type: 'gauge', help, labels, samples };
};
