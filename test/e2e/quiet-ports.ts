import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Ports that the system does not hand out by itself: from above the privileged ones to where Linux begins (32768). A port from there
 * may become the near end of somebody's connection while its server is down; a client that keeps trying may even get connected to
 * itself, and the server cannot come back.
 */
const FIRST = 20_000;
const LAST = 32_000;

const given = new Set<number>();

/** As many different loopback ports as are asked for, free a moment ago, and likely still to be after their server was down for a while. */
export async function quietPorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await quietBase([0]));
  return ports;
}

/** A port above which, at every one of these distances, there is a port of that kind. */
export async function quietBase(distances: readonly number[]): Promise<number> {
  for (;;) {
    const base = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    const ports = distances.map((distance) => base + distance);
    if (ports.some((port) => given.has(port))) continue;
    const free = await Promise.all(ports.map(isFree));
    if (!free.every((is) => is)) continue;
    for (const port of ports) given.add(port);
    return base;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
