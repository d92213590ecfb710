import { Chance } from '../../simulations/chance.ts';
import { until } from '../e2e/moments.ts';
import { eventually } from '../eventually.ts';
import { Chaos, LIMITS, usedBetween } from './chaos.ts';
import { type Drawn, drawTrouble, everyKind, tellTrouble } from './menu.ts';
import { type Vitals, vitalsOf } from './vitals.ts';

/** How long after healing every limit must be used in full again, in milliseconds. */
const HEALED_MS = 10_000;

/** Windows of the short limit that are looked at after that, in milliseconds. */
const LOOKED_AT_MS = 10_000;

/** How much of what is offered beyond the limit must be used then. */
const ENOUGH = 0.98;

export type ChaosOptions = {
  readonly seed: number;
  readonly forMs: number;
  /** Each line tells what happens, as it happens. */
  readonly tell: (line: string) => void;
  /** Leaves one region alone, so that its memory can be followed, and looks at the vitals so often. */
  readonly vitalsEveryMs?: number;
  readonly onVitals?: (vitals: readonly Vitals[]) => void;
};

/** What a run has seen. */
export type ChaosOutcome = {
  readonly troubles: number;
  /** The part of the short windows that was used once all was well again, from 0 to 1. */
  readonly usedAfter: number;
  readonly windows: readonly {
    readonly limit: string;
    readonly windows: number;
    readonly most: number;
    readonly allowed: number;
  }[];
};

/** The one that only suffers from what befalls others while vitals are followed. */
const SPARED = 'us-east';

/** Breaks things under load for some time, mends all, and looks at what was admitted. Rejects when a promise was broken. */
export async function runChaos(options: ChaosOptions): Promise<ChaosOutcome> {
  const { seed, forMs, tell, vitalsEveryMs, onVitals } = options;
  const chaos = await Chaos.start();
  const watching = setInterval(() => void vitalsOf(chaos.cluster).then(onVitals), vitalsEveryMs ?? 10_000);
  try {
    const troubles = await trouble(chaos, {
      chance: new Chance(`chaos ${seed}`),
      endMs: Date.now() + forMs,
      tell,
      spare: vitalsEveryMs !== undefined,
    });
    await eventually(() => chaos.isUp(), { withinMs: 30_000, everyMs: 100, what: 'all regions are UP' });
    tell('all mended');
    const fromMs = Date.now() + HEALED_MS;
    const toMs = fromMs + LOOKED_AT_MS;
    await until(toMs);
    const [bursts] = LIMITS;
    const usedAfter = bursts === undefined ? 0 : usedBetween(chaos.observer, bursts, { fromMs, toMs });
    expectNothingBroken(chaos);
    if (usedAfter < ENOUGH) throw new Error(`only ${(usedAfter * 100).toFixed(1)} % was used after healing`);
    const windows = LIMITS.map(({ name, limit }) => ({
      limit: name,
      allowed: limit,
      ...chaos.observer.most(name),
    }));
    return { troubles, usedAfter, windows };
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${chaos.cluster.log()}`, {
      cause: error,
    });
  } finally {
    clearInterval(watching);
    await chaos.stop();
  }
}

type Plot = {
  readonly chance: Chance;
  readonly endMs: number;
  readonly tell: ChaosOptions['tell'];
  readonly spare: boolean;
};

/** Begins one trouble after the other, each of which ends in its own time; resolves with how many there were when all have ended. */
async function trouble(chaos: Chaos, { chance, endMs, tell, spare }: Plot): Promise<number> {
  const musts = everyKind(chance.split('order'));
  const mends: Promise<void>[] = [];
  let begun = 0;
  while (Date.now() < endMs) {
    const drawn = drawTrouble(chance, musts.at(-1));
    await until(Date.now() + drawn.afterMs);
    if (spare && isDeadly(drawn)) continue;
    const mend = await chaos.begin(drawn);
    if (mend === undefined) continue;
    musts.pop();
    begun += 1;
    tell(tellTrouble(drawn));
    mends.push(until(Date.now() + drawn.forMs).then(mend));
    expectNothingBroken(chaos);
  }
  await Promise.all(mends);
  return begun;
}

function isDeadly({ trouble: { kind, ...about } }: Drawn): boolean {
  return (kind === 'kill' || kind === 'amnesia') && 'region' in about && about.region === SPARED;
}

function expectNothingBroken(chaos: Chaos): void {
  const violations = chaos.violations();
  if (violations.length > 0) throw new Error(`more was admitted than the limit: ${violations.join('; ')}`);
}
