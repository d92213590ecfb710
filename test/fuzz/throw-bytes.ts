import { connect } from 'node:net';

/** How long a listener may take to answer an input or close the connection, in milliseconds; after that the thrower hangs up. */
const PATIENCE_MS = 300;

/**
 * Throws bytes at a loopback port over a connection of their own, and hangs up. Resolves with whether the far end said or did anything by
 * itself: what it waits for more of, as it may, it is not told. Rejects when nobody takes connections.
 */
export async function throwBytes(port: number, bytes: Uint8Array): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const timer = setTimeout(() => resolve(false), PATIENCE_MS);
  socket.once('connect', () => socket.end(bytes));
  socket.once('data', () => resolve(true));
  socket.once('close', () => resolve(true));
  socket.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ECONNREFUSED') reject(error);
    else resolve(true);
  });
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}
