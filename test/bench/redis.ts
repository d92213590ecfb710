import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { eventually } from '../eventually.ts';
import { freePort } from '../servers/free-port.ts';

/** Runs `use` with a Redis of its own, in memory only, on the core of the load: it takes nothing from the server that asks it. */
export async function withRedis<Result>(use: (port: number) => Promise<Result>): Promise<Result> {
  const port = await freePort();
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const child = spawn('taskset', ['--cpu-list', '0', 'redis-server', ...settings], { stdio: 'ignore' });
  try {
    await eventually(() => accepts(port), { what: 'redis-server listens' });
    return await use(port);
  } finally {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } finally {
    socket.destroy();
  }
}
