import { expect, test } from 'vitest';
import { Loopback, type Schedule } from '../../transport/loopback.ts';
import { codecOf, silent, started, transportContract } from '../contracts/transport-contract.ts';
import { heartbeat } from './messages.ts';

const soon: Schedule = (deliver) => queueMicrotask(deliver);

transportContract(
  'loopback',
  async () => {
    const loopback = new Loopback(soon, silent);
    return {
      member: (region) => loopback.transport(region, codecOf(region)),
      inject: async (to, frame) => loopback.inject(to, frame),
      close: async () => undefined,
    };
  },
  { knowsItsMembers: true },
);

test('the schedule decides when a message arrives, how often, and whether at all', async () => {
  const waiting: (() => void)[] = [];
  const loopback = new Loopback((deliver, from, to) => {
    if (to !== 'eu-west') return;
    waiting.push(deliver, deliver);
    expect(from).toBe('us-east');
  }, silent);
  const east = await started('us-east', loopback.transport('us-east'));
  const west = await started('eu-west', loopback.transport('eu-west'));
  const south = await started('ap-southeast', loopback.transport('ap-southeast'));
  const message = heartbeat(1);
  east.transport.send('all', message);
  expect(west.heard).toStrictEqual([]);
  for (const deliver of waiting) deliver();
  expect(west.heard.map((one) => one.message === message)).toStrictEqual([true, true]);
  expect(south.heard).toStrictEqual([]);
});

test('two members of one name hear each other', async () => {
  const loopback = new Loopback(soon, silent);
  const older = await started('us-east', loopback.transport('us-east'));
  const newer = await started('us-east', loopback.transport('us-east'));
  newer.transport.send('all', heartbeat(1));
  await Promise.resolve();
  expect(older.heard).toHaveLength(1);
  expect(newer.heard).toHaveLength(0);
});
