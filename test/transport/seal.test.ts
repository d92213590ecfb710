import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { createCodec } from '../../transport/codec.ts';
import { Replays } from '../../transport/replays.ts';
import { publicBytesOf, type SealKeys } from '../../transport/seal.ts';
import { heartbeat } from './messages.ts';

const [OLD, NEW] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];

function codecOf(region: string, keys: Partial<SealKeys> = {}) {
  return createCodec({ region, environment: 'test', key: OLD, ...keys });
}

function signer() {
  const { privateKey } = generateKeyPairSync('ed25519');
  return { signingKey: privateKey, known: publicBytesOf(privateKey) };
}

const frameOf = (codec: ReturnType<typeof codecOf>, to?: string) =>
  codec.encode(heartbeat(1), to) ?? Buffer.of();

test('who holds the key of the cluster cannot speak for a region that signs', () => {
  const [east, west] = [signer(), signer()];
  const publicKeys = new Map([
    ['us-east', [east.known]],
    ['eu-west', [west.known]],
  ]);
  const reader = codecOf('ap-southeast', { publicKeys });
  expect(reader.decode(frameOf(codecOf('us-east', east)))).toMatchObject({ from: 'us-east' });
  expect(reader.decode(frameOf(codecOf('us-east')))).toBe('unproven');
  expect(reader.decode(frameOf(codecOf('us-east', west)))).toBe('unproven');
  // Where a region has no keys yet the cluster's key is enough, signed or not: so they can be brought in one by one.
  expect(reader.decode(frameOf(codecOf('sa-east')))).toMatchObject({ from: 'sa-east' });
  expect(codecOf('eu-west').decode(frameOf(codecOf('us-east', east)))).toMatchObject({ from: 'us-east' });
});

test('a signature is for its frame, whole: not a byte of it can be changed by who holds the key of the cluster', () => {
  const east = signer();
  const reader = codecOf('eu-west', { publicKeys: new Map([['us-east', [east.known]]]) });
  const sent = Buffer.from(frameOf(codecOf('us-east', east), 'eu-west'));
  for (let at = 0; at < sent.byteLength; at += 1) {
    const spoilt = Buffer.from(sent);
    spoilt[at] = (spoilt[at] ?? 0) ^ 1;
    expect(typeof reader.decode(spoilt)).toBe('string');
  }
  expect(reader.decode(sent)).toMatchObject({ from: 'us-east' });
});

test('the key of the cluster is changed while regions talk', () => {
  const [east, west] = [codecOf('us-east'), codecOf('eu-west')];
  const talk = () => [west.decode(frameOf(east)), east.decode(frameOf(west))];
  const heard = [{ from: 'us-east' }, { from: 'eu-west' }];
  for (const keys of [{ key: OLD, acceptedKeys: [NEW] }, { key: NEW, acceptedKeys: [OLD] }, { key: NEW }]) {
    for (const codec of [east, west]) {
      codec.exchange(keys);
      expect(talk()).toMatchObject(heard);
    }
  }
  expect(west.decode(frameOf(codecOf('us-east')))).toBe('signature');
});

test("a region's own key is changed while it talks", () => {
  const [old, renewed] = [signer(), signer()];
  const [east, west] = [codecOf('us-east', old), codecOf('eu-west')];
  const trust = (...keys: readonly Uint8Array[]) =>
    west.exchange({ key: OLD, publicKeys: new Map([['us-east', keys]]) });
  trust(old.known, renewed.known);
  expect(west.decode(frameOf(east))).toMatchObject({ from: 'us-east' });
  east.exchange({ key: OLD, ...renewed });
  expect(west.decode(frameOf(east))).toMatchObject({ from: 'us-east' });
  trust(renewed.known);
  expect(west.decode(frameOf(east))).toMatchObject({ from: 'us-east' });
  expect(west.decode(frameOf(codecOf('us-east', old)))).toBe('unproven');
});

test('a key that cannot be used changes nothing', () => {
  const codec = codecOf('us-east');
  expect(() => codec.exchange({ key: Buffer.alloc(15) })).toThrow('16 bytes');
  expect(() => codec.exchange({ key: OLD, publicKeys: new Map([['eu-west', [Buffer.alloc(5)]]]) })).toThrow();
  expect(codec.decode(frameOf(codecOf('eu-west')))).toMatchObject({ from: 'eu-west' });
});

test('a frame for one region is for no other', () => {
  const frame = frameOf(codecOf('us-east'), 'eu-west');
  expect(codecOf('eu-west').decode(frame)).toMatchObject({ from: 'us-east' });
  expect(codecOf('ap-southeast').decode(frame)).toBe('recipient');
});

test('each frame is new once, in any order within the window and in none beyond it', () => {
  const replays = new Replays();
  const is = (number: number, stream = 1) => replays.isReplay('us-east', { stream, number });
  expect([is(10), is(12), is(11), is(12), is(10), is(9)]).toEqual([false, false, false, true, true, true]);
  expect([is(2_000), is(977), is(976), is(977)]).toEqual([false, false, true, true]);
  // Another process of the region begins anew, and each region is by itself.
  expect([is(1, 2), is(1, 2), is(2_001), replays.isReplay('eu-west', { stream: 1, number: 2_001 })]).toEqual([
    false,
    true,
    false,
    false,
  ]);
});

test('old streams do not push out the one that is heard, and what is remembered is bounded', () => {
  const replays = new Replays();
  for (let stream = 1; stream < 1_000; stream += 1) {
    replays.isReplay('us-east', { stream: 0, number: stream });
    expect(replays.isReplay('us-east', { stream, number: 5 })).toBe(false);
  }
  expect(replays.isReplay('us-east', { stream: 0, number: 900 })).toBe(true);
});
