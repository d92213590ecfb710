import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEFAULT_TIMING } from '../../src/core/cluster.ts';
import { FIRST_EPOCH, Lone, type LoneSetup, PlayedPeer, reported } from './builders.ts';

const H = DEFAULT_TIMING.lookaheadEpochs;
const { suspicionMs, fenceLookaheadEpochs } = DEFAULT_TIMING;

/** us-east with eu-west played by the test; ap-southeast never speaks. */
function pair(setup: LoneSetup = {}) {
  const lone = new Lone(setup);
  return { lone, peer: new PlayedPeer(lone, 'eu-west') };
}

/** The votes about eu-west from the world's first epoch on. */
const votes = (lone: Lone, epochs = 8) => lone.votesOn('eu-west', FIRST_EPOCH, FIRST_EPOCH + epochs - 1);

test.each([
  { peer: 'keeps our time', ahead: 0, cast: 'OOOO....' },
  { peer: 'is two epochs behind', ahead: -2, cast: 'OO......' },
  { peer: 'is far behind', ahead: -10, cast: '........' },
  { peer: 'is ahead', ahead: 1, cast: 'OOOO....' },
  { peer: 'is far ahead', ahead: 50, cast: 'OOOO....' },
])('a fresh peer whose clock $peer gets OWN up to the lookahead by its clock and ours: $cast', (clock) => {
  const { lone, peer } = pair();
  lone.run(25);
  peer.beat({ epoch: FIRST_EPOCH + clock.ahead });
  lone.run(25);
  expect(votes(lone)).toBe(clock.cast);
});

test('votes follow each heartbeat, and go no further without the next', () => {
  const { lone, peer } = pair();
  lone.run(975);
  peer.beat();
  lone.run(1_000);
  expect(votes(lone)).toBe('OOOO....');
  peer.beat();
  lone.run(25);
  expect(votes(lone)).toBe('OOOOO...');
});

test('a peer that falls silent is fenced, from the first epoch that nobody has voted on', () => {
  const { lone, peer } = pair();
  lone.run(25);
  peer.beat();
  lone.run(suspicionMs - 25);
  expect(votes(lone)).toBe('OOOO....');
  lone.run(1_000);
  expect(votes(lone)).toBe('OOOOF...');
  lone.run(1_000);
  expect(votes(lone)).toBe('OOOOFF..');
});

test('a stranger is not voted on for twice the suspicion time, and fenced when it stays away', () => {
  const { lone } = pair();
  lone.run(2 * suspicionMs - 25);
  expect(votes(lone)).toBe('........');
  lone.run(25);
  const epochs = (2 * suspicionMs) / 1_000 + fenceLookaheadEpochs + 1;
  expect(votes(lone)).toBe('F'.repeat(epochs).padEnd(8, '.'));
});

test('a stranger that speaks up in time is never fenced', () => {
  const { lone, peer } = pair();
  lone.run(2 * suspicionMs - 50);
  peer.beat();
  lone.run(25);
  expect(votes(lone)).toBe('OOOOOO..');
});

test('after suspicion it takes three good heartbeats to be given epochs again', () => {
  const { lone, peer } = pair();
  lone.run(2 * suspicionMs);
  expect(votes(lone, 10)).toBe('FFFFFF....');
  for (const expected of ['FFFFFF....', 'FFFFFF....', 'FFFFFFO...']) {
    peer.beat();
    lone.run(25);
    expect(votes(lone, 10)).toBe(expected);
  }
});

test('silence between good heartbeats starts the count again', () => {
  const { lone, peer } = pair();
  lone.run(2 * suspicionMs);
  peer.beat();
  peer.beat();
  lone.run(suspicionMs);
  peer.beat();
  peer.beat();
  lone.run(25);
  expect(votes(lone, 10)).not.toContain('O');
  peer.beat();
  lone.run(25);
  expect(votes(lone, 10)).toContain('O');
});

test('epochs that a fresh peer sits out are fenced, for it claims nothing of them', () => {
  const { lone, peer } = pair();
  lone.run(25);
  peer.beat({ sitsUntil: FIRST_EPOCH + 1 });
  lone.run(25);
  expect(votes(lone)).toBe('FFOO....');
});

test('a member without books of its earlier life leaves every epoch alone that it may have voted on', () => {
  const { lone, peer } = pair({ newCluster: false });
  const closed = H + DEFAULT_TIMING.clockSlackEpochs;
  for (let beats = 0; beats < 40; beats += 1) {
    peer.beat();
    lone.run(250);
  }
  expect(lone.state.sitsUntil).toBe(FIRST_EPOCH + closed);
  const cast = lone.votesOn('eu-west', FIRST_EPOCH - 70, FIRST_EPOCH + 12);
  expect(cast).toBe('.'.repeat(70 + closed + 1) + 'O'.repeat(12 - closed));
  expect(lone.votesOn('ap-southeast', FIRST_EPOCH - 70, FIRST_EPOCH + closed)).not.toMatch(/[OF]/);
});

test('own votes of an earlier life that a peer relays close their epochs', () => {
  const { lone, peer } = pair();
  peer.beat({ votes: [['us-east', 'eu-west', FIRST_EPOCH, 'OF.O']] });
  lone.run(25);
  expect(votes(lone)).toBe('OF.O....');
  lone.run(2 * suspicionMs);
  expect(votes(lone)).toBe('OF.OFF..');
});

test('no vote is ever changed or cast beyond the lookahead, whatever is heard, and in whatever order and time', () => {
  const action = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({ runMs: fc.integer({ min: 1, max: 60 }).map((ticks) => ticks * 25) }),
    },
    { weight: 3, arbitrary: fc.record({ epochs: fc.integer({ min: -5, max: 5 }), sits: fc.nat(8) }) },
    { weight: 1, arbitrary: fc.record({ stepMs: fc.integer({ min: -3_000, max: 3_000 }) }) },
    { weight: 1, arbitrary: fc.record({ closes: fc.nat(6) }) },
  );
  fc.assert(
    fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
      const { lone, peer } = pair();
      let before = '';
      for (const act of actions) {
        if ('runMs' in act)
          lone.run(act.runMs, () => {
            const cast = lone.votesOn('eu-west', FIRST_EPOCH - 64, FIRST_EPOCH + 200);
            [...before].forEach((letter, at) => {
              if (letter !== '.') expect(cast[at]).toBe(letter);
            });
            expect(cast.search(/[OF]\.*$/) - 64).toBeLessThanOrEqual(lone.state.epoch - FIRST_EPOCH + H);
            before = cast;
          });
        else if ('stepMs' in act) lone.wallMs += act.stepMs;
        else if ('closes' in act) {
          const from = Math.max(lone.state.peers.get('eu-west')?.votedUpTo ?? 0, lone.state.epoch - 3) + 1;
          if (from + act.closes > lone.state.epoch + H) continue;
          peer.beat({ votes: [['us-east', 'eu-west', from, 'O'.repeat(act.closes + 1)]] });
        } else
          peer.beat({ epoch: lone.state.epoch + act.epochs, sitsUntil: lone.state.epoch + act.sits - 4 });
      }
      expect(reported(lone.effects).filter(({ event }) => event === 'vote_conflict')).toEqual([]);
    }),
    { numRuns: 60 },
  );
});
