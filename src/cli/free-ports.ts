import { createServer } from 'node:net';

const HOST = '127.0.0.1';

/** Which of `ports` of this machine's loopback cannot be listened on now, each with the system's reason. */
export async function takenPorts(ports: readonly number[]): Promise<readonly string[]> {
  const tried = await Promise.all(ports.map(async (port) => ({ port, reason: await listenError(port) })));
  return tried.flatMap(({ port, reason }) => (reason === undefined ? [] : [`${HOST}:${port} (${reason})`]));
}

/** Any port that is free now; somebody else may take it before it is used. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, HOST, resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function listenError(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'EADDRINUSE' ? 'in use' : error.message),
    );
    server.listen(port, HOST, () => server.close(() => resolve(undefined)));
  });
}
