import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { andThen } from '../../awaitable.ts';
import { type ErrorCode, HeadgateError } from '../../errors.ts';
import { requestFromJson, responseToJson } from './json.ts';
import { POST_JSON } from './json-schema.ts';
import { OK } from './messages.ts';
import { type Carried, type RateLimitContext, shouldRateLimit } from './service.ts';

/** What the route needs beside deciding. */
export type JsonRouteContext = RateLimitContext & {
  /** Why nothing is decided now; undefined while it is. */
  readonly refusal: () => ErrorCode | undefined;
};

/**
 * Adds `POST /json`, the same decision for clients without gRPC, as the reference server serves it: 200 when everything is within its
 * limits, 429 when something is over. The body is JSON whatever its type is said to be.
 */
export function addJsonRoute(server: FastifyInstance, context: JsonRouteContext): void {
  server.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body: Buffer, parsed) => {
      parsed(null, body);
    });
    scope.post('/json', { schema: POST_JSON }, (request, reply) => {
      const refusal = context.refusal();
      if (refusal !== undefined) throw new HeadgateError(refusal);
      const carried = context.recordSpan && carriedBy(request);
      return andThen(shouldRateLimit(context, requestFromJson(parse(request.body)), carried), (response) => {
        for (const { key, value } of response.responseHeadersToAdd) reply.header(key, value);
        return reply
          .code(response.overallCode === OK ? 200 : 429)
          .header('cache-control', 'no-store')
          .send(responseToJson(response));
      });
    });
    done();
  });
}

function carriedBy({ headers, protocol }: FastifyRequest): Carried {
  const { traceparent, tracestate } = headers;
  return {
    traceparent: traceparent?.toString(),
    tracestate: tracestate?.toString(),
    about: {
      'http.request.method': 'POST',
      'http.route': '/json',
      'url.path': '/json',
      'url.scheme': protocol,
    },
    name: 'POST /json',
  };
}

function parse(body: unknown): unknown {
  if (!Buffer.isBuffer(body) || !isUtf8(body)) {
    throw new HeadgateError('malformed_json', { detail: 'The body is not UTF-8.' });
  }
  try {
    return JSON.parse(body.toString()) as unknown;
  } catch (cause) {
    throw new HeadgateError('malformed_json', { cause });
  }
}
