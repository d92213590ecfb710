import { expect, test } from 'vitest';
import { DEFAULT_TIMING } from '../../src/core/cluster.ts';
import { createCodec } from '../../transport/codec.ts';
import { limitSpec, WORLD_START_MS } from '../world.ts';
import { Lone, PlayedPeer, regionName, sent } from './builders.ts';

const CODEC = createCodec({ region: 'us-east', environment: 'test', key: new Uint8Array(32) });
const MINUTE = 60_000;

test.each([
  { members: 3, lengths: 4 },
  { members: 5, lengths: 4 },
  { members: 5, lengths: 12 },
  { members: 9, lengths: 3 },
  { members: 9, lengths: 6 },
])(
  'with $members members and $lengths lengths of long windows every message can be read by its receiver',
  (size) => {
    const names = [
      'us-east',
      ...Array.from({ length: size.members - 1 }, (_, at) => `region-${regionName(at)}`),
    ];
    const limits = Array.from({ length: size.lengths }, (_, at) => {
      const name = `limit-${at}`;
      return limitSpec({ name, windowMs: (at + 5) * MINUTE, limit: 1_000_000_000 });
    });
    const lone = new Lone({
      members: names.map((region) => ({ region, weight: 1 })),
      limits,
      startMs: WORLD_START_MS + 4 * 3_600_000 - 30_000,
    });
    const peers = names.slice(1).map((region) => new PlayedPeer(lone, region));
    lone.run(25);
    for (const peer of peers) peer.beat();
    lone.run(25);
    for (const peer of peers) {
      const votes = [...lone.state.neededEpochs].flatMap((epoch) =>
        names.filter((name) => name !== peer.region).map((name) => [peer.region, name, epoch, 'O'] as const),
      );
      peer.beat({ votes });
    }
    const effects = lone.run(DEFAULT_TIMING.snapshotMs + 100);
    for (const message of [...sent(effects, 'snapshot'), ...sent(effects, 'heartbeat')]) {
      const frame = CODEC.encode(message);
      expect(frame, message.kind).toBeDefined();
      if (frame !== undefined)
        expect(CODEC.decode(frame), `${message.kind} ${message.votes.length} runs`).toMatchObject({
          from: 'us-east',
        });
    }
  },
);
