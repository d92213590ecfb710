import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCodec } from '../../transport/codec.ts';
import { eventually } from '../eventually.ts';
import { heartbeat } from '../transport/messages.ts';
import type { Cluster, LimitEntry } from './cluster.ts';
import { Wire, type WireAnswer } from './wire.ts';
import { type World, Worlds } from './world.ts';

// What callers and strangers may send to running coordinators: it gets a 4xx with a stable code, or is counted and dropped; it spends
// nothing and harms nobody.

/** Everything is counted here, whatever its resource and dimensions, so a request that slipped through would show. */
const EVERYTHING: LimitEntry = {
  name: 'everything',
  match: { resource: '*' },
  limit: 1_000,
  window: '60s',
  shares: 'static',
};

const worlds = new Worlds();

beforeAll(() => worlds.start({ limits: [EVERYTHING] }, []));

afterAll(() => worlds.stop());

type BadRequest = readonly [claim: string, request: string | Uint8Array, status: number, code: string];

const BAD_REQUESTS: readonly BadRequest[] = [
  ['half a JSON text', posted('{"resource":'), 400, 'malformed_json'],
  ['no JSON at all', posted('resource=orders'), 400, 'malformed_json'],
  ['an array', posted('[{"resource":"orders"}]'), 400, 'malformed_json'],
  ['JSON of a mebibyte', posted(`{"resource":"${'x'.repeat(1024 * 1024)}"}`), 413, 'body_too_large'],
  ['30,000 nested arrays', posted('['.repeat(30_000) + ']'.repeat(30_000)), 400, 'malformed_json'],
  ['a resource that is a number', posted('{"resource":7}'), 400, 'invalid_request'],
  [
    'dimensions that are a list',
    posted('{"resource":"orders","dimensions":["acme"]}'),
    400,
    'invalid_request',
  ],
  ['a dimension that is a number', posted('{"resource":"r","dimensions":{"t":1}}'), 400, 'invalid_request'],
  ['permits as a text', posted('{"resource":"orders","permits":"5"}'), 400, 'invalid_request'],
  ['negative permits', posted('{"resource":"orders","permits":-5}'), 400, 'invalid_request'],
  ['half a permit', posted('{"resource":"orders","permits":0.5}'), 400, 'invalid_request'],
  ['infinite permits', posted('{"resource":"orders","permits":1e999}'), 400, 'invalid_request'],
  ['negative permits in a query', got('/check?resource=orders&permits=-5'), 400, 'invalid_request'],
  ['10,000 dimensions', posted(withDimensions(10_000)), 413, 'body_too_large'],
  ['5,000 dimensions', posted(withDimensions(5_000)), 400, 'invalid_request'],
  ['10,000 dimensions in a query', got(`/check?resource=r${'&d.a=1'.repeat(10_000)}`), 414, 'uri_too_long'],
  ['the prototype', posted('{"resource":"r","__proto__":{"permits":0}}'), 400, 'invalid_request'],
  ['a prototype', posted('{"resource":"r","dimensions":{"__proto__":{"a":"b"}}}'), 400, 'invalid_request'],
  ['a constructor', posted('{"resource":"r","dimensions":{"constructor":"b"}}'), 400, 'invalid_request'],
  ['the prototype in a query', got('/check?resource=r&d.__proto__=b'), 400, 'invalid_request'],
  ['invalid UTF-8', posted(Buffer.from('{"resource":"\xff\xfe"}', 'latin1')), 400, 'malformed_json'],
  ['invalid UTF-8 in a query', got('/check?resource=%ff%fe'), 400, 'invalid_request'],
  ['a form', posted('resource=orders', 'application/x-www-form-urlencoded'), 415, 'unsupported_media_type'],
  ['what is not HTTP', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n', 400, 'malformed_http'],
  [
    'headers without an end',
    `GET /check HTTP/1.1\r\nx: ${'x'.repeat(20_000)}`,
    431,
    'header_fields_too_large',
  ],
];

test.each(BAD_REQUESTS)('%s is refused and spends nothing', async (_claim, request, status, code) => {
  await worlds.tell(async (world) => {
    const before = await spending(world);
    const answer = await ask(world.cluster, request);
    expect(answer?.status).toBe(status);
    expect(JSON.parse(answer?.body ?? '')).toMatchObject({ code, status });
    expect(await spending(world)).toEqual(before);
  });
});

/** Frames that nobody of the cluster sends, and as what they are counted; `sender` only where the medium names one. */
function badFrames({ key, environment }: Cluster): Readonly<Record<string, Uint8Array>> {
  const good = { region: 'us-east', environment, key: Buffer.from(key) };
  const frame = (changes: Partial<typeof good>) =>
    Buffer.from(createCodec({ ...good, ...changes }).encode(heartbeat(1_000_000)) ?? []);
  const future = frame({});
  future[1] = 99;
  return {
    garbage: Buffer.from('GET / HTTP/1.0\r\n\r\n'),
    version: future,
    signature: frame({ key: Buffer.from('a key that others made up') }),
    environment: frame({ environment: 'elsewhere' }),
    too_large: Buffer.alloc(300 * 1024, 0x48),
  };
}

test('frames of garbage, of a wrong version or with a wrong signature are counted, dropped and harm nobody', async () => {
  await worlds.tell(async (world) => {
    const { cluster } = world;
    const before = await spending(world);
    const frames = badFrames(cluster);
    const victim = cluster.regions['eu-west'];
    const counts = () =>
      Promise.all(
        Object.keys(frames).map((kind) => victim.metric('headgate_sync_errors_total', `kind="${kind}"`)),
      );
    const counted = await counts();
    await (cluster.transport === 'nats' ? publish(cluster, frames) : post(cluster, frames));
    await eventually(async () => expect(await counts()).toEqual(counted.map((count) => count + 1)) ?? true);
    expect(await spending(world)).toEqual(before);
    // It still hears its peers, and they it: the next heartbeats come after all of those frames.
    await cluster.up();
    const { status } = (await ask(cluster, posted('{"resource":"orders"}'))) ?? {};
    expect(status).toBe(200);
  });
});

/** Sends frames to eu-west as a stranger who found the subjects could. */
async function publish(cluster: Cluster, frames: Readonly<Record<string, Uint8Array>>): Promise<void> {
  const connection = await connect({ servers: cluster.natsUrl() });
  for (const frame of Object.values(frames))
    connection.publish(`headgate.v1.${cluster.environment}.to.eu-west.us-east`, frame);
  await connection.drain();
}

/** Sends frames to eu-west as a stranger who found its listener could; each is refused by status, too. */
async function post(cluster: Cluster, frames: Readonly<Record<string, Uint8Array>>): Promise<void> {
  for (const [kind, frame] of Object.entries(frames)) {
    const wire = await Wire.open(cluster.meshPorts['eu-west']);
    wire.send(`POST /mesh HTTP/1.1\r\nHost: x\r\nContent-Length: ${frame.byteLength}\r\n\r\n`);
    wire.send(frame);
    expect([kind, (await wire.answer())?.status]).toEqual([kind, kind === 'too_large' ? 413 : 400]);
    wire.close();
  }
}

function posted(body: string | Uint8Array, type = 'application/json'): Uint8Array {
  const bytes = Buffer.from(body);
  const head = `POST /check HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: ${bytes.byteLength}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), bytes]);
}

function got(target: string): string {
  return `GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`;
}

function withDimensions(count: number): string {
  const names = Array.from({ length: count }, (_, at) => [`d${at}`, 'x']);
  return JSON.stringify({ resource: 'orders', dimensions: Object.fromEntries(names) });
}

/** Sends bytes to us-east on a connection of their own. */
async function ask(cluster: Cluster, bytes: string | Uint8Array): Promise<WireAnswer | undefined> {
  const wire = await Wire.open(Number(new URL(cluster.regions['us-east'].url).port));
  wire.send(bytes);
  const answer = await wire.answer();
  wire.close();
  return answer;
}

/** All checks and permits that the regions ever counted, and whether they are well. */
async function spending({ cluster }: World): Promise<unknown> {
  return Promise.all(
    cluster.all().map(async (region) => {
      const { status } = await region.health();
      const permits = await region.metric('headgate_permits_total');
      return { status, permits, checks: await region.metric('headgate_checks_total') };
    }),
  );
}
