import { expect, test } from 'vitest';
import type { Decision } from '../../src/core/decision.ts';
import type { Coordinator } from '../../src/ports.ts';
import { ask, serve } from './http-fixture.ts';

const ALLOWED: Decision = {
  allowed: true,
  reason: 'no_limit',
  verdict: undefined,
  verdicts: [],
  delayMs: 0,
  lease: undefined,
  atMs: 0,
  degraded: false,
};

/** Decides, but not at once: as a node does whose block is missing. */
const late: Partial<Coordinator> = {
  check: async () => ALLOWED,
  release: async () => true,
  renew: async () => ({ renewed: false, reason: 'unknown_lease' }),
};

test('decisions that are waited for are answered like those that are there at once', async () => {
  const { origin, measured } = await serve({ coordinator: late });
  const request = { resource: 'api.orders.create', dimensions: {} };
  const single = await ask(`${origin}/check`, { json: request });
  expect([single.status, single.body.reason]).toEqual([200, 'no_limit']);
  const batch = await ask(`${origin}/check/batch`, { json: [request, request] });
  expect(JSON.parse(batch.text)).toHaveLength(2);
  expect(measured).toEqual([ALLOWED, ALLOWED, ALLOWED]);
});

test('leases are settled where that takes a while', async () => {
  const { origin } = await serve({ coordinator: late });
  expect((await ask(`${origin}/check/release`, { json: { lease: '0000-1' } })).body.released).toBe(true);
  expect((await ask(`${origin}/check/renew`, { json: { lease: '0000-1' } })).body.code).toBe('unknown_lease');
});
