import { adviceOn, type Refusal } from './refusal.ts';

/** The peer is there but does not take the frame: a matter of keys, versions or addresses, which no breaker mends. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly status: number;
  /** What the peer said is wrong with the frame; undefined when it did not say. */
  readonly refusal: Refusal | undefined;

  constructor(status: number, refusal: Refusal | undefined) {
    super(`peer refused the frame with ${status}${refusal === undefined ? '' : ` (${refusal})`}`);
    this.status = status;
    this.refusal = refusal;
  }
}

/** What a frame that could not be delivered to the listener at `url` says of the way there, and the next step. */
export function meshTroubleOf(error: unknown, url: string): string {
  if (error instanceof RefusedError) return refusalOf(error, url);
  const code = codeOf(error);
  switch (code) {
    case 'ECONNREFUSED':
      return `nobody listens at ${url} (${code}): start the region, or correct its address under regions`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the host of ${url} is not known (${code}): correct the region's address under regions`;
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'UND_ERR_HEADERS_TIMEOUT':
      return `no answer from ${url} (${code}): look whether the region runs and what is between it and this one`;
    case 'WRONG_CERTIFICATE_NAME':
      return `${textOf(error)}: give it one for that name, or correct its address under regions`;
    default:
      if (isOfTls(code))
        return `no TLS with ${url} (${code}): give both regions certificates of the authority in transport.mesh.tls.caFile that have not run out`;
      return `cannot reach ${url} (${code ?? textOf(error)}): look whether the region runs and what is between it and this one`;
  }
}

function refusalOf({ status, refusal }: RefusedError, url: string): string {
  if (refusal !== undefined) return `it refuses what this region sends (${refusal}): ${adviceOn(refusal)}`;
  if (status === 404)
    return `what answers at ${url} is no listener for peers (404): give the port of transport.mesh.listen, not that of its HTTP interface`;
  return `what answers at ${url} refuses what this region sends (${status}): look what is between the two`;
}

function codeOf(error: unknown): string | undefined {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

/** Whether a code is one of those for certificates that are not accepted, here or there, or for what is no TLS at all. */
function isOfTls(code: string | undefined): boolean {
  return (
    code !== undefined && /^(ERR_SSL_|ERR_TLS_|EPROTO$|CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_)/.test(code)
  );
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
