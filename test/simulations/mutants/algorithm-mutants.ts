import { type Mutant, worlds } from './mutant.ts';

/** Ways to get the rules wrong by which permits are counted over time. */
export const ALGORITHM_MUTANTS: readonly Mutant[] = [
  {
    name: 'no trailing minimum',
    because: 'what was taken under an earlier, larger share is still counted when others hold a part of it',
    breaks: [8],
    focus: worlds(['partitions', 'flapping'], { algorithms: ['sliding-window', 'concurrency'] }),
    edits: [
      {
        file: 'src/core/algorithms/summed.ts',
        find: 'let windowId = current - windows.trailing;',
        replace: 'let windowId = current;',
      },
    ],
  },
  {
    name: 'a bucket without a brim',
    because: 'what is not used is saved up beyond the burst',
    breaks: [8],
    focus: worlds(['partitions', 'calm'], { algorithms: ['token-bucket'], wanted: [0.8, 1.2] }),
    edits: [
      {
        file: 'src/core/algorithms/bucket.ts',
        find: 'Math.min(Math.min(units, cap) + minted, cap)',
        replace: 'Number.isFinite(units) ? units + minted : cap',
      },
    ],
  },
];
