import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listensAt } from './listens-at.ts';

// The floor: node:http that reads the body, parses it and answers as many bytes with as many fields as Headgate does, and decides nothing.

const BODY =
  '{"allowed":true,"reason":"ok","limit":"orders-per-tenant","remaining":999999999,"globalRemaining":999999999,' +
  '"resetAt":1789992000000,"retryAfterMs":0,"delayMs":0,"region":"us-east","degraded":false}';

const FIELDS = {
  'cache-control': 'no-store',
  'x-headgate-status': '200',
  'ratelimit-policy': '"orders-per-tenant";q=1000000000;w=60',
  ratelimit: '"orders-per-tenant";r=999999999;t=60',
  'content-type': 'application/json; charset=utf-8',
  'content-length': String(BODY.length),
};

const server = createServer((request, response) => {
  const answer = () => response.writeHead(200, FIELDS).end(BODY);
  if (request.method === 'POST') readJson(request, answer);
  else answer();
});

server.listen(0, '127.0.0.1', () => {
  listensAt({ port: (server.address() as AddressInfo).port }, () => server.closeAllConnections());
});

function readJson(request: IncomingMessage, read: (value: unknown) => void): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => read(JSON.parse(Buffer.concat(chunks).toString())));
}
