import { readFileSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { authority, exchangeable, type Issued, LOCAL_NAMES } from '../certificates.ts';
import { eventually } from '../eventually.ts';
import { serve } from './http-fixture.ts';

/** One request over one connection of its own; resolves with the answer and the serial number of what was shown. */
function request(
  port: number,
  options: ConnectionOptions,
): Promise<{ readonly text: string; readonly serial: string }> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ...options });
    let text = '';
    const serial = (of: TLSSocket) => of.getPeerX509Certificate()?.serialNumber ?? '';
    let shown = '';
    socket.once('secureConnect', () => {
      shown = serial(socket);
      socket.write('GET /check?resource=r HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    });
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.once('error', reject);
    socket.once('close', () =>
      text === '' ? reject(new Error('closed')) : resolve({ text, serial: shown }),
    );
  });
}

test('decisions are made over TLS, and over nothing else', async () => {
  const ca = authority();
  const { port } = await serve({ identity: exchangeable(ca.issue(LOCAL_NAMES)) });
  const trusted = { ca: readFileSync(ca.certFile) };
  expect((await request(port, trusted)).text).toMatch(/^HTTP\/1\.1 200 /);
  await expect(request(port, { ...trusted, maxVersion: 'TLSv1.1', minVersion: 'TLSv1.1' })).rejects.toThrow();
  await expect(fetch(`http://127.0.0.1:${port}/check?resource=r`)).rejects.toThrow();
});

test('a certificate is exchanged under a server that runs: connections that are open live on, new ones see the new one', async () => {
  const ca = authority();
  const identity = exchangeable(ca.issue(LOCAL_NAMES));
  const { port } = await serve({ identity });
  const trusted = { ca: readFileSync(ca.certFile) };
  const before = await request(port, trusted);
  const open = connect({ port, host: '127.0.0.1', servername: 'localhost', ...trusted });
  onTestFinished(() => void open.destroy());
  let heard = '';
  open.on('data', (chunk) => {
    heard += chunk;
  });
  open.write('GET /check?resource=r HTTP/1.1\r\nHo');
  await eventually(() => open.bytesWritten > 0 && open.getProtocol() !== null);
  identity.exchange(ca.issue(LOCAL_NAMES));
  const after = await request(port, trusted);
  expect(after.serial).not.toBe(before.serial);
  open.write('st: localhost\r\n\r\n');
  await eventually(() => heard.startsWith('HTTP/1.1 200 '));
});

test('with authorities for clients, only those get in that show a certificate of theirs', async () => {
  const ca = authority();
  const other = authority('another authority');
  const identity = exchangeable(ca.issue(LOCAL_NAMES), ca.certFile);
  const { port } = await serve({ identity });
  const asking = (issued?: Issued) =>
    request(port, {
      ca: readFileSync(ca.certFile),
      ...(issued && { cert: readFileSync(issued.certFile), key: readFileSync(issued.keyFile) }),
    });
  expect((await asking(ca.issue('DNS:a-gateway'))).text).toMatch(/^HTTP\/1\.1 200 /);
  await expect(asking()).rejects.toThrow();
  await expect(asking(other.issue('DNS:a-gateway'))).rejects.toThrow();
});

test('who connects and never agrees on TLS, or never says anything after, is hung up on', async () => {
  const ca = authority();
  const { port } = await serve({ identity: exchangeable(ca.issue(LOCAL_NAMES)) });
  const silent = connectPlain(port, '127.0.0.1');
  const idle = connect({ port, host: '127.0.0.1', servername: 'localhost', ca: readFileSync(ca.certFile) });
  const closed = { silent: false, idle: false };
  silent
    .resume()
    .on('error', () => {})
    .once('close', () => (closed.silent = true));
  idle
    .resume()
    .on('error', () => {})
    .once('close', () => (closed.idle = true));
  await eventually(() => closed.silent && closed.idle, { withinMs: 12_000 });
}, 15_000);
