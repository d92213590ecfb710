import type { Exemplar } from './exemplar.ts';
import { type Exposition, labelled } from './exposition.ts';

/** Seconds; a decision is made in memory, so the finest buckets are microseconds, and the coarsest say that something is very wrong. */
const BUCKETS = [0.000_05, 0.000_1, 0.000_2, 0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5];

/** What the histogram is called. */
export const CHECK_DURATION = {
  name: 'headgate_check_duration_seconds',
  type: 'histogram',
  help: "From a request's head to its answer",
  labels: ['le'],
} as const;

/** How long checks took: a histogram that is counted up without making anything, for every check passes here. */
export class CheckDurations {
  /** How many fell into each bucket and none before it; the last is for those beyond all. */
  readonly #counts = new Float64Array(BUCKETS.length + 1);
  readonly #exemplars: (Exemplar | undefined)[] = [];
  #sum = 0;
  #count = 0;

  /** Notes one check, with the trace that it was part of where that is known. */
  observe(seconds: number, exemplar: Exemplar | undefined): void {
    let bucket = 0;
    while (seconds > (BUCKETS[bucket] ?? Number.POSITIVE_INFINITY)) bucket += 1;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += seconds;
    this.#count += 1;
    if (exemplar !== undefined) this.#exemplars[bucket] = exemplar;
  }

  /** Checks that were noted, and the mean of their seconds; undefined before the first. */
  get mean(): number | undefined {
    return this.#count === 0 ? undefined : this.#sum / this.#count;
  }

  /** Checks that were noted. */
  get count(): number {
    return this.#count;
  }

  /** Adds the histogram to what is told. */
  write(exposition: Exposition): void {
    const { name, labels } = CHECK_DURATION;
    exposition.begin(CHECK_DURATION);
    let upTo = 0;
    for (let bucket = 0; bucket <= BUCKETS.length; bucket += 1) {
      upTo += this.#counts[bucket] ?? 0;
      const bound = labelled(labels, [BUCKETS[bucket] ?? '+Inf']);
      exposition.sample(`${name}_bucket`, bound, upTo, this.#exemplars[bucket]);
    }
    exposition.sample(`${name}_sum`, '', this.#sum);
    exposition.sample(`${name}_count`, '', this.#count);
  }
}
