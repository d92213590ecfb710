import process from 'node:process';
import { connect, type Decision, type Fetch, type LimitedRequest } from '../../../src/client/connect.ts';

// How many decisions the client makes from blocks that it holds in a second of processor time; argument: how many rounds. The
// coordinator is a stand-in that gives whatever is asked for.

const DECISIONS = 2_000_000;

/** Gives as many permits as are asked for, good for 10 s. */
const generous: Fetch = async (_url, { body }) => {
  const { permits } = JSON.parse(body) as { readonly permits: number };
  const limit = { limit: 'a', quota: 1e9, windowMs: 10_000, remaining: 1e9, resetInMs: 9_999, windowId: 1 };
  const answer = {
    leasable: true,
    permits,
    block: 'b',
    expiresInMs: 9_999,
    limits: [limit],
    allowed: true,
    reason: 'ok',
  };
  return { status: 200, headers: new Headers(), text: async () => JSON.stringify(answer) };
};

const CASES: Readonly<Record<string, (nth: number) => LimitedRequest>> = {
  one: () => ({ resource: 'api.orders.create', dimensions: { tenant: 'acme' } }),
  many: (nth) => ({ resource: 'api.orders.create', dimensions: { tenant: `tenant-${nth % 1_000}` } }),
  three: (nth) => ({
    resource: 'api.orders.create',
    dimensions: { tenant: `tenant-${nth % 1_000}`, user: 'somebody', method: 'POST' },
  }),
};

const rounds = Number(process.argv[2] ?? 5);
const rates: Record<string, number[]> = {};
for (let round = 0; round < rounds; round += 1)
  for (const [name, request] of Object.entries(CASES)) {
    rates[name] ??= [];
    rates[name].push(await measure(request));
  }
console.log(JSON.stringify(rates));

/** Decisions a second of this process's own time: others may be busy on the machine. */
async function measure(request: (nth: number) => LimitedRequest): Promise<number> {
  const limiter = connect({
    url: 'http://127.0.0.1',
    fetch: generous,
    leases: { aheadMs: 10_000, permitsMax: 1_000_000 },
  });
  const requests = Array.from({ length: 4_096 }, (_, nth) => request(nth));
  for (const one of requests) for (let nth = 0; nth < 5; nth += 1) await limiter.check(one);
  for (const one of requests) await limiter.check({ ...one, permits: 100_000 });
  let decided = 0;
  let here = 0;
  const before = process.cpuUsage();
  while (decided < DECISIONS) {
    // What is on its way comes in between, as between the requests of a server.
    for (let nth = 0; nth < 4_096; nth += 1) {
      const decision = limiter.check(requests[nth] as LimitedRequest);
      if (!(decision instanceof Promise) && isFromBlock(decision)) here += 1;
    }
    decided += 4_096;
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { user, system } = process.cpuUsage(before);
  await limiter.close();
  if (here < 0.99 * decided) throw new Error(`only ${here} of ${decided} were decided here`);
  return (decided * 1e6) / (user + system);
}

function isFromBlock({ allowed, source }: Decision): boolean {
  return allowed && source === 'block';
}
