import { readFileSync } from 'node:fs';
import { type ChannelCredentials, credentials } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { authority, exchangeable, type Issued, LOCAL_NAMES } from '../certificates.ts';
import { descriptor, type GrpcServed, rateLimitClient, serveGrpc, unary } from './grpc-fixture.ts';

const REQUEST = { domain: 'edge', descriptors: [descriptor({ tenant: 'acme' })] };

/** Asks over a connection of its own. */
function asking({ address }: GrpcServed, channel: ChannelCredentials): Promise<unknown> {
  return unary(rateLimitClient(address, channel), 'ShouldRateLimit', REQUEST, {
    deadline: Date.now() + 5_000,
  });
}

function trusting(ca: Issued, own?: Issued): ChannelCredentials {
  const root = readFileSync(ca.certFile);
  return own === undefined
    ? credentials.createSsl(root)
    : credentials.createSsl(root, readFileSync(own.keyFile), readFileSync(own.certFile));
}

test('decisions over gRPC are made over TLS and over nothing else, by whatever certificate is current', async () => {
  const ca = authority();
  const later = authority('a later authority');
  const identity = exchangeable(ca.issue(LOCAL_NAMES));
  const served = await serveGrpc({ identity });
  expect(await asking(served, trusting(ca))).toMatchObject({ overallCode: 'OK' });
  await expect(asking(served, credentials.createInsecure())).rejects.toThrow();
  await expect(asking(served, trusting(later))).rejects.toThrow();
  identity.exchange(later.issue(LOCAL_NAMES));
  expect(await asking(served, trusting(later))).toMatchObject({ overallCode: 'OK' });
  await expect(asking(served, trusting(ca))).rejects.toThrow();
});

test('with authorities for gateways, only those get in that show a certificate of theirs', async () => {
  const ca = authority();
  const other = authority('another authority');
  const served = await serveGrpc({ identity: exchangeable(ca.issue(LOCAL_NAMES), ca.certFile) });
  expect(await asking(served, trusting(ca, ca.issue('DNS:a-gateway')))).toMatchObject({ overallCode: 'OK' });
  await expect(asking(served, trusting(ca))).rejects.toThrow();
  await expect(asking(served, trusting(ca, other.issue('DNS:a-gateway')))).rejects.toThrow();
});
