import { AuthorizationError, PermissionViolationError, TimeoutError } from '@nats-io/nats-core';

/** What an error of the NATS client says of the servers it was told to use, and the next step. Names servers, never a login. */
export function natsTroubleOf(error: unknown, servers: readonly string[]): string {
  const where = servers.join(', ');
  if (error instanceof AuthorizationError)
    return `${where} does not let this region in (${error.message}): correct the login under transport.nats`;
  if (error instanceof PermissionViolationError)
    return `${where} forbids this region to ${error.operation} ${error.subject}: correct the permissions of its NATS user`;
  if (error instanceof TimeoutError)
    return `no answer from ${where}: look whether a NATS server listens there, and correct transport.nats.servers`;
  const code = codeOf(error);
  switch (code) {
    case 'ECONNREFUSED':
      return `nobody listens at ${where} (${code}): start the NATS server, or correct transport.nats.servers`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the host of ${where} is not known (${code}): correct transport.nats.servers`;
    default:
      return `cannot use ${where} (${textOf(error)}): see transport.nats in the configuration`;
  }
}

/** What is wrong after a connection that had worked was lost, and the next step. */
export function natsLost(server: string): string {
  return `the connection to ${server} was lost, and is tried for again: look whether the NATS server runs`;
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return 'code' in error && typeof error.code === 'string' ? error.code : codeOf(error.cause);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
