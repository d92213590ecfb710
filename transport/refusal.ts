import type { Rejection } from './codec.ts';

/**
 * Why an arriving frame was refused; `sender` means that the medium vouches for another region than the frame names, `replay` that it, or one
 * after it, was heard before.
 */
export type Refusal = Rejection | 'sender' | 'replay';

/** What is behind each, and the next step. */
const ADVICE: Readonly<Record<Refusal, string>> = {
  signature: 'the cluster keys differ: give every region the same transport.key',
  environment: 'the environments differ: give every region of one cluster the same environment',
  version: 'the versions of the protocol differ: bring every region to the same release',
  sender:
    'a region speaks under the name of another: correct the permissions of the NATS users, or whom its certificate is for',
  unproven:
    'a frame is not signed by the region that it names: give that region its signingKeyFile, and all others its publicKeys',
  recipient:
    'what arrives is for another region: look who copies frames, or correct the addresses under regions',
  replay: 'what arrives was heard before: look who keeps frames and sends them again',
  garbage: 'what arrives is no frame of a region: look who else uses this address or subject',
  shape: 'what arrives cannot be read: bring every region to the same release',
  too_large: 'what arrives is too large: bring every region to the same release',
};

/** What a refusal means and what to do about it, in one sentence. */
export function adviceOn(refusal: Refusal): string {
  return ADVICE[refusal];
}

/** The refusal that a word stands for; undefined when it is none. */
export function refusalNamed(word: unknown): Refusal | undefined {
  return typeof word === 'string' && Object.hasOwn(ADVICE, word) ? (word as Refusal) : undefined;
}
