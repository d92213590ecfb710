import { createHmac } from 'node:crypto';
import { connect as connectNats } from '@nats-io/transport-node';
import { request } from 'undici';
import { parseLimits } from '../../config/limits-file.ts';
import { loadConfiguration } from '../../config/load.ts';
import { Chance } from '../../simulations/chance.ts';
import { type Codec, createCodec } from '../../transport/codec.ts';
import { MESH_PATH } from '../../transport/mesh-listener.ts';
import { subjectsOf } from '../../transport/subjects.ts';
import { configurations, frames, grpcCalls, httpRequests } from './corpus.ts';
import { mutate } from './mutate.ts';
import type { Targets } from './targets.ts';
import { throwBytes } from './throw-bytes.ts';

/** Inputs that are under way at once at each listener. */
const AT_ONCE = 16;

/** Longest that reading one configuration file may take, in milliseconds. */
const READING_MS = 2_000;

/** The first bytes of a frame, which a signature covers and which say what it is. */
const FRAME_HEAD_BYTES = 2;
const SIGNATURE_BYTES = 16;

/** Where inputs are thrown. */
export type Surface = 'http' | 'grpc' | 'mesh' | 'nats' | 'configuration';

/** Every surface, with its part of all inputs: reading a configuration file takes as long as twenty requests. */
export const SURFACES: Readonly<Record<Surface, number>> = {
  http: 0.3,
  grpc: 0.25,
  mesh: 0.2,
  nats: 0.2,
  configuration: 0.05,
};

export type FuzzOptions = {
  readonly targets: Targets;
  readonly surface: Surface;
  readonly inputs: number;
  /** The same seed throws the same. */
  readonly seed: number;
  readonly onStep: () => void;
};

/** What came of it. */
export type Thrown = {
  readonly surface: Surface;
  readonly inputs: number;
  /** Those that were answered or refused at once, and not left waiting for more. */
  readonly answered: number;
};

/** Throws many spoilt inputs at one surface. Rejects when something crashed, or hung, or stopped listening. */
export async function fuzz({ targets, surface, inputs, seed, onStep }: FuzzOptions): Promise<Thrown> {
  const chance = new Chance(`${surface} ${seed}`);
  const thrower = await throwerOf(surface, targets);
  let thrown = 0;
  let answered = 0;
  const lane = async () => {
    while (thrown < inputs) {
      thrown += 1;
      if (await thrower.throw(chance)) answered += 1;
      onStep();
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
  } finally {
    await thrower.close();
  }
  return { surface, inputs, answered };
}

type Thrower = { throw(chance: Chance): Promise<boolean>; close(): Promise<void> };

const NOTHING_OPEN = async () => {};

async function throwerOf(surface: Surface, targets: Targets): Promise<Thrower> {
  switch (surface) {
    case 'http':
      return bytesThrower(targets.httpPort, httpRequests());
    case 'grpc':
      return bytesThrower(targets.grpcPort, grpcCalls());
    case 'mesh':
      return meshThrower(targets);
    case 'nats':
      return natsThrower(targets);
    case 'configuration':
      return configurationThrower();
  }
}

function bytesThrower(port: number, corpus: readonly Buffer[]): Thrower {
  return {
    throw: (chance) => throwBytes(port, mutate(chance, chance.pick(corpus), chance.pick(corpus))),
    close: NOTHING_OPEN,
  };
}

function meshThrower(targets: Targets): Thrower {
  const codec = createCodec({ ...targets, key: Buffer.from(targets.key), region: targets.peer });
  const corpus = frames(codec);
  return {
    async throw(chance) {
      const frame = spoilt(chance, { corpus, codec, key: targets.key });
      const { statusCode, body } = await request(`http://127.0.0.1:${targets.meshPort}${MESH_PATH}`, {
        method: 'POST',
        body: frame,
        headersTimeout: READING_MS,
        bodyTimeout: READING_MS,
      });
      await body.dump();
      if (statusCode < 300) throw new Error(`a spoilt frame was accepted: ${frame.toString('hex')}`);
      return true;
    },
    close: NOTHING_OPEN,
  };
}

async function natsThrower(targets: Targets): Promise<Thrower> {
  const codec = createCodec({ ...targets, key: Buffer.from(targets.key), region: targets.peer });
  const corpus = frames(codec);
  const connection = await connectNats({ servers: targets.natsUrl });
  const { broadcast, to } = subjectsOf(targets.environment, targets.peer);
  const subjects = [
    broadcast,
    to(targets.region) ?? broadcast,
    `${broadcast}.more`,
    broadcast.replace(/[^.]+$/, 'x y'),
  ];
  return {
    async throw(chance) {
      const subject = chance.pick(subjects.filter((each) => !each.includes(' ')));
      connection.publish(subject, spoilt(chance, { corpus, codec, key: targets.key }));
      await connection.flush();
      return true;
    },
    close: () => connection.close(),
  };
}

/**
 * A frame that must be refused: spoilt as a whole, so that its signature fails, or spoilt below a good signature, as by a peer that went mad. One
 * that still says something that a peer may say is spoilt further.
 */
function spoilt(
  chance: Chance,
  { corpus, codec, key }: { readonly corpus: readonly Buffer[]; readonly codec: Codec; readonly key: string },
): Buffer {
  for (;;) {
    const frame = mutate(chance, chance.pick(corpus), chance.pick(corpus));
    const thrown = chance.happens(0.5) ? signed(frame, key) : frame;
    if (typeof codec.decode(thrown) === 'string') return thrown;
  }
}

function signed(frame: Buffer, key: string): Buffer {
  const head = frame.subarray(0, FRAME_HEAD_BYTES);
  const payload = frame.subarray(FRAME_HEAD_BYTES + SIGNATURE_BYTES);
  const signature = createHmac('sha256', key).update(head).update(payload).digest();
  return Buffer.concat([head, signature.subarray(0, SIGNATURE_BYTES), payload]);
}

function configurationThrower(): Thrower {
  const corpus = configurations();
  return {
    async throw(chance) {
      const bytes = mutate(chance, chance.pick(corpus), chance.pick(corpus));
      const startedMs = performance.now();
      parseLimits(bytes.toString('utf8'), 'limits.yaml');
      loadConfiguration({ file: 'headgate.yaml', env: {}, readFile: () => bytes });
      const tookMs = performance.now() - startedMs;
      if (tookMs > READING_MS) throw new Error(`reading took ${tookMs} ms: ${bytes.toString('base64')}`);
      return true;
    },
    close: NOTHING_OPEN,
  };
}
