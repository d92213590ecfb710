import { expect, test } from 'vitest';
import type { Message } from '../../src/core/messages.ts';
import { World } from '../world.ts';
import { Conversation, votesOf } from './conversation.ts';

const notHeartbeats = (message: Message) => message.kind !== 'heartbeat';
const nothing = () => false;

test('three regions talk: heartbeats, votes, a lost region, the fence, the return', async () => {
  const world = new World();
  const conversation = new Conversation(world);
  await conversation.act(
    'start us-east, eu-west and ap-southeast as a new cluster, 40 ms apart',
    async () => {
      for (const region of ['us-east', 'eu-west', 'ap-southeast']) await world.start(region, true);
    },
  );
  conversation.run(600);
  conversation.run(9_400, nothing);
  conversation.ask('us-east gives out', () => world.drain('us-east'));
  conversation.run(300, notHeartbeats);
  conversation.ask('eu-west and ap-southeast give out', () =>
    [world.drain('eu-west'), world.drain('ap-southeast')].join(' and '),
  );
  conversation.run(4_700, nothing);
  await conversation.act('cut ap-southeast off', () => {
    world.loses = (from, to) => from === 'ap-southeast' || to === 'ap-southeast';
  });
  conversation.run(5_000, nothing);
  conversation.ask('us-east, eu-west and ap-southeast give out', () =>
    ['us-east', 'eu-west', 'ap-southeast'].map((region) => world.drain(region)).join(', '),
  );
  conversation.run(5_000, nothing);
  await conversation.act('mend the link', () => {
    world.loses = () => false;
  });
  conversation.run(
    5_000,
    (message, from) => notHeartbeats(message) && (message.kind !== 'digest' || from === 'ap-southeast'),
  );
  conversation.ask('us-east, eu-west and ap-southeast give out', () =>
    ['us-east', 'eu-west', 'ap-southeast'].map((region) => world.drain(region)).join(', '),
  );
  conversation.ask('the votes cast, by epoch', () => ['', ...votesOf(world, 33)].join('\n  '));
  await expect(conversation.text()).toMatchFileSnapshot('lost-region.txt');
});
