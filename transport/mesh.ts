import type { RegionId } from '../crdt/index.ts';
import type { Member } from '../src/core/limit.ts';
import type { Message } from '../src/core/messages.ts';
import type { Log, TransportCounters } from '../src/ports.ts';
import type { Codec } from './codec.ts';
import type { DiagnosedTransport, Diagnosis } from './diagnosis.ts';
import { Inbound, type Receive } from './inbound.ts';
import type { MeshIdentity } from './mesh-identity.ts';
import { MeshLink, type MeshPeer } from './mesh-link.ts';
import { type MeshAddress, MeshListener } from './mesh-listener.ts';
import { Tally, type TrafficDetails } from './tally.ts';

/** Longest that `stop` waits for what was sent to arrive, in milliseconds. */
const STOP_GRACE_MS = 500;

export type MeshOptions = {
  readonly codec: Codec;
  readonly log: Log;
  /** Where peers reach this one. */
  readonly host: string;
  /** 0 takes a free one, which `address` tells. */
  readonly port: number;
  /** With it both ends of every connection show who they are, over TLS. */
  readonly identity?: MeshIdentity | undefined;
};

/** Messages straight from region to region: each posts its frames to the other's own HTTP listener. */
export class MeshTransport implements DiagnosedTransport {
  readonly #options: MeshOptions;
  readonly #tally = new Tally();
  readonly #inbound: Inbound;
  readonly #listener: MeshListener;
  readonly #links = new Map<RegionId, MeshLink>();
  readonly #configured = new Map<RegionId, string>();
  readonly #closing = new Set<Promise<void>>();
  #started = false;

  constructor(options: MeshOptions) {
    this.#options = options;
    this.#inbound = new Inbound(options.codec, this.#tally, options.log);
    this.#listener = new MeshListener({
      host: options.host,
      port: options.port,
      identity: options.identity,
      accept: (frame, mayBe) => this.#inbound.frame(frame, { mayBe }),
      refuseTooLarge: (bytes) => this.#inbound.refuse('too_large', bytes),
    });
  }

  /**
   * Sets whom to send to, from now on; may be called at any time, links to peers that stay as they were are kept.
   * An entry for this region itself is ignored. Throws a `TypeError`, having changed nothing, when a URL cannot be used.
   */
  setPeers(peers: readonly MeshPeer[]): void {
    this.#link(peers);
    for (const { region, url } of peers) this.#configured.set(region, url);
  }

  /**
   * Sets whom to send to as the cluster's configuration has it. Where a peer's address was set here it holds, for a region may be
   * reached differently from different places. Members without a usable address are left out, and that is logged.
   */
  meet(members: readonly Member[]): void {
    const peers = members.flatMap(({ region, address }) => {
      const url = this.#configured.get(region) ?? address;
      if (url !== undefined && this.#isUsable(url)) return [{ region, url }];
      if (region !== this.#options.codec.region)
        this.#options.log.warn('mesh_peer_without_address', { peer: region });
      return [];
    });
    this.#link(peers);
  }

  /** Where regions show who they are, none is told anything where it cannot. */
  #isUsable(url: string): boolean {
    return URL.canParse(url) && (this.#options.identity === undefined ? /^https?:/ : /^https:/).test(url);
  }

  #link(peers: readonly MeshPeer[]): void {
    const { codec, log, identity } = this.#options;
    const wanted = new Map<RegionId, MeshLink>();
    for (const peer of peers) {
      if (peer.region === codec.region) continue;
      const known = this.#links.get(peer.region);
      wanted.set(
        peer.region,
        known?.peer.url === peer.url ? known : new MeshLink(peer, { tally: this.#tally, log, identity }),
      );
    }
    for (const [region, link] of this.#links) if (wanted.get(region) !== link) this.#close(link);
    this.#links.clear();
    for (const [region, link] of wanted) this.#links.set(region, link);
    this.#tally.meet(wanted.keys());
  }

  /** Where it listens; undefined before `start` and after `stop`. */
  address(): MeshAddress | undefined {
    return this.#listener.address();
  }

  /** Resolves when listening; rejects with the system's error when the address cannot be had. */
  async start(receive: Receive): Promise<void> {
    this.#inbound.open(receive);
    await this.#listener.listen();
    this.#started = true;
  }

  send(to: RegionId | 'all', message: Message): void {
    const links = to === 'all' ? [...this.#links.values()] : [this.#links.get(to)];
    const frame = this.#started ? this.#options.codec.encode(message, to) : undefined;
    for (const link of links) {
      if (frame === undefined || link === undefined) this.#tally.dropped(link?.peer.region);
      else link.send({ frame, kind: message.kind });
    }
  }

  connected(): boolean {
    return this.#started;
  }

  counters(): TransportCounters {
    return this.#tally.read();
  }

  /** The medium is the network between two machines: what is wrong with it is known peer by peer. */
  diagnosis(): Diagnosis {
    const troubled = [...this.#links.values()].flatMap(({ peer, trouble }) =>
      trouble === undefined ? [] : [[peer.region, trouble] as const],
    );
    return { medium: undefined, peers: Object.fromEntries(troubled) };
  }

  details(): TrafficDetails {
    return this.#tally.details();
  }

  async stop(): Promise<void> {
    this.#started = false;
    this.#inbound.close();
    for (const link of this.#links.values()) this.#close(link);
    this.#links.clear();
    await Promise.all([...this.#closing, this.#listener.close()]);
  }

  #close(link: MeshLink): void {
    const closing = link.close(STOP_GRACE_MS).finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}
