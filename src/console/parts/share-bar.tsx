import type { SharesNow } from '../../watch/frame.ts';
import { colourOf } from '../colours.ts';
import { shownCount, shownPart } from '../wording.ts';

/** A limit cut into what each region may use of it now, each part filled as far as it is used. What nobody may use stays empty. */
export function ShareBar({ shares: { byRegion, permits } }: { readonly shares: SharesNow }) {
  const whole = Math.max(
    byRegion.reduce((sum, { share }) => sum + share, 0),
    wholeOf(permits, byRegion),
    1e-9,
  );
  return (
    <span class="share-bar" role="img" aria-label={`Shares: ${wordsOf({ byRegion, permits })}`}>
      {byRegion.map(({ region, share, used }) => (
        <span key={region} class={`share ${colourOf(region)}`} style={{ width: `${(100 * share) / whole}%` }}>
          <span
            class="share-used"
            style={{ width: `${share > 0 ? Math.min(100, (100 * used) / share) : 0}%` }}
          />
        </span>
      ))}
    </span>
  );
}

type Parts = Pick<SharesNow, 'byRegion' | 'permits'>;

/** Shares of a bucket are of what a second mints, which is not the limit: they are their own whole. */
export function wholeOf(permits: number, byRegion: SharesNow['byRegion']): number {
  const sum = byRegion.reduce((total, { share }) => total + share, 0);
  return sum < permits * 0.3 ? sum : permits;
}

function wordsOf({ byRegion, permits }: Parts): string {
  const whole = Math.max(wholeOf(permits, byRegion), 1e-9);
  return byRegion
    .map(({ region, share, used }) => `${region} ${shownPart(share / whole)}, ${shownCount(used)} used`)
    .join('; ');
}
