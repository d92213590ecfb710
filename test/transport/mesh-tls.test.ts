import { readFileSync } from 'node:fs';
import { Agent, request } from 'undici';
import { expect, onTestFinished, test } from 'vitest';
import type { RegionId } from '../../crdt/index.ts';
import { MeshTransport } from '../../transport/mesh.ts';
import { type Authority, authority, exchangeable, type Issued } from '../certificates.ts';
import { codecOf, type Member, reaches, silent, started } from '../contracts/transport-contract.ts';
import { eventually } from '../eventually.ts';
import { freePort } from '../servers/free-port.ts';
import { heartbeat } from './messages.ts';

const nameOf = (region: RegionId) => `${region}.test.headgate`;
const issue = (ca: Authority, region: RegionId) => ca.issue(`DNS:${nameOf(region)}`);

type Made = Member & {
  readonly port: number;
  readonly mesh: MeshTransport;
  readonly exchange: (to: Issued) => void;
};

/** A started member with a certificate of `ca`, for itself unless told otherwise. */
async function member(region: RegionId, ca: Authority, issued = issue(ca, region)): Promise<Made> {
  const identity = exchangeable(issued, ca.certFile);
  const port = await freePort();
  const place = { host: '127.0.0.1', port };
  const mesh = new MeshTransport({
    codec: codecOf(region),
    log: silent,
    ...place,
    identity: { ...identity, nameOf },
  });
  onTestFinished(() => mesh.stop());
  return { ...(await started(region, mesh)), port, mesh, exchange: identity.exchange };
}

function introduce(...members: readonly Made[]): void {
  const peers = members.map(({ region, port }) => ({ region, url: `https://127.0.0.1:${port}` }));
  for (const { mesh } of members) mesh.setPeers(peers);
}

/** Posts a frame as somebody with that certificate would. */
async function post(to: Made, frame: Uint8Array, issued: Issued | undefined, ca: Authority): Promise<number> {
  const shown = issued && { cert: readFileSync(issued.certFile), key: readFileSync(issued.keyFile) };
  const connect = { ca: readFileSync(ca.certFile), ...shown, checkServerIdentity: () => undefined };
  const dispatcher = new Agent({ connect });
  onTestFinished(() => dispatcher.destroy());
  const url = `https://127.0.0.1:${to.port}/mesh`;
  return (await request(url, { method: 'POST', body: frame, dispatcher })).statusCode;
}

const frameOf = (region: RegionId, sequence: number) =>
  codecOf(region).encode(heartbeat(sequence)) ?? Buffer.of();

test('regions that show each other who they are talk both ways, over one certificate and the next', async () => {
  const ca = authority();
  const [east, west] = await Promise.all([member('us-east', ca), member('eu-west', ca)]);
  introduce(east, west);
  await reaches(east, west);
  await reaches(west, east);
  east.exchange(issue(ca, 'us-east'));
  west.exchange(issue(ca, 'eu-west'));
  await reaches(east, west);
  await reaches(west, east);
  expect(east.mesh.counters().framesRejected).toEqual({});
});

test('a region with a certificate of its own cannot speak for another, whatever keys it has', async () => {
  const ca = authority();
  const east = await member('us-east', ca);
  const west = issue(ca, 'eu-west');
  expect(await post(east, frameOf('ap-southeast', 7), west, ca)).toBe(400);
  expect(east.mesh.counters().framesRejected).toEqual({ sender: 1 });
  expect(await post(east, frameOf('eu-west', 8), west, ca)).toBe(204);
  expect(east.heard).toMatchObject([{ from: 'eu-west', message: { sequence: 8 } }]);
});

test('who has the key of the cluster and no certificate, or one of another authority, is not heard at all', async () => {
  const ca = authority();
  const other = authority('another authority');
  const east = await member('us-east', ca);
  const frame = frameOf('eu-west', 7);
  await expect(post(east, frame, undefined, ca)).rejects.toThrow();
  await expect(post(east, frame, issue(other, 'eu-west'), ca)).rejects.toThrow();
  await expect(
    fetch(`http://127.0.0.1:${east.port}/mesh`, { method: 'POST', body: Buffer.from(frame) }),
  ).rejects.toThrow();
  expect(east.heard).toEqual([]);
});

test('nothing is sent to who answers for a region and is another, and it is said why', async () => {
  const ca = authority();
  const east = await member('us-east', ca);
  const impostor = await member('eu-west', ca, issue(ca, 'ap-southeast'));
  introduce(east, impostor);
  await eventually(() => {
    east.transport.send('eu-west', heartbeat(7));
    return east.mesh.diagnosis().peers['eu-west']?.includes('is not for eu-west.test.headgate') === true;
  });
  expect(impostor.heard).toEqual([]);
  const stranger = await member('sa-east', authority('another authority'));
  introduce(east, stranger);
  await eventually(() => {
    east.transport.send('sa-east', heartbeat(7));
    return east.mesh.diagnosis().peers['sa-east']?.includes('transport.mesh.tls.caFile') === true;
  });
});

test('a member whose address in a published version speaks no TLS is told nothing', async () => {
  const ca = authority();
  const east = await member('us-east', ca);
  east.mesh.meet([{ region: 'eu-west', weight: 1, address: 'http://127.0.0.1:9' }]);
  east.transport.send('eu-west', heartbeat(7));
  expect(east.mesh.counters()).toMatchObject({ framesDropped: 1, framesSent: 0 });
});
