import process from 'node:process';
import { TICK_MS } from '../../../src/bounds.ts';
import { admit } from '../../../src/core/admit.ts';
import { DEFAULT_TIMING } from '../../../src/core/cluster.ts';
import type { Effect } from '../../../src/core/effects.ts';
import type { Message } from '../../../src/core/messages.ts';
import { createState, type RegionState } from '../../../src/core/state.ts';
import { step } from '../../../src/core/step.ts';
import { type Codec, createCodec } from '../../../transport/codec.ts';
import { limitSpec, THREE_REGIONS, WORLD_START_MS } from '../../world.ts';

/** A part of what is measured: how much of the processor it took, all in all and at one go, in milliseconds. */
export class Cost {
  cpuMs = 0;
  longestMs = 0;

  of<Result>(run: () => Result): Result {
    const before = process.cpuUsage();
    const result = run();
    const { user, system } = process.cpuUsage(before);
    const tookMs = (user + system) / 1_000;
    this.cpuMs += tookMs;
    this.longestMs = Math.max(this.longestMs, tookMs);
    return result;
  }
}

type Core = {
  readonly region: string;
  readonly state: RegionState;
  readonly codec: Codec;
  readonly cost: Cost;
};

/** A frame on its way. */
export type Frame = {
  readonly from: string;
  readonly to: string;
  readonly kind: Message['kind'];
  readonly bytes: Uint8Array;
};

/** The cores of three regions with the real codec between them, in one process and in made time. One key a counter, ten permits each. */
export class Cores {
  /** Decides whether a frame is lost; none is unless told otherwise. */
  loses: (frame: Frame) => boolean = () => false;
  /** Told of every frame that arrives. */
  carried: (frame: Frame) => void = () => {};
  readonly cores: readonly Core[];
  #monoMs = 0;

  constructor(windowMs: number) {
    const limits = [limitSpec({ dimensions: { tenant: '*' }, limit: 10, windowMs, shares: 'demand' })];
    this.cores = THREE_REGIONS.map(({ region }, at) => ({
      region,
      state: createState(
        {
          region,
          ledger: at.toString(16).padStart(16, '0'),
          members: THREE_REGIONS,
          limits,
          timing: DEFAULT_TIMING,
          newCluster: true,
        },
        this.#at(),
      ),
      codec: createCodec({ region, environment: 'bench', key: Buffer.alloc(32, 1) }),
      cost: new Cost(),
    }));
  }

  /** One permit of a key; false where it is denied. */
  ask({ state }: Core, tenant: string): boolean {
    return admit(state, { resource: 'orders', dimensions: { tenant }, permits: 1 }, this.#at()).allowed;
  }

  /** Lets one tick pass in every region. */
  tick(): void {
    this.#monoMs += TICK_MS;
    for (const core of this.cores) {
      this.#carry(
        core,
        core.cost.of(() => this.#framesOf(core, step(core.state, { kind: 'tick' }, this.#at()))),
      );
    }
  }

  #carry(sender: Core, frames: readonly Omit<Frame, 'from'>[]): void {
    for (const sent of frames) {
      const frame = { ...sent, from: sender.region };
      if (this.loses(frame)) continue;
      this.carried(frame);
      const receiver = this.cores.find(({ region }) => region === frame.to);
      if (receiver === undefined) continue;
      const answers = receiver.cost.of(() => {
        const heard = receiver.codec.decode(frame.bytes);
        if (typeof heard === 'string') throw new Error(`a frame was refused: ${heard}`);
        return this.#framesOf(receiver, step(receiver.state, { kind: 'message', ...heard }, this.#at()));
      });
      this.#carry(receiver, answers);
    }
  }

  #framesOf({ region, codec }: Core, effects: readonly Effect[]): Omit<Frame, 'from'>[] {
    return effects.flatMap((effect) => {
      if (effect.kind !== 'send') return [];
      const bytes = codec.encode(effect.message);
      if (bytes === undefined) throw new Error(`a ${effect.message.kind} is too large`);
      const { kind } = effect.message;
      const receivers = effect.to === 'all' ? THREE_REGIONS.map((member) => member.region) : [effect.to];
      return receivers.filter((to) => to !== region).map((to) => ({ to, kind, bytes }));
    });
  }

  #at() {
    return { wallMs: WORLD_START_MS + this.#monoMs, monoMs: this.#monoMs };
  }
}
