import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { SecureIdentity } from '../../ports.ts';
import {
  ANSWERS_BYTES_MAX,
  CONNECTIONS_MAX,
  HEAD_BYTES_MAX,
  HEAD_TIMEOUT_MS,
  KEEP_ALIVE_MS,
  REQUEST_TIMEOUT_MS,
  STALLED_MS,
  TIMEOUT_CHECK_MS,
} from './bounds.ts';
import { answerExpectation } from './failure.ts';
import { Pipelines } from './pipelines.ts';

/**
 * Node's server with a bound on everything that a connection may take: bytes, time, and requests that are sent before answers are read.
 * With an identity it speaks TLS only; an identity with authorities lets in only those that show a certificate of theirs.
 */
export function boundedServer(handler: RequestListener, identity: SecureIdentity | undefined): Server {
  const pipelines = new Pipelines();
  const listener: RequestListener = (request, response) => {
    if (pipelines.admits(request.socket, response)) handler(request, response);
  };
  const bounds = {
    maxHeaderSize: HEAD_BYTES_MAX,
    headersTimeout: HEAD_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    // A client that does not read its answers is not read from either.
    highWaterMark: ANSWERS_BYTES_MAX,
    // Its absence is answered like every other failure, as a problem.
    requireHostHeader: false,
    // What has no body needs no stream to read it from.
    optimizeEmptyRequests: true,
  };
  const server =
    identity === undefined ? createServer(bounds, listener) : secureServer(bounds, listener, identity);
  server.on('checkExpectation', answerExpectation);
  server.maxConnections = CONNECTIONS_MAX;
  server.setTimeout(STALLED_MS);
  return server;
}

type Bounds = NonNullable<Parameters<typeof createServer>[0]>;

function secureServer(bounds: Bounds, listener: RequestListener, identity: SecureIdentity): Server {
  const asksForCertificates = identity.current().ca !== undefined;
  const server = createSecureServer(
    {
      ...bounds,
      ...identity.current(),
      handshakeTimeout: HEAD_TIMEOUT_MS,
      minVersion: 'TLSv1.2',
      requestCert: asksForCertificates,
      rejectUnauthorized: asksForCertificates,
    },
    listener,
  );
  const cancel = identity.onChange(() => {
    server.setSecureContext({ ...identity.current(), minVersion: 'TLSv1.2' });
    // Who was let in by what counted before shows itself again.
    server.closeIdleConnections();
  });
  server.once('close', cancel);
  return server;
}
