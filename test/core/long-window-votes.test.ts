// Belongs into test/core/voting.test.ts once src/core/voting.ts is mended.
import { expect, test } from 'vitest';
import { limitSpec, THREE_REGIONS, WORLD_START_MS, World } from '../world.ts';
import { FIRST_EPOCH, Lone, PlayedPeer, sent } from './builders.ts';

const DAY_MS = 86_400_000;
const NOON_MS = WORLD_START_MS + DAY_MS / 2;
const tranches = Array.from({ length: 10 }, (_, at) => FIRST_EPOCH + at * 864);

test('a stranger gets no votes about old epochs either while it has time to speak up', () => {
  const lone = new Lone({ limits: [limitSpec({ windowMs: DAY_MS })], startMs: NOON_MS });
  lone.run(1_000);
  expect(tranches.map((epoch) => lone.votesOn('eu-west', epoch, epoch)).join('')).toBe('..........');
  expect(sent(lone.effects, 'heartbeat').length).toBeLessThanOrEqual(5);
});

test('no epoch of a long window is voted on twice by one voter', () => {
  const lone = new Lone({ limits: [limitSpec({ windowMs: DAY_MS })], startMs: NOON_MS });
  lone.run(25);
  new PlayedPeer(lone, 'eu-west').beat();
  lone.run(25);
  const { votes } = lone.state;
  const twice = tranches.filter(
    (epoch) =>
      votes.has('us-east', 'eu-west', epoch, 'OWN') && votes.has('us-east', 'eu-west', epoch, 'FENCE'),
  );
  expect(twice).toEqual([]);
});

test('in a new cluster the past that an open window rests on is voted on, too', () => {
  const lone = new Lone({ limits: [limitSpec({ windowMs: DAY_MS })], startMs: NOON_MS });
  lone.run(25);
  new PlayedPeer(lone, 'eu-west').beat();
  lone.run(25);
  expect(tranches.map((epoch) => lone.votesOn('eu-west', epoch, epoch)).join('')).toBe('OOOOOOOOOO');
});

test('a new cluster that starts in the middle of a long window has the whole limit of it', async () => {
  const world = new World({ limits: [limitSpec({ windowMs: 3_600_000 })] });
  world.run(1_800_000);
  for (const { region } of THREE_REGIONS) await world.start(region, true);
  world.run(10_000);
  expect(THREE_REGIONS.map(({ region }) => world.drain(region))).toEqual([400, 350, 250]);
});
