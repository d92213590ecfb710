import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js';
import { loadProtocol } from '../../../src/adapters/grpc/protocol.ts';
import { listensAt } from './listens-at.ts';

// The floor for gRPC: grpc-js with the same messages, and the same answer to everybody.

const ANSWER = {
  overallCode: 1,
  statuses: [
    {
      code: 1,
      currentLimit: { requestsPerUnit: 1_000_000_000, unit: 2, name: 'orders-per-tenant' },
      limitRemaining: 999_999_999,
      durationUntilReset: { seconds: 59, nanos: 999_000_000 },
    },
  ],
};

const server = new Server();
const { rateLimit } = await loadProtocol();
server.addService(rateLimit, {
  ShouldRateLimit: (_call: ServerUnaryCall<unknown, unknown>, answer: sendUnaryData<unknown>) =>
    answer(null, ANSWER),
});
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  listensAt({ port }, () => server.forceShutdown());
});
