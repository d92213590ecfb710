import type { AlarmClock, Cancel } from '../ports.ts';
import { CALLS_MAX } from './bounds.ts';
import type { Call, Reply } from './messages.ts';

type Pending = { readonly take: (reply: Reply | undefined) => void; readonly cancel: Cancel };

/** Calls to another node, each answered once: with its reply, or with undefined when none came in time. */
export class Calls {
  readonly #clock: AlarmClock;
  readonly #pending = new Map<number, Pending>();
  #last: number;

  /** `first` is a number that no earlier life of this node called by: a late reply to that one is none to this. */
  constructor(clock: AlarmClock, first: number) {
    this.#clock = clock;
    this.#last = first;
  }

  /** Sends a call, and waits for its reply at most so long. */
  call(
    { name, parameters, withinMs }: Pick<Call, 'name' | 'parameters'> & { readonly withinMs: number },
    send: (call: Call) => void,
  ): Promise<Reply | undefined> {
    if (this.#pending.size >= CALLS_MAX) return Promise.resolve(undefined);
    this.#last += 1;
    const id = this.#last;
    return new Promise((take) => {
      const cancel = this.#clock.after(withinMs, () => this.#end(id, undefined));
      this.#pending.set(id, { take, cancel });
      send({ kind: 'call', id, name, parameters });
    });
  }

  hear(reply: Reply): void {
    this.#end(reply.id, reply);
  }

  /** Nobody answers any more. */
  stop(): void {
    for (const id of [...this.#pending.keys()]) this.#end(id, undefined);
  }

  #end(id: number, reply: Reply | undefined): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    pending.cancel();
    pending.take(reply);
  }
}
