import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectionError, FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ERRORS, type ErrorCode, HeadgateError } from '../../errors.ts';
import type { Log } from '../../ports.ts';
import { TARGET_BYTES_MAX, UNAVAILABLE_RETRY_SECONDS } from './bounds.ts';
import { PROBLEM_TYPE, problemBody } from './problem.ts';

/** What the framework's and the parser's own errors are in the public table. Whatever is not here is a defect of ours. */
const CODE_OF: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'malformed_http',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed_json',
  // The connection was lost, or stopped being HTTP, in the middle of a body: nobody hears the answer.
  ECONNRESET: 'malformed_http',
  FST_ERR_MAX_PARAM_LENGTH: 'unknown_path',
  HPE_HEADER_OVERFLOW: 'header_fields_too_large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'body_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
};

/** Makes every failure of the server a problem document with a code of the error table, and nothing else. */
export function addFailureHandlers(server: FastifyInstance, log: Log): void {
  const paths: { readonly pattern: RegExp; readonly methods: Set<string> }[] = [];
  server.addHook('onRoute', ({ url, method }) => {
    const pattern = new RegExp(`^${url.replaceAll(/:\w+/g, '[^/]+').replaceAll('*', '.*')}$`);
    paths.push({ pattern, methods: new Set([method].flat()) });
  });

  const refuse = (request: FastifyRequest, reply: FastifyReply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const methods = paths.filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => [...methods]);
    if (methods.length === 0) sendProblem(reply, new HeadgateError('unknown_path'));
    else sendProblem(reply.header('allow', methods.join(', ')), new HeadgateError('method_not_allowed'));
  };

  let failures = 0;
  server.setErrorHandler((error: FastifyError | HeadgateError, request, reply) => {
    // The framework asks a QUERY for the type of its body before it asks itself whether there is such a route: there is none.
    if (error.code === 'FST_ERR_ROUTE_MISSING_CONTENT_TYPE') return refuse(request, reply);
    const known = knownError(error);
    if (known === undefined) {
      failures += 1;
      // At every doubling, so that a defect that every request meets does not fill the disk.
      if (Number.isInteger(Math.log2(failures))) {
        log.error('request_failed', {
          method: request.method,
          path: request.routeOptions.url,
          count: failures,
          error,
        });
      }
    }
    sendProblem(reply, known ?? new HeadgateError('internal'));
  });

  server.setNotFoundHandler(refuse);
}

/** Answers what is not HTTP enough to become a request, and closes the connection. */
export function answerClientError(error: ConnectionError, socket: Socket): void {
  // Who fails to agree on TLS would not understand an answer.
  if (error.code === 'ECONNRESET' || !socket.writable || isOfTls(error.code)) {
    socket.destroy();
    return;
  }
  let code = CODE_OF[error.code] ?? 'malformed_http';
  if (code === 'header_fields_too_large' && isLongTarget(error.rawPacket)) code = 'uri_too_long';
  const { status } = ERRORS[code];
  const body = problemBody(new HeadgateError(code));
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: ${PROBLEM_TYPE}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function isOfTls(code: string): boolean {
  return code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_') || code === 'EPROTO';
}

/** Answers a request whose `Expect` header asks for something that there is not. */
export function answerExpectation(_request: IncomingMessage, response: ServerResponse): void {
  const error = new HeadgateError('expectation_failed');
  const body = problemBody(error);
  const head = { 'content-type': PROBLEM_TYPE, 'content-length': Buffer.byteLength(body) };
  response.writeHead(ERRORS[error.code].status, head).end(body);
}

/** Whether it was the request line that was too long: the parser does not say. (The declared type is the JSON form of a buffer.) */
function isLongTarget(packet: unknown): boolean {
  if (!Buffer.isBuffer(packet) || !/^[A-Z]+ \//.test(packet.toString('latin1', 0, 16))) return false;
  const lineEnd = packet.indexOf('\n');
  return (lineEnd === -1 ? packet.length : lineEnd) > TARGET_BYTES_MAX;
}

/** Sends `error` as a problem document with its status. */
export function sendProblem(reply: FastifyReply, error: HeadgateError): void {
  const { status } = ERRORS[error.code];
  if (status === 503) reply.header('retry-after', UNAVAILABLE_RETRY_SECONDS);
  reply
    .code(status)
    .header('content-type', PROBLEM_TYPE)
    .header('cache-control', 'no-store')
    // A gateway that makes 500 of every status it does not know can tell by this what it was.
    .header('x-headgate-status', status)
    .send(problemBody(error));
}

/** The row of the table that an error belongs to; undefined for a defect of ours. */
function knownError(error: FastifyError | HeadgateError): HeadgateError | undefined {
  if (error instanceof HeadgateError) return error;
  const code = CODE_OF[error.code];
  return code === undefined ? undefined : new HeadgateError(code);
}
