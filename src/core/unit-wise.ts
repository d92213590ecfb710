/** A unit moves only where it is at least so much likelier to be used than where it is. */
const MUCH_LIKELIER = 3;

/** Moves looked for at one time: no more than a small limit has units. */
const MOVES_MAX = 64;

/** What is asked for too seldom to be seen is asked for now and then all the same. */
const EXPECTED_MIN = 0.02;

/**
 * What each holder of a few units should have, when so many uses of each are expected until they are worth nothing: units go one by one from where
 * theirs is least likely to be used to where the next is likeliest, while that is much likelier. Arrivals are taken for a Poisson process.
 * Of few units fairness of amounts says little: a fair part of half a unit is none.
 */
export function spreadUnits(expected: readonly number[], holds: readonly number[]): number[] {
  const has = [...holds];
  const chance = (holder: number, units: number) =>
    chanceOfAtLeast(units, Math.max(expected[holder] ?? 0, EXPECTED_MIN));
  for (let moves = 0; moves < MOVES_MAX; moves += 1) {
    let from = -1;
    let least = Number.POSITIVE_INFINITY;
    let to = -1;
    let most = 0;
    for (const [holder, units] of has.entries()) {
      const last = units >= 1 ? chance(holder, units) : Number.POSITIVE_INFINITY;
      const next = chance(holder, units + 1);
      if (last < least) [from, least] = [holder, last];
      if (next > most) [to, most] = [holder, next];
    }
    if (from < 0 || to < 0 || from === to || most < MUCH_LIKELIER * least) break;
    has[from] = (has[from] ?? 0) - 1;
    has[to] = (has[to] ?? 0) + 1;
  }
  return has;
}

/** The chance of so many arrivals or more, where `mean` are expected. */
function chanceOfAtLeast(count: number, mean: number): number {
  let exactly = Math.exp(-mean);
  let fewer = 0;
  for (let arrivals = 0; arrivals < count; arrivals += 1) {
    fewer += exactly;
    exactly *= mean / (arrivals + 1);
  }
  return Math.max(0, 1 - fewer);
}
