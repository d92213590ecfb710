import { MeshTransport } from '../../transport/mesh.ts';
import { codecOf, silent, transportContract } from '../contracts/transport-contract.ts';
import { freePort } from '../servers/free-port.ts';

transportContract(
  'mesh',
  async () => {
    const ports = new Map<string, number>();
    for (const region of ['us-east', 'eu-west', 'ap-southeast']) ports.set(region, await freePort());
    const peers = [...ports].map(([region, port]) => ({ region, url: `http://127.0.0.1:${port}` }));
    return {
      member(region) {
        const transport = new MeshTransport({
          codec: codecOf(region),
          log: silent,
          host: '127.0.0.1',
          port: ports.get(region) ?? 0,
        });
        transport.setPeers(peers);
        return transport;
      },
      async inject(to, frame) {
        const url = `http://127.0.0.1:${ports.get(to)}/mesh`;
        const response = await fetch(url, {
          method: 'POST',
          body: Buffer.from(frame),
          headers: { connection: 'close' },
        });
        if (response.status !== 400) throw new Error(`answered ${response.status}`);
      },
      close: async () => undefined,
    };
  },
  { knowsItsMembers: true },
);
