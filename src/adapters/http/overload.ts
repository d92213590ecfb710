import type { IncomingMessage, RequestListener } from 'node:http';
import { ERRORS, HeadgateError } from '../../errors.ts';
import { UNAVAILABLE_RETRY_SECONDS } from './bounds.ts';
import type { HttpContext } from './context.ts';
import { PROBLEM_TYPE, problemBody } from './problem.ts';

/** What is answered however much there is to do: there is little of it, and it tells what is wrong. */
const ALWAYS_ANSWERED = ['/health', '/metrics', '/v1/'] as const;

const BODY = Buffer.from(problemBody(new HeadgateError('overloaded')), 'utf8');
const { status: STATUS } = ERRORS.overloaded;
const HEAD = [
  ...['content-type', PROBLEM_TYPE],
  ...['content-length', String(BODY.length)],
  ...['cache-control', 'no-store'],
  ...['retry-after', String(UNAVAILABLE_RETRY_SECONDS)],
  ...['x-headgate-status', String(STATUS)],
];

/**
 * Refuses with 503 and `Retry-After` what comes while there is more to do than can be done, as cheaply as can be; hands everything else on.
 */
export function unlessOverloaded(
  handler: RequestListener,
  { isOverloaded = () => false }: Pick<HttpContext, 'isOverloaded'>,
): RequestListener {
  return (request, response) => {
    if (isRefusable(request) && isOverloaded()) response.writeHead(STATUS, HEAD).end(BODY);
    else handler(request, response);
  };
}

function isRefusable({ url = '' }: IncomingMessage): boolean {
  return !ALWAYS_ANSWERED.some((path) => url.startsWith(path));
}
