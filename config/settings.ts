import type { RegionId } from '../crdt/index.ts';
import type { Timing } from '../src/core/cluster.ts';
import type { LimitSpec, Member } from '../src/core/limit.ts';

/** Where to listen. */
export type Endpoint = { readonly host: string; readonly port: number };

/** One region as it was configured, enabled or not. */
export type RegionSettings = {
  readonly name: RegionId;
  readonly enabled: boolean;
  /** In shares, as in `Member`; what it would be if the region were enabled. */
  readonly weight: number;
  /** Where its peers reach it, an http origin; undefined where the transport needs none. */
  readonly address: string | undefined;
};

/** Direct connections between the regions. */
export type MeshSettings = {
  readonly kind: 'mesh';
  /** The secret of the cluster; its UTF-8 bytes sign every frame. */
  readonly key: string;
  readonly listen: Endpoint;
  /** All enabled regions but this node's. */
  readonly peers: readonly { readonly region: RegionId; readonly address: string }[];
};

/** How this node proves itself to the NATS servers. */
export type NatsLoginSettings =
  | { readonly user: string; readonly password: string }
  | { readonly token: string }
  | { readonly credentialsFile: string };

/** Encryption towards the NATS servers; paths are absolute. */
export type NatsTlsSettings = {
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly handshakeFirst: boolean;
};

/** Connections through NATS servers. */
export type NatsSettings = {
  readonly kind: 'nats';
  /** The secret of the cluster; its UTF-8 bytes sign every frame. */
  readonly key: string;
  readonly servers: readonly string[];
  readonly login?: NatsLoginSettings;
  /** Given when TLS is required. */
  readonly tls?: NatsTlsSettings;
};

/** A whole configuration: checked, with defaults filled in and units settled. Frozen all the way down. */
export type Settings = {
  readonly environment: string;
  readonly node: { readonly region: RegionId; readonly name: string; readonly listen: Endpoint };
  /** In the order of the file. */
  readonly regions: readonly RegionSettings[];
  /** The enabled regions with their weights, in alphabetical order. */
  readonly members: readonly Member[];
  /** Regions that have stopped for good, as the file attests. */
  readonly retired: readonly RegionId[];
  readonly transport: MeshSettings | NatsSettings;
  /** Synchronisation, fault tolerance and the cluster's constants, as the core takes them. */
  readonly timing: Timing;
  /** Absolute path of the limits file. */
  /** A directory of this region alone, absolute; undefined where nothing is to survive a crash. */
  readonly journalDirectory: string | undefined;
  readonly limitsFile: string;
  readonly limits: readonly LimitSpec[];
  readonly telemetry: {
    readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
    readonly logFormat: 'auto' | 'json' | 'pretty';
  };
};
