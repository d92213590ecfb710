import { connect } from '@nats-io/transport-node';
import { NatsTransport } from '../../transport/nats.ts';
import { codecOf, silent, transportContract } from '../contracts/transport-contract.ts';
import { startNatsServer } from '../servers/nats-server.ts';

transportContract(
  'nats',
  async () => {
    const server = await startNatsServer();
    return {
      member: (region) => new NatsTransport({ codec: codecOf(region), log: silent, servers: [server.url] }),
      async inject(to, frame) {
        const stranger = await connect({ servers: server.url });
        stranger.publish(`headgate.v1.test.to.${to}.us-east`, frame);
        await stranger.drain();
      },
      close: () => server.stop(),
    };
  },
  { knowsItsMembers: false },
);
