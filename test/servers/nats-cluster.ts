import { freePort } from './free-port.ts';
import { type NatsServer, startNatsServer } from './nats-server.ts';

/** Several nats-servers that know each other, as one for each region would. */
export type NatsCluster = {
  /** `host:port` of each. */
  readonly urls: readonly string[];
  /** Restarts one; resolves when it takes connections again. */
  restart(at: number): Promise<void>;
  /** Freezes one, or lets it go on. */
  freeze(at: number): void;
  thaw(at: number): void;
  stop(): Promise<void>;
};

/** Starts `count` servers with routes from each to each; resolves when all take connections. */
export async function startNatsCluster(count: number): Promise<NatsCluster> {
  const routePorts: number[] = [];
  for (let at = 0; at < count; at += 1) routePorts.push(await freePort());
  const routes = routePorts.map((port) => `nats-route://127.0.0.1:${port}`).join(',');
  const start = (at: number, port?: number) =>
    startNatsServer(port, [
      ...['--cluster_name', 'chaos', '--server_name', `nats-${at}`],
      ...['--cluster', `nats://127.0.0.1:${routePorts[at]}`, '--routes', routes],
    ]);
  const servers: NatsServer[] = [];
  for (let at = 0; at < count; at += 1) servers.push(await start(at));
  const server = (at: number): NatsServer => {
    const found = servers[at];
    if (found === undefined) throw new RangeError(`there is no server ${at}`);
    return found;
  };
  return {
    urls: servers.map(({ url }) => url),
    async restart(at) {
      const { port } = server(at);
      await server(at).stop();
      servers[at] = await start(at, port);
    },
    freeze: (at) => server(at).freeze(),
    thaw: (at) => server(at).thaw(),
    async stop() {
      await Promise.all(servers.map((each) => each.stop()));
    },
  };
}
