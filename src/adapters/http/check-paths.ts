/** The decision endpoint. */
export const CHECK_PATH = '/check';

/** Where requests of the gateway are routed to, whatever they ask for. */
export const GATEWAY_PATH = '/check/gateway';

/** Where several requests are decided at once. */
export const BATCH_PATH = '/check/batch';

/** Where the permits of a lease are given back. */
export const RELEASE_PATH = '/check/release';

/** Where the permits of a lease are held for another full time. */
export const RENEW_PATH = '/check/renew';

/** Where permits that were spent are given back. */
export const REFUND_PATH = '/check/refund';

/** Where gateways take blocks of permits. */
export const LEASE_PATH = '/lease';

/** Where they give back what is left. */
export const LEASE_RETURN_PATH = '/lease/return';

const POSTED: ReadonlySet<string> = new Set([BATCH_PATH, RELEASE_PATH, RENEW_PATH, REFUND_PATH]);

/** Whether a request is for one of the paths below `/check/` that mean something of their own; all others are `/check` itself. */
export function isPostedPath(method: string | undefined, target: string): boolean {
  return method === 'POST' && POSTED.has(target.split('?', 1)[0] ?? '');
}
