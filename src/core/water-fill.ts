/** What one claimant asks for and how much its claim weighs. */
export type Claim = { readonly wants: number; readonly weight: number };

/**
 * Weighted max-min fairness: nobody gets more than it wants, and what is short is short for all in proportion to weight.
 * Returns one amount per claim, in order; they sum to the smaller of `total` and all wants. Amounts are not whole numbers.
 *
 * Source: Bertsekas and Gallager, "Data Networks", §6.5.2; protocol.md §5 (water-filling).
 */
export function waterFill(total: number, claims: readonly Claim[]): number[] {
  const given = claims.map(() => 0);
  let left = Math.max(0, total);
  let open = claims
    .map((claim, index) => ({ ...claim, index }))
    .filter(({ wants, weight }) => wants > 0 && weight > 0);
  // Who wants little per weight is satisfied first; what it leaves raises the level for the rest.
  open = open.sort((a, b) => a.wants / a.weight - b.wants / b.weight);
  let weights = open.reduce((sum, { weight }) => sum + weight, 0);
  for (const { wants, weight, index } of open) {
    const amount = Math.min(wants, (left * weight) / weights);
    given[index] = amount;
    left -= amount;
    weights -= weight;
  }
  return given;
}
