import { type Mutant, worlds } from './mutant.ts';

const AGREEMENT = 'src/core/agreement.ts';
const VERSION = 'src/core/version.ts';

/** Ways to get changes of the configuration wrong. */
export const VERSION_MUTANTS: readonly Mutant[] = [
  {
    name: 'the latest configuration wins',
    because: 'some go by the new weights while others still go by the old ones',
    breaks: [2, 9],
    focus: worlds(['changes']),
    edits: [
      {
        file: VERSION,
        find: 'return versions.slice(stable, Math.max(stable, adoptedAt(versions, region, epoch)) + 1);',
        replace:
          'const newest = Math.max(stable, adoptedAt(versions, region, epoch));\n  return versions.slice(newest, newest + 1);',
      },
    ],
  },
  {
    name: 'adoption without H',
    because: 'epochs that have been given away under the old version come under the new one',
    breaks: [9],
    focus: worlds(['changes']),
    edits: [
      {
        file: AGREEMENT,
        find: 'state.epoch + state.timing.lookaheadEpochs + 1);',
        replace: 'state.epoch + 1);',
      },
    ],
  },
  {
    name: 'a life without books that asks nobody',
    because:
      'it goes by its own configuration: more than others leave it, or so that nobody can work with it',
    breaks: [2, 9, 11],
    focus: worlds(['missed-changes'], { regions: [3], windowsMs: [5_000, 10_000] }),
    edits: [
      {
        file: 'src/core/state.ts',
        find: 'current.members.size === 1,\n    attested',
        replace: 'true,\n    attested',
      },
    ],
  },
  {
    name: 'a forgotten adoption',
    because: 'a life goes by the old configuration while the others think that it has adopted the new one',
    breaks: [2, 9],
    focus: worlds(['changes'], { journaling: 1 }),
    edits: [
      {
        file: 'src/core/state.ts',
        find: 'version.adopted.set(region, adoptedFrom);',
        replace: '',
      },
    ],
  },
];
