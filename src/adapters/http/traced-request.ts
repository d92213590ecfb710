import type { FastifyReply } from 'fastify';
import type { Decision } from '../../core/decision.ts';
import type { TracedRequest } from '../../ports.ts';
import { CHECK_PATH, GATEWAY_PATH } from './check-paths.ts';
import { originForm } from './origin-form.ts';

/**
 * An answered request for whoever records it. The query is left out: callers put names and keys into it.
 *
 * Source: OpenTelemetry semantic conventions for HTTP server spans.
 */
export function tracedRequest(
  { request, statusCode }: FastifyReply,
  durationMs: number,
  decisions: readonly Decision[],
): TracedRequest {
  const { method, headers, originalUrl } = request;
  const path = originForm(originalUrl).split('?', 1)[0] ?? '';
  const { url = path } = request.routeOptions;
  const route = url === GATEWAY_PATH ? CHECK_PATH : url;
  return {
    traceparent: one(headers['traceparent']),
    tracestate: one(headers['tracestate']),
    about: {
      'http.request.method': method,
      'http.route': route,
      'http.response.status_code': statusCode,
      'url.path': path,
      'url.scheme': request.protocol,
      'network.protocol.version': request.raw.httpVersion,
    },
    name: `${method} ${route}`,
    durationMs,
    decisions,
  };
}

/** Several fields of one name are one list (RFC 9110 §5.3). */
function one(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' || value === undefined ? value : value.join(',');
}
