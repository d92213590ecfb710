import type { RegionId } from '../../crdt/index.ts';
import type { Clock } from '../../src/ports.ts';
import type { Answer, Counted, Model, ModelPorts, Named } from './model.ts';
import { countedOf, named, WindowTable } from './window-table.ts';

/** A client waits this long and is let through then. It is longer than the longest round trip; real gateways wait 20 to 100 ms. */
const TIMEOUT_MS = 500;

/** A question without an answer is asked again after so long. The centre counts it once. */
const ASKED_AGAIN_MS = 250;

const LOOKED_AFTER_MS = 10;

/** How long the centre remembers its answers: longer than any question is on its way. */
const ANSWERS_KEPT_MS = 30_000;

type Message =
  | {
      readonly kind: 'ask';
      readonly id: string;
      readonly counted: readonly Named[];
      readonly permits: number;
    }
  | {
      readonly kind: 'tell';
      readonly id: string;
      readonly allowed: boolean;
      readonly counted: readonly Named[];
    };

type Pending = {
  readonly counted: readonly Counted[];
  readonly permits: number;
  readonly answer: Answer;
  readonly askedMs: number;
  repeated: boolean;
};

/**
 * A central counter with fail-open: the first region counts for all, the others ask it and wait for the answer; when none comes in time
 * the request is let through. The centre's own region is answered at once, and a region that was told "no" asks no more about that
 * window.
 *
 * Source: envoyproxy/ratelimit with one Redis and its local cache of keys that are over the limit; `failure_mode_deny: false` is Envoy's default.
 */
export function centralCounter(ports: ModelPorts<Message>): Model<Message> {
  const centre = ports.members[0]?.region;
  return ports.region === centre ? atTheCentre(ports) : elsewhere(ports, centre ?? '');
}

function atTheCentre(ports: ModelPorts<Message>): Model<Message> {
  const used = WindowTable.kept(ports, () => ({ permits: 0 }));
  const told = new Map<string, { readonly atMs: number; readonly message: Message }>();
  const { clock } = ports;
  const now = currentBy(clock);

  const decide = (counted: readonly Counted[], permits: number) => {
    const fits = counted.every((each) => used.at(each).permits + permits <= each.limit.limit);
    if (fits) for (const each of counted) used.at(each).permits += permits;
    return fits;
  };
  clock.every(1_000, () => {
    const keptFromMs = clock.now().monoMs - ANSWERS_KEPT_MS;
    for (const [id, { atMs }] of told) if (atMs < keptFromMs) told.delete(id);
  });

  return {
    check: (counted, permits, answer) => answer(decide(counted, permits)),
    hear(from, message) {
      if (message.kind !== 'ask') return;
      let known = told.get(message.id);
      if (known === undefined) {
        // The centre's clock says which window it is.
        const counted = message.counted.map((name) => now(countedOf(ports, name)));
        const allowed = decide(counted, message.permits);
        const { id } = message;
        known = {
          atMs: clock.now().monoMs,
          message: { kind: 'tell', id, allowed, counted: counted.map(named) },
        };
        told.set(id, known);
      }
      ports.send(from, known.message);
    },
  };
}

function elsewhere(ports: ModelPorts<Message>, centre: RegionId): Model<Message> {
  const { clock, region, chance } = ports;
  const now = currentBy(clock);
  const life = chance.hex64();
  const pending = new Map<string, Pending>();
  const exhausted = WindowTable.kept(ports, () => ({ isTold: false }));
  let asked = 0;

  const ask = (id: string, { counted, permits }: Pending) =>
    ports.send(centre, { kind: 'ask', id, counted: counted.map(named), permits });

  clock.every(LOOKED_AFTER_MS, () => {
    const { monoMs } = clock.now();
    for (const [id, question] of pending) {
      const waitedMs = monoMs - question.askedMs;
      if (waitedMs >= TIMEOUT_MS) {
        pending.delete(id);
        question.answer(true, question.counted.map(now));
      } else if (waitedMs >= ASKED_AGAIN_MS && !question.repeated) {
        question.repeated = true;
        ask(id, question);
      }
    }
  });

  return {
    check(counted, permits, answer) {
      if (counted.some((each) => exhausted.at(each).isTold)) {
        answer(false);
        return;
      }
      asked += 1;
      const id = `${region} ${life} ${asked}`;
      const question = { counted, permits, answer, askedMs: clock.now().monoMs, repeated: false };
      pending.set(id, question);
      ask(id, question);
    },
    hear(_from, message) {
      if (message.kind !== 'tell') return;
      const question = pending.get(message.id);
      if (question === undefined || !pending.delete(message.id)) return;
      const counted = message.counted.map((name) => countedOf(ports, name));
      const [only] = counted;
      // Of several counters nobody says which one is used up, and of several permits one may still be there.
      if (!message.allowed && question.permits === 1 && counted.length === 1 && only !== undefined)
        exhausted.at(only).isTold = true;
      question.answer(message.allowed, counted);
    },
  };
}

/** The same limit and key in the window that it is now. */
function currentBy(clock: Clock): (counted: Counted) => Counted {
  return (counted) => ({ ...counted, windowId: counted.limit.windows.idAt(clock.now().wallMs) });
}
