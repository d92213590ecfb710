import { expect, test } from 'vitest';
import { Loopback } from '../../transport/loopback.ts';
import { silent, started } from '../contracts/transport-contract.ts';
import { FaultyTransport } from '../e2e/faulty-transport.ts';
import { heartbeat } from './messages.ts';

async function trio(random: () => number) {
  const loopback = new Loopback((deliver) => deliver(), silent);
  const faulty = new FaultyTransport(loopback.transport('us-east'), ['eu-west', 'ap-southeast'], random);
  const east = await started('us-east', faulty);
  const west = await started('eu-west', loopback.transport('eu-west'));
  const south = await started('ap-southeast', loopback.transport('ap-southeast'));
  return { faulty, east, west, south };
}

test('it loses the share it was told to, from and to the peer it was told of', async () => {
  const draws = [0.1, 0.4, 0.6, 0.9];
  let drawn = 0;
  const { faulty, east, west, south } = await trio(() => draws[drawn++ % draws.length] ?? 0);
  faulty.lose({ outgoing: 0.5 }, 'eu-west');
  for (let sequence = 0; sequence < 4; sequence += 1) faulty.send('eu-west', heartbeat(sequence));
  expect(west.heard.map((one) => one.message)).toStrictEqual([heartbeat(2), heartbeat(3)]);
  faulty.lose({ outgoing: 1, incoming: 1 }, 'eu-west');
  faulty.send('all', heartbeat(9));
  west.transport.send('us-east', heartbeat(10));
  south.transport.send('us-east', heartbeat(11));
  expect(west.heard).toHaveLength(2);
  expect(south.heard.map((one) => one.message)).toStrictEqual([heartbeat(9)]);
  expect(east.heard).toStrictEqual([{ from: 'ap-southeast', message: heartbeat(11) }]);
  expect(faulty.lost()).toBe(4);
});

test('healed, it loses nothing', async () => {
  const { faulty, west, south } = await trio(() => 0);
  faulty.lose({ outgoing: 1 });
  faulty.send('all', heartbeat(1));
  faulty.heal();
  faulty.send('all', heartbeat(2));
  expect([west, south].map((member) => member.heard.map((one) => one.message))).toStrictEqual([
    [heartbeat(2)],
    [heartbeat(2)],
  ]);
});
