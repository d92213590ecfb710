import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Decision } from '../../src/client/connect.ts';
import type { LimitSpec } from '../../src/core/limit.ts';
import { careless, Deployment, type DeploymentOptions, type Link } from './deployment.ts';

// Several clients of one region, each with a clock that is off, on links that delay, lose and reorder. Whatever they admit is counted
// from outside: what a client decides by itself in the window that the region's clock is in at that moment, what the region decides in the
// window that it charged.

type Ask = { readonly client: number; readonly atMs: number; readonly permits: number };

type Plan = {
  readonly links: readonly Link[];
  readonly paces: readonly number[];
  readonly skews: readonly number[];
  readonly asks: readonly Ask[];
  /** When a client closes; the others go on. */
  readonly closesAtMs: number;
};

/** Mostly quick, now and then slow, and sometimes nothing comes. */
const link: fc.Arbitrary<Link> = fc.record({
  forwardMs: fc.oneof({ weight: 4, arbitrary: fc.nat(5) }, fc.nat(60)),
  backMs: fc.oneof({ weight: 4, arbitrary: fc.nat(5) }, fc.nat(180)),
  lost: fc.oneof({ weight: 20, arbitrary: fc.constant(undefined) }, fc.constantFrom('question', 'answer')),
});

/** What one client asks for in one second: nothing, a little, or more than there is. */
const second = fc.record({
  checks: fc.constantFrom(0, 0, 12, 12, 60, 150),
  permits: fc.constantFrom(1, 5, 5, 10, 20),
  fromMs: fc.nat(600),
});

const SECONDS = 6;

const loads = fc.array(fc.array(second, { minLength: SECONDS, maxLength: SECONDS }), {
  minLength: 3,
  maxLength: 3,
});

const asks = loads.map((clients) =>
  clients.flatMap((seconds, client) =>
    seconds.flatMap(({ checks, permits, fromMs }, nth) =>
      Array.from({ length: checks }, (_, at) => ({
        client,
        atMs: nth * 1_000 + fromMs + (at * (1_000 - fromMs)) / checks,
        permits,
      })),
    ),
  ),
);

const plans: fc.Arbitrary<Plan> = fc.record({
  links: fc.array(link, { minLength: 8, maxLength: 30 }),
  paces: fc.array(fc.constantFrom(0.999, 1, 1.001), { minLength: 3, maxLength: 3 }),
  skews: fc.array(fc.integer({ min: -5_000, max: 5_000 }), { minLength: 3, maxLength: 3 }),
  asks,
  closesAtMs: fc.integer({ min: 1_000, max: 8_000 }),
});

const KINDS: Readonly<Record<string, Partial<LimitSpec>>> = {
  'fixed window': { algorithm: 'fixed-window', limit: 1_000, windowMs: 1_000 },
  'sliding window': { algorithm: 'sliding-window', limit: 2_000, windowMs: 3_000 },
  'token bucket': { algorithm: 'token-bucket', limit: 600, windowMs: 1_000, burst: 1_000 },
};

/** Most that may be admitted in any run of so many seconds, by kind of limit. */
const MOST_IN: Readonly<Record<string, (seconds: number) => number>> = {
  'fixed window': (seconds) => (seconds === 1 ? 1_000 : Number.POSITIVE_INFINITY),
  'sliding window': (seconds) => (seconds <= 3 ? 2_000 : Number.POSITIVE_INFINITY),
  'token bucket': (seconds) => 1_000 + 600 * seconds,
};

type Played = { readonly bySecond: ReadonlyMap<number, number>; readonly fromBlocks: number };

type Tampering = Pick<DeploymentOptions, 'tamper' | 'tamperBack' | 'coordinator'>;

async function play(plan: Plan, kind: string, tampering: Tampering = {}): Promise<Played> {
  const bySecond = new Map<number, number>();
  const admit = (second: number, permits: number) =>
    bySecond.set(second, (bySecond.get(second) ?? 0) + permits);
  let used = 0;
  const deployment: Deployment = await Deployment.of({
    ...tampering,
    // An answer of /check does not say which window was charged: the current one.
    answered: (path, asked, { allowed }: { readonly allowed?: boolean }) => {
      if (path === '/check' && allowed) admit(current(), (asked as { readonly permits: number }).permits);
    },
    limits: [KINDS[kind] ?? {}],
    link: () => plan.links[used++ % plan.links.length] as Link,
  });
  const current = (): number => Math.floor(deployment.world.clock('us-east').now().wallMs / 1_000);
  let fromBlocks = 0;
  const settled = (permits: number) => (decision: Decision) => {
    if (!decision.allowed) return;
    expect(decision.source).not.toBe('fallback');
    if (decision.source === 'block') {
      admit(current(), permits);
      fromBlocks += 1;
    } else if (decision.limits[0] !== undefined) admit(decision.limits[0].windowId, permits);
  };
  const clients = plan.paces.map((pace, at) =>
    deployment.client({ pace, skewMs: plan.skews[at] ?? 0, timeoutMs: 250 }),
  );
  for (const { client, atMs, permits } of plan.asks)
    deployment.at(atMs, () => {
      const answer = clients[client]?.check({ resource: 'r', permits });
      if (answer instanceof Promise) void answer.then(settled(permits));
      else if (answer !== undefined) settled(permits)(answer);
    });
  deployment.at(plan.closesAtMs, () => void clients[0]?.close());
  await deployment.run(9_000);
  await deployment.answer(Promise.all(clients.map((client) => client.close())));
  return { bySecond, fromBlocks };
}

/** The runs of seconds in which more was admitted than may be. */
function excesses({ bySecond }: Played, kind: string): string[] {
  const seconds = [...bySecond.keys()].sort((a, b) => a - b);
  const found: string[] = [];
  for (const from of seconds) {
    let admitted = 0;
    for (let upto = from; upto <= (seconds.at(-1) ?? from); upto += 1) {
      admitted += bySecond.get(upto) ?? 0;
      const most = MOST_IN[kind]?.(upto - from + 1) ?? 0;
      if (admitted > most) found.push(`${admitted} of ${most} in ${upto - from + 1} s from second ${from}`);
    }
  }
  return found;
}

describe.each(Object.keys(KINDS))('%s', (kind) => {
  test('whatever clients and their links do, no window sees more than the limit', async () => {
    let fromBlocks = 0;
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => {
        const played = await play(plan, kind);
        fromBlocks += played.fromBlocks;
        expect(excesses(played, kind)).toEqual([]);
      }),
      { numRuns: 6 },
    );
    expect(fromBlocks).toBeGreaterThan(1_000);
  }, 60_000);
});

type Answer = { readonly expiresInMs?: number; readonly limits?: readonly object[] };

/** Ways to get it wrong, each of which somebody has, with a seed that shows it soon. */
const BROKEN: Readonly<
  Record<string, { readonly kind: string; readonly seed: number; readonly tampering: Tampering }>
> = {
  'a block that is spent after its window': {
    kind: 'fixed window',
    seed: 5,
    tampering: {
      tamperBack: (path, body) => (path === '/lease' ? { ...body, expiresInMs: 1_500 } : body),
    },
  },
  'a time that is counted from the answer, not from the question': {
    kind: 'fixed window',
    seed: 7,
    tampering: {
      tamperBack: (path, body: Answer, tookMs) =>
        path === '/lease' && body.expiresInMs !== undefined
          ? { ...body, expiresInMs: body.expiresInMs + tookMs }
          : body,
    },
  },
  'what is returned goes to the window that is current': {
    kind: 'fixed window',
    seed: 3,
    tampering: {
      coordinator: careless,
      // It is kept until then.
      tamperBack: (path, body: Answer) =>
        path === '/lease'
          ? { ...body, limits: body.limits?.map((limit) => ({ ...limit, resetInMs: 60_000 })) }
          : body,
    },
  },
  'a client that returns what it has spent': {
    kind: 'sliding window',
    seed: 4,
    tampering: {
      tamper: (path, body) => (path === '/lease/return' ? { ...body, permits: 1_000 } : body),
    },
  },
};

test.each(Object.keys(BROKEN))(
  '%s is noticed',
  async (name) => {
    const { kind, tampering, seed } = BROKEN[name] as (typeof BROKEN)[string];
    const found = await fc.check(
      fc.asyncProperty(plans, async (plan) => excesses(await play(plan, kind, tampering), kind).length === 0),
      { numRuns: 8, seed, endOnFailure: true },
    );
    expect([name, found.failed]).toEqual([name, true]);
  },
  60_000,
);
