import type { PeerView } from '../../core/view.ts';

/** What the transport knows of its own troubles, in words: what is wrong, and what to do about it. */
export type TransportDiagnosis = {
  /** What is wrong with the medium itself; undefined while nothing is known to be. */
  readonly medium: string | undefined;
  /** What is wrong on the way to or from a peer, by region. */
  readonly peers: Readonly<Record<string, string>>;
};

/** `ok`, or that the medium between the regions is down, and why where that is known. */
export function transportCheck(isConnected: boolean, diagnosis: TransportDiagnosis | undefined): string {
  if (isConnected) return 'ok';
  return withReason('disconnected', diagnosis?.medium);
}

/** Each peer's status; of one that is not up also why, where the transport knows. */
export function peerChecks(
  peers: readonly PeerView[],
  diagnosis: TransportDiagnosis | undefined,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    peers.map(({ region, status }) => [
      region,
      status === 'up' ? status : withReason(status, diagnosis?.peers[region]),
    ]),
  );
}

function withReason(status: string, reason: string | undefined): string {
  return reason === undefined ? status : `${status}: ${reason}`;
}
