import type { CheckRequest, Decision, Verdict } from '../../src/core/decision.ts';
import { compileLimit } from '../../src/core/limit.ts';
import { counterKey, Matcher } from '../../src/core/match.ts';
import type { Message } from '../../src/core/messages.ts';
import type { Transport } from '../../src/ports.ts';
import type { Driver, DriverSetup, MakeDriver } from '../life.ts';
import type { Counted, MakeModel, Model, ModelPorts } from './model.ts';

/** Lets a model run where the production region would: on the same clocks, disks and network, asked the same questions. */
export function modelled<Said>(make: MakeModel<Said>): MakeDriver {
  return (setup) => new ModelDriver(setup, make);
}

class ModelDriver<Said> implements Driver {
  readonly #setup: DriverSetup;
  readonly #ports: ModelPorts<Said>;
  readonly #matcher: Matcher<Pick<Counted, 'limit'>>;
  readonly #make: MakeModel<Said>;
  #model: Model<Said> | undefined;

  constructor(setup: DriverSetup, make: MakeModel<Said>) {
    const { region: self, clock, chance, shelf, transport } = setup;
    const { region, members, timing } = self;
    const limits = self.limits.map((limit) => compileLimit(limit));
    this.#setup = setup;
    this.#make = make;
    this.#matcher = new Matcher(limits.map((limit) => ({ limit })));
    this.#ports = {
      region,
      members,
      limits: new Map(limits.map((limit) => [limit.name, limit])),
      timing,
      clock,
      chance,
      shelf,
      send: (to, message) => asCarrier<Said>(transport).send(to, message),
    };
  }

  async start(): Promise<void> {
    const { transport, clock } = this.#setup;
    await asCarrier<Said>(transport).start((from, message) =>
      clock.soon(() => this.#model?.hear(from, message)),
    );
    this.#model = this.#make(this.#ports);
  }

  check(request: CheckRequest): Decision | undefined {
    const { wallMs, monoMs } = this.#ports.clock.now();
    const counted = this.#matcher.candidates(request).flatMap(({ limit }): Counted[] => {
      const key = counterKey(limit, request);
      return key === undefined ? [] : [{ limit, key, windowId: limit.windows.idAt(wallMs) }];
    });
    if (counted.length === 0) return UNLIMITED;
    let atOnce: Decision | undefined;
    let isWaiting = false;
    this.#model?.check(counted, request.permits, (allowed, actual = counted) => {
      const decision = decisionOf(allowed, actual);
      const waitedMs = this.#ports.clock.now().monoMs - monoMs;
      if (isWaiting) this.#setup.answer(request, decision, waitedMs);
      else atOnce = decision;
    });
    isWaiting = true;
    return atOnce;
  }

  drain(): void {}

  async stop(): Promise<void> {
    await this.#setup.transport.stop();
  }

  publish(): void {
    throw new Error('models know one configuration only');
  }

  inspect(): never {
    throw new Error('a model has nothing to show');
  }
}

type Carrier<Said> = {
  start(receive: (from: string, message: Said) => void): Promise<void>;
  send(to: string, message: Said): void;
};

/** Without frames the simulated medium carries whatever it is given: only the codec knows messages of the production region. */
function asCarrier<Said>(transport: Transport): Carrier<Said> {
  return {
    start: (receive) => transport.start((from, message) => receive(from, message as unknown as Said)),
    send: (to, message) => transport.send(to, message as unknown as Message),
  };
}

const UNLIMITED: Decision = {
  allowed: true,
  reason: 'no_limit',
  verdict: undefined,
  verdicts: [],
  delayMs: 0,
  lease: undefined,
  atMs: 0,
  degraded: false,
};

function decisionOf(allowed: boolean, counted: readonly Counted[]): Decision {
  const reason = allowed ? 'ok' : 'region_share_exhausted';
  const verdicts = counted.map(
    ({ limit, key, windowId }): Verdict => ({
      limit,
      key,
      windowId,
      permits: limit.limit,
      allowed,
      reason,
      remaining: 0,
      globalRemaining: 0,
      resetAtMs: limit.windows.endMs(windowId),
      retryAfterMs: 0,
      delayMs: 0,
    }),
  );
  return {
    allowed,
    reason,
    verdict: verdicts[0],
    verdicts,
    delayMs: 0,
    lease: undefined,
    atMs: 0,
    degraded: false,
  };
}
