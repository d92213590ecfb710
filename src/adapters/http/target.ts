import type { IncomingMessage } from 'node:http';
import type { Gateway } from '../../gateway.ts';
import { CHECK_PATH, GATEWAY_PATH, isPostedPath } from './check-paths.ts';
import { isFromGateway } from './gateway.ts';
import { originForm } from './origin-form.ts';

/** The request target that routing sees: a gateway's requests go to their own route, and every other path below `/check/` is `/check`. */
export function routedTarget(
  { url = '/', method, headers }: Pick<IncomingMessage, 'url' | 'method' | 'headers'>,
  gateway: Gateway | undefined,
): string {
  const target = originForm(url);
  if (gateway !== undefined && isFromGateway(gateway, { target, method, headers }))
    return GATEWAY_PATH + queryOf(target);
  if (!target.startsWith('/check/')) return target;
  return isPostedPath(method, target) ? target : CHECK_PATH + queryOf(target);
}

function queryOf(target: string): string {
  const at = target.indexOf('?');
  return at === -1 ? '' : target.slice(at);
}
