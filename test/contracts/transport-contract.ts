import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RegionId } from '../../crdt/index.ts';
import type { Message } from '../../src/core/messages.ts';
import type { Log, Transport } from '../../src/ports.ts';
import { type Codec, createCodec } from '../../transport/codec.ts';
import { eventually } from '../eventually.ts';
import { heartbeat, repairOf } from '../transport/messages.ts';

/** What the suite needs of a medium: real members on it, and a way to reach them without a transport. */
export type Medium = {
  /** A region's transport, not started; asked for again after `stop`, it is the same place. */
  member(region: RegionId): Transport;
  /** Brings raw bytes to a started member, as a stranger on the medium would. */
  inject(to: RegionId, frame: Uint8Array): Promise<void>;
  close(): Promise<void>;
};

/** Whether the medium itself knows who is there: over NATS, what is for nobody goes where nobody listens. */
export type Traits = { readonly knowsItsMembers: boolean };

const KEY = Buffer.alloc(32, 7);

/** The codec that all members in the suite use. */
export function codecOf(region: RegionId): Codec {
  return createCodec({ region, environment: 'test', key: KEY });
}

/** A log that says nothing. */
export const silent: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A started member, with all that it has received; probes are kept apart, as they may straggle in. */
export type Member = {
  readonly region: RegionId;
  readonly transport: Transport;
  readonly heard: { readonly from: RegionId; readonly message: Message }[];
  readonly probedBy: RegionId[];
};

/** What `reaches` sends; no test sends it otherwise. */
const PROBE = heartbeat(999_999);

/** Starts a transport and keeps what it receives. */
export async function started(region: RegionId, transport: Transport): Promise<Member> {
  const member: Member = { region, transport, heard: [], probedBy: [] };
  await transport.start((from, message) => {
    if (message.kind === 'heartbeat' && message.sequence === PROBE.sequence) member.probedBy.push(from);
    else member.heard.push({ from, message });
  });
  await eventually(() => transport.connected(), { what: `${region} is connected` });
  return member;
}

/** Sends probes until one has come through: media need a moment to know each other. */
export async function reaches(from: Member, to: Member, withinMs = 5_000): Promise<void> {
  const before = to.probedBy.length;
  await eventually(
    () => {
      from.transport.send(to.region, PROBE);
      return to.probedBy.slice(before).includes(from.region);
    },
    { withinMs, everyMs: 25, what: `${from.region} reaches ${to.region}` },
  );
}

/** The promises of the `Transport` port, for every adapter alike. */
export function transportContract(name: string, open: () => Promise<Medium>, traits: Traits): void {
  describe(`${name} keeps the promises of a transport`, () => {
    let medium: Medium;
    const running: Member[] = [];

    beforeEach(async () => {
      medium = await open();
    });

    afterEach(async () => {
      await Promise.all(running.splice(0).map((member) => member.transport.stop()));
      await medium.close();
    });

    async function join(region: RegionId): Promise<Member> {
      const member = await started(region, medium.member(region));
      running.push(member);
      return member;
    }

    async function trio(): Promise<[Member, Member, Member]> {
      const [east, west, south] = [await join('us-east'), await join('eu-west'), await join('ap-southeast')];
      await reaches(east, west);
      await reaches(east, south);
      return [east, west, south];
    }

    test('a message for one region reaches that one, and no other', async () => {
      const [east, west, south] = await trio();
      east.transport.send('eu-west', heartbeat(1));
      east.transport.send('ap-southeast', heartbeat(2));
      await eventually(() => west.heard.length > 0 && south.heard.length > 0);
      expect(west.heard).toStrictEqual([{ from: 'us-east', message: heartbeat(1) }]);
      expect(south.heard).toStrictEqual([{ from: 'us-east', message: heartbeat(2) }]);
    });

    test('a message for all reaches all others, and not its sender', async () => {
      const [east, west, south] = await trio();
      east.transport.send('all', heartbeat(1));
      await eventually(() => west.heard.length > 0 && south.heard.length > 0);
      west.transport.send('us-east', heartbeat(2));
      await eventually(() => east.heard.length > 0);
      expect(east.heard).toStrictEqual([{ from: 'eu-west', message: heartbeat(2) }]);
    });

    test('a message near the bound arrives whole', async () => {
      const [east, west] = await trio();
      const large = repairOf(7_000);
      east.transport.send('eu-west', large);
      await eventually(() => west.heard.length > 0);
      expect(west.heard).toStrictEqual([{ from: 'us-east', message: large }]);
      expect(west.transport.counters().bytesReceived).toBeGreaterThan(240 * 1024);
    });

    test('a message beyond the bound is dropped and counted', async () => {
      const [east, west] = await trio();
      east.transport.send('eu-west', repairOf(20_000));
      expect(east.transport.counters().framesDropped).toBe(1);
      await reaches(east, west);
    });

    test('sending before start, after stop, or to itself drops and counts', async () => {
      const [, west] = await trio();
      await running.shift()?.transport.stop();
      const east = medium.member('us-east');
      east.send('eu-west', heartbeat(1));
      expect(east.counters()).toMatchObject({ framesDropped: 1, framesSent: 0 });
      const member = await started('us-east', east);
      member.transport.send('us-east', heartbeat(1));
      expect(east.counters()).toMatchObject({ framesDropped: 2, framesSent: 0 });
      await east.stop();
      east.send('eu-west', heartbeat(1));
      expect(east.counters()).toMatchObject({ framesDropped: 3, framesSent: 0 });
      expect(east.connected()).toBe(false);
      expect(west.heard).toStrictEqual([]);
      expect(member.heard).toStrictEqual([]);
    });

    test('a message for a region that is not there reaches nobody and stops nothing', async () => {
      const [east, west, south] = await trio();
      for (const nobody of ['sa-north', 'not a region', '*', '>', '__proto__']) {
        east.transport.send(nobody, heartbeat(1));
      }
      if (traits.knowsItsMembers) expect(east.transport.counters().framesDropped).toBe(5);
      else expect(east.transport.counters().framesDropped).toBe(4);
      await reaches(east, west);
      expect(west.heard.map((one) => one.message)).not.toContainEqual(heartbeat(1));
      expect(south.heard).toStrictEqual([]);
    });

    test.each([
      ['garbage', Buffer.from('\u0000garbage that is longer than a header')],
      ['garbage', Buffer.alloc(1)],
      ['version', Buffer.concat([Buffer.from([0x48, 9]), Buffer.alloc(40)])],
      ['signature', Buffer.concat([Buffer.from([0x48, 2]), Buffer.alloc(40)])],
      ['shape', signed(Buffer.from([0xc0]))],
    ])(
      'a frame of the kind "%s" is counted and dropped, and the next good one arrives',
      async (reason, frame) => {
        const [east, west] = await trio();
        await medium.inject('eu-west', frame);
        await medium.inject('eu-west', frame);
        await eventually(() => west.transport.counters().framesRejected[reason] === 2);
        expect(west.heard).toStrictEqual([]);
        await reaches(east, west);
        expect(west.transport.counters().framesRejected).toStrictEqual({ [reason]: 2 });
      },
    );

    test('a frame that is kept and sent again is heard once, and one for another region not at all', async () => {
      const [east, west] = await trio();
      const strange = codecOf('ap-southeast');
      const frame = strange.encode(heartbeat(7)) ?? Buffer.of();
      await medium.inject('eu-west', frame).catch(() => undefined);
      await medium.inject('eu-west', frame).catch(() => undefined);
      await medium.inject('eu-west', strange.encode(heartbeat(8), 'us-east') ?? Buffer.of());
      await eventually(() => west.transport.counters().framesRejected['recipient'] === 1);
      await reaches(east, west);
      expect(west.heard.filter(({ from }) => from === 'ap-southeast').length).toBeLessThanOrEqual(1);
    });

    test('a member that was away is reached again when it is back', async () => {
      const [east, west, south] = await trio();
      running.splice(running.indexOf(west), 1);
      await west.transport.stop();
      for (let sequence = 0; sequence < 50; sequence += 1) east.transport.send('all', heartbeat(sequence));
      await reaches(east, south);
      const back = await join('eu-west');
      await reaches(east, back);
      await reaches(back, east);
    });

    test('after stop nothing more is delivered and nothing is left open', async () => {
      const before = openHandles();
      const [east, west, south] = await trio();
      await west.transport.stop();
      const until = west.heard.length;
      for (let sequence = 0; sequence < 20; sequence += 1) east.transport.send('all', heartbeat(sequence));
      await eventually(() => south.heard.length > 0);
      expect(west.heard).toHaveLength(until);
      await Promise.all(running.splice(0).map((member) => member.transport.stop()));
      await eventually(() => openHandles() <= before, { what: 'all sockets are closed' });
      await west.transport.stop();
    });

    test('a burst of 2,000 messages is sent or counted, and the link works after it', async () => {
      const [east, west] = await trio();
      const before = east.transport.counters();
      for (let sequence = 0; sequence < 2_000; sequence += 1)
        east.transport.send('eu-west', heartbeat(sequence));
      await eventually(() => {
        const { framesDropped, sendErrors } = east.transport.counters();
        const lost = framesDropped - before.framesDropped + sendErrors - before.sendErrors;
        return west.heard.length + lost >= 2_000;
      });
      expect(west.heard.length).toBeGreaterThan(500);
      await reaches(east, west);
    });
  });
}

function openHandles(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind.startsWith('TCP')).length;
}

/** A frame that is well signed, whatever it says. */
function signed(payload: Uint8Array): Uint8Array {
  const head = Buffer.from([0x48, 2]);
  const covered = Buffer.concat([Buffer.alloc(14), payload]);
  const code = createHmac('sha256', KEY).update(head).update(covered).digest().subarray(0, 16);
  return Buffer.concat([head, code, covered]);
}
