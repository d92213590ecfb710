import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { FieldProblem } from '../../errors.ts';
import type { Gateway, GatewayDimension } from '../../gateway.ts';
import { baggageValue } from './baggage.ts';
import { bodyInQuery, type CheckInput, inputOf, invalidRequest, readDetail } from './check-input.ts';
import { isPostedPath } from './check-paths.ts';
import { bodyProblems, isCheckBody } from './check-schema.ts';
import { resourceOfPath } from './gateway-path.ts';
import { originForm } from './origin-form.ts';
import { isPlainText, PLAIN_TEXT } from './plain-text.ts';
import { EMPTY_QUERY, type Query } from './query.ts';

/** What tells whose a request is; `target` begins with a slash, names of header fields are in lower case. */
type Asked = {
  readonly target: string;
  readonly method: string | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
};

/** Characters of a secret's hash: as many bits as a UUID has. */
const HASH_CHARS = 22;

/** Tells whether a request comes from the gateway rather than from a caller who says what it asks for. */
export function isFromGateway(gateway: Gateway, { target, method, headers }: Asked): boolean {
  const { resource, uriHeaders, trustQuery } = gateway;
  if (uriHeaders.length === 0) return isBelow(gateway.pathPrefix, target);
  if (!/^\/check(?=[/?]|$)/.test(target) || isPostedPath(method, target)) return false;
  if (trustQuery && /[?&]resource=/.test(target)) return false;
  if (resource.from === 'constant' && method !== 'POST') return true;
  const telling = resource.from === 'header' ? [resource.header] : uriHeaders;
  return telling.some((name) => headers[name] !== undefined);
}

/**
 * What a gateway's request asks for. A query that is trusted adds to what the header fields say and has the last word; any other may
 * be the client's, in which nothing counts. Nor does the client's `Idempotency-Key`: with it one permit would do for everything.
 * Throws `HeadgateError` `invalid_request` when there is no resource, or when a value cannot be one.
 */
export function inputFromGateway(gateway: Gateway, request: FastifyRequest): CheckInput {
  const problems: FieldProblem[] = [];
  const isTrusted = gateway.trustQuery && gateway.uriHeaders.length > 0;
  const query = isTrusted ? (request.query as Query) : EMPTY_QUERY;
  const asked = bodyInQuery(query, false);
  problems.push(...asked.problems);
  const detail = readDetail(query, problems);
  const body = {
    resource: resourceOf(gateway, request, problems),
    denyStatus: gateway.denyStatus,
    ...asked.body,
    dimensions: { ...dimensionsOf(gateway, request, problems), ...(asked.body['dimensions'] ?? {}) },
  };
  if (problems.length === 0 && isCheckBody(body)) return inputOf(body, undefined, detail);
  throw invalidRequest(problems.length > 0 ? problems : bodyProblems(body));
}

function isBelow(prefix: string, target: string): boolean {
  if (!target.startsWith(prefix)) return false;
  const next = target[prefix.length];
  return next === undefined || next === '/' || next === '?';
}

function resourceOf(gateway: Gateway, request: FastifyRequest, problems: FieldProblem[]): string {
  const { resource } = gateway;
  if (resource.from === 'constant') return resource.constant;
  if (resource.from === 'header') return headerText(request, resource.header) ?? '';
  const target = originalTarget(gateway, request);
  if (target === undefined) {
    const detail = `is missing: no header ${gateway.uriHeaders.join(' or ')} tells the original path`;
    problems.push({ field: 'resource', detail });
    return '';
  }
  if (resource.from === 'path') return resourceOfPath('', target);
  const method = methodOf(gateway, request);
  if (method === undefined) {
    const detail = `is missing: no header ${gateway.methodHeader} tells the original method`;
    problems.push({ field: 'resource', detail });
  }
  return resourceOfPath(`${method} `, target);
}

function originalTarget(gateway: Gateway, request: FastifyRequest): string | undefined {
  if (gateway.uriHeaders.length === 0)
    return originForm(request.originalUrl).slice(gateway.pathPrefix.length);
  for (const name of gateway.uriHeaders) {
    const target = headerText(request, name);
    if (target !== undefined) return target;
  }
  return undefined;
}

function methodOf({ methodHeader }: Gateway, request: FastifyRequest): string | undefined {
  return methodHeader === undefined ? request.method : headerText(request, methodHeader);
}

function dimensionsOf(
  gateway: Gateway,
  request: FastifyRequest,
  problems: FieldProblem[],
): Readonly<Record<string, string>> {
  const dimensions: Record<string, string> = {};
  for (const dimension of gateway.dimensions) {
    const value = originalValue(gateway, dimension, request) ?? dimension.default;
    if (value === undefined) continue;
    if (dimension.hashed) dimensions[dimension.name] = hashOf(value);
    else if (isPlainText(value)) dimensions[dimension.name] = value;
    // What the caller's own header made impossible must not go uncounted.
    else problems.push({ field: dimension.header ?? dimension.from, detail: `must be ${PLAIN_TEXT}` });
  }
  return dimensions;
}

function originalValue(
  gateway: Gateway,
  dimension: GatewayDimension,
  request: FastifyRequest,
): string | undefined {
  switch (dimension.from) {
    case 'header':
      return headerText(request, dimension.header ?? '');
    case 'baggage':
      return baggageValue(headerText(request, 'baggage') ?? '', dimension.key ?? '') || undefined;
    case 'client-address':
      return request.ip;
    case 'method':
      return methodOf(gateway, request);
    case 'host':
      return headerText(request, gateway.hostHeader)?.toLowerCase();
  }
}

function hashOf(secret: string): string {
  return hash('sha256', secret, 'base64url').slice(0, HASH_CHARS);
}

/** A header field as text: undefined when it is absent or empty. Node reads bytes as Latin-1; most of those beyond ASCII are UTF-8. */
function headerText({ headers }: FastifyRequest, name: string): string | undefined {
  const value = headers[name];
  const text = Array.isArray(value) ? value.join(', ') : value;
  if (text === undefined || text === '') return undefined;
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  const bytes = Buffer.from(text, 'latin1');
  return isUtf8(bytes) ? bytes.toString() : text;
}
