import type { Limit } from '../limit.ts';
import type { Algorithm } from './algorithm.ts';
import { bucket } from './bucket.ts';
import { fixedWindow } from './fixed-window.ts';
import { summed } from './summed.ts';

/** The rule by which a limit counts. */
export function algorithmOf({ isBucket, isWindowed, isAvailable }: Limit): Algorithm {
  if (isBucket) return bucket;
  return isWindowed && !isAvailable ? fixedWindow : summed;
}
