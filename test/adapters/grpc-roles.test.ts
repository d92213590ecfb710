import { status } from '@grpc/grpc-js';
import { protoPath as healthProtoPath } from 'grpc-health-check';
import { expect, test } from 'vitest';
import type { Token } from '../../src/access/token.ts';
import { clientOf, descriptor, serveGrpc, unary } from './grpc-fixture.ts';
import { tokenOf } from './http-admin-fixture.ts';

const REQUEST = { domain: 'edge', descriptors: [descriptor({ tenant: 'acme' })] };
const SECRETS = { check: 'may-check-0123456789', read: 'may-read-0123456789', admin: 'may-all-0123456789' };
const TOKENS = (['check', 'read', 'admin'] as const).map((role) => tokenOf(role, SECRETS[role]));

test('decisions over gRPC need the role check, as those over HTTP do', async () => {
  const { ask, refused } = await serveGrpc({ tokens: () => TOKENS });
  for (const role of ['check', 'admin'] as const)
    expect(await ask(REQUEST, { authorization: `Bearer ${SECRETS[role]}` })).toMatchObject({
      overallCode: 'OK',
    });
  await expect(ask(REQUEST, { authorization: `Bearer ${SECRETS.read}` })).rejects.toMatchObject({
    code: status.PERMISSION_DENIED,
    details: expect.stringContaining('needs the role check'),
  });
  for (const authorization of [
    undefined,
    '',
    'Bearer wrong',
    'Basic dXNlcjpwYXNz',
    `Bearer ${SECRETS.check}x`,
  ]) {
    const refusal = ask(REQUEST, authorization === undefined ? {} : { authorization });
    await expect(refusal).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
    await expect(refusal).rejects.not.toThrow(/wrong|dXNlcjpwYXNz|may-check/);
  }
  expect(refused.map(({ code }) => code)).toEqual([
    'role_missing',
    'token_missing',
    ...Array(4).fill('token_invalid'),
  ]);
  expect(refused[0]).toMatchObject({
    interface: 'grpc',
    route: '/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit',
    address: '127.0.0.1',
  });
});

test('who is refused has spent nothing', async () => {
  const { ask } = await serveGrpc({ tokens: () => TOKENS });
  await expect(ask(REQUEST)).rejects.toThrow();
  const answer = await ask(REQUEST, { authorization: `Bearer ${SECRETS.check}` });
  expect(answer.statuses[0]?.limitRemaining).toBe(19);
});

test('tokens are exchanged while calls come in: the new one counts at once, the old one no more', async () => {
  let tokens: readonly Token[] = [tokenOf('check', 'the-old-one-0123456789')];
  const { ask } = await serveGrpc({ tokens: () => tokens });
  const old = { authorization: 'Bearer the-old-one-0123456789' };
  const renewed = { authorization: 'Bearer the-new-one-0123456789' };
  await ask(REQUEST, old);
  tokens = [tokenOf('check', 'the-new-one-0123456789')];
  await expect(ask(REQUEST, old)).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
  await ask(REQUEST, renewed);
});

test('health over gRPC is open', async () => {
  const { address } = await serveGrpc({ tokens: () => TOKENS });
  const client = clientOf('grpc.health.v1.Health', address, { file: healthProtoPath, folders: [] });
  expect(await unary(client, 'Check', { service: '' })).toMatchObject({ status: 'SERVING' });
});
