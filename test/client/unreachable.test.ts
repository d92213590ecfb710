import { expect, test } from 'vitest';
import type { Decision } from '../../src/client/connect.ts';
import { Deployment, type Link } from './deployment.ts';

const ORDERS = { resource: 'orders', dimensions: { tenant: 'acme' } };
const GOOD: Link = { forwardMs: 2, backMs: 2 };
const DEAD: Link = { forwardMs: 2, backMs: 2, lost: 'question' };

/** A deployment of which the link can be cut, with a client that has asked a little. */
async function cuttable(onError: 'open' | 'closed') {
  let link = GOOD;
  let questions = 0;
  const deployment = await Deployment.of({
    limits: [{ limit: 10_000 }],
    link: () => {
      questions += 1;
      return link;
    },
  });
  const limiter = deployment.client({ onError });
  for (let nth = 0; nth < 20; nth += 1) await deployment.answer(limiter.check(ORDERS));
  const questionsSo = () => questions;
  const use = (next: Link) => {
    link = next;
  };
  return { deployment, limiter, questions: questionsSo, use };
}

test.each([
  ['closed', false],
  ['open', true],
] as const)(
  'while nobody can be asked, a limiter that fails %s goes on with what it holds, and then by that',
  async (onError, allowed) => {
    const { deployment, limiter, use } = await cuttable(onError);
    use(DEAD);
    const held = limiter.check(ORDERS);
    expect(held).toMatchObject({ allowed: true, source: 'block' });
    const decision = await deployment.answer(limiter.check({ ...ORDERS, permits: 5_000 }));
    expect(decision).toMatchObject({ allowed, source: 'fallback', reason: `unreachable_${onError}` });
    expect(limiter.stats()).toMatchObject({ fallback: 1, problem: 'no answer of /lease within 250 ms' });
  },
);

test('nobody waits for longer than one question takes', async () => {
  const { deployment, limiter, use } = await cuttable('closed');
  use(DEAD);
  const waits: number[] = [];
  for (let atMs = 0; atMs < 600; atMs += 10)
    deployment.at(atMs, () => {
      const askedMs = deployment.nowMs;
      void Promise.resolve(limiter.check({ ...ORDERS, permits: 5_000 })).then(() =>
        waits.push(deployment.nowMs - askedMs),
      );
    });
  await deployment.run(2_000);
  expect(waits).toHaveLength(60);
  expect(Math.max(...waits)).toBeLessThanOrEqual(250);
});

test('a coordinator that cannot be reached is left alone, and used again once it is there', async () => {
  const { deployment, limiter, questions, use } = await cuttable('closed');
  use(DEAD);
  await deployment.run(10_000);
  const before = questions();
  const decisions: Decision[] = [];
  const ask = async (ms: number) => {
    for (let atMs = 0; atMs < ms; atMs += 10)
      deployment.at(atMs, () => {
        void Promise.resolve(limiter.check(ORDERS)).then((decision) => decisions.push(decision));
      });
    await deployment.run(ms);
  };
  await ask(20_000);
  expect(decisions.every(({ source }) => source === 'fallback')).toBe(true);
  expect(questions() - before).toBeLessThan(30);
  use(GOOD);
  await ask(6_000);
  decisions.length = 0;
  await ask(1_000);
  expect(decisions.every(({ allowed, source }) => allowed && source !== 'fallback')).toBe(true);
  expect(limiter.stats().problem).toBeUndefined();
});

test('an answer that is not that of a coordinator is none', async () => {
  const deployment = await Deployment.of({ limits: [{}], tamperBack: () => ({ hello: 'world' }) });
  const limiter = deployment.client();
  for (let nth = 0; nth < 3; nth += 1)
    expect(await deployment.answer(limiter.check(ORDERS))).toMatchObject({ source: 'fallback' });
  expect(limiter.stats().problem).toContain('not that of a coordinator');
});

test('a question for blocks that the coordinator finds wrong is a defect, and is told as one', async () => {
  const deployment = await Deployment.of({
    limits: [{}],
    tamper: (path, body) => (path === '/lease' ? { ...body, permits: 0 } : body),
  });
  const limiter = deployment.client();
  for (let nth = 0; nth < 2; nth += 1) await deployment.answer(limiter.check(ORDERS));
  await expect(deployment.answer(limiter.check(ORDERS))).rejects.toThrow(/permits must be an integer/);
});

test('while a coordinator starts it is as good as not there; before it stops it gives no blocks', async () => {
  const deployment = await Deployment.of({ limits: [{}] });
  const limiter = deployment.client();
  deployment.phase = 'starting';
  expect(await deployment.answer(limiter.check(ORDERS))).toMatchObject({ source: 'fallback' });
  expect(limiter.stats().problem).toContain('starting');
  deployment.phase = 'draining';
  for (let nth = 0; nth < 20; nth += 1)
    expect(await deployment.answer(limiter.check(ORDERS))).toMatchObject({ source: 'region' });
  expect(limiter.stats().permitsTaken).toBe(0);
});

test('what is asked for all at once beyond what may wait is decided by the fallback', async () => {
  const { deployment, limiter, use } = await cuttable('closed');
  use(DEAD);
  const answers = Array.from({ length: 12_000 }, () => limiter.check({ ...ORDERS, permits: 5_000 }));
  const settled = answers.filter((answer) => !(answer instanceof Promise));
  expect(settled.length).toBeGreaterThanOrEqual(1_999);
  await deployment.answer(Promise.all(answers));
});
