/** Data centres whose distances are known, by the names that clouds use for their regions. */
export const PLACES = [
  'us-east-1',
  'us-west-2',
  'ca-central-1',
  'sa-east-1',
  'eu-west-1',
  'eu-central-1',
  'ap-south-1',
  'ap-southeast-1',
  'ap-southeast-2',
  'ap-northeast-1',
] as const;

export type Place = (typeof PLACES)[number];

/**
 * Round trips between places in milliseconds: medians as public measurements between cloud regions show them, rounded. Row and column
 * are in the order of `PLACES`; what is below the diagonal is the same.
 */
const ROUND_TRIP_MS: readonly (readonly number[])[] = [
  /* us-east-1      */ [1, 68, 15, 115, 68, 92, 190, 215, 200, 148],
  /* us-west-2      */ [1, 1, 60, 175, 120, 142, 215, 162, 140, 98],
  /* ca-central-1   */ [1, 1, 1, 125, 70, 93, 190, 210, 200, 145],
  /* sa-east-1      */ [1, 1, 1, 1, 178, 205, 300, 325, 310, 257],
  /* eu-west-1      */ [1, 1, 1, 1, 1, 25, 122, 175, 255, 202],
  /* eu-central-1   */ [1, 1, 1, 1, 1, 1, 112, 160, 248, 222],
  /* ap-south-1     */ [1, 1, 1, 1, 1, 1, 1, 62, 152, 130],
  /* ap-southeast-1 */ [1, 1, 1, 1, 1, 1, 1, 1, 92, 70],
  /* ap-southeast-2 */ [1, 1, 1, 1, 1, 1, 1, 1, 1, 105],
  /* ap-northeast-1 */ [1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
];

/** Milliseconds from one place to another, one way. */
export function oneWayMs(a: Place, b: Place): number {
  const [row, column] = [PLACES.indexOf(a), PLACES.indexOf(b)].sort((one, other) => one - other);
  return (ROUND_TRIP_MS[row ?? 0]?.[column ?? 0] ?? 1) / 2;
}
