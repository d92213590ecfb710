import type { RegionId } from '../crdt/index.ts';
import type { Timing } from '../src/core/cluster.ts';
import type { LimitSpec, Member } from '../src/core/limit.ts';
import type { Gateway } from '../src/gateway.ts';

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

/** What a listener shows, and whom it asks for certificates; paths are absolute. */
export type ListenerTlsSettings = {
  readonly certFile: string;
  readonly keyFile: string;
  /** Given when those who connect must show a certificate. */
  readonly caFile?: string;
};

/** What regions show to each other; paths are absolute. */
export type MeshTlsSettings = {
  readonly certFile: string;
  readonly keyFile: string;
  readonly caFile: string;
  /** The name that a region's certificate must be for, with `{region}` and `{environment}` to be filled in. */
  readonly identity: string;
};

/** What seals the frames between regions. */
export type KeySettings = {
  /** The secret of the cluster; its UTF-8 bytes seal every frame. */
  readonly key: string;
  /** What frames of others may be sealed with as well. */
  readonly acceptedKeys?: readonly string[];
  /** The Ed25519 private key of this region, in PEM. */
  readonly signingKey?: string;
  /** By region `ed25519:` and its public key in base64. */
  readonly publicKeys?: Readonly<Record<RegionId, readonly string[]>>;
};

/** Direct connections between the regions. */
export type MeshSettings = KeySettings & {
  readonly kind: 'mesh';
  readonly listen: Endpoint;
  /** Given when regions speak TLS to each other. */
  readonly tls?: MeshTlsSettings;
  /** All enabled regions but this node's. */
  readonly peers: readonly { readonly region: RegionId; readonly address: string }[];
};

/** How this node proves itself to the NATS servers. */
export type NatsLoginSettings =
  | { readonly user: string; readonly password: string }
  | { readonly token: string }
  | { readonly credentialsFile: string }
  | { readonly nkeySeedFile: string };

/** Encryption towards the NATS servers; paths are absolute. */
export type NatsTlsSettings = {
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly handshakeFirst: boolean;
};

/** Connections through NATS servers. */
export type NatsSettings = KeySettings & {
  readonly kind: 'nats';
  readonly servers: readonly string[];
  readonly login?: NatsLoginSettings;
  /** Given when TLS is required. */
  readonly tls?: NatsTlsSettings;
};

/** How answers tell what is left (api.md §2). */
export type HttpSettings = {
  readonly headers: 'draft-11' | 'draft-06' | 'x-ratelimit' | 'none';
  /** How long a coordinator that is told to stop goes on deciding. */
  readonly drainNoticeMs: number;
  /** Given when callers are spoken to over TLS. */
  readonly tls?: ListenerTlsSettings;
};

/** Who holds a bearer token, and what it is good for. The token itself is known to its holder only. */
export type TokenSettings = {
  readonly name: string;
  readonly role: 'check' | 'read' | 'admin';
  /** `sha256:` and the hash in hexadecimal digits. */
  readonly hash: string;
};

/** Who is told of which alerts. */
export type WebhookSettings = {
  readonly url: string;
  readonly secret: string;
  /** Names of alerts. */
  readonly events: readonly string[];
};

/** Where spans of decisions go, and of which. */
export type TracingSettings = {
  /** Undefined leaves it to the variables of OpenTelemetry. */
  readonly endpoint: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly sampler:
    | 'always_on'
    | 'always_off'
    | 'traceidratio'
    | 'parentbased_always_on'
    | 'parentbased_always_off'
    | 'parentbased_traceidratio';
  readonly sampleRatio: number;
};

/** What the nodes of one region share. */
export type StoreSettings = {
  /** Milliseconds that a check waits at the most for what another node holds. */
  readonly waitMs: number;
  readonly redis: {
    readonly kind: 'single' | 'sentinel' | 'cluster';
    readonly servers: readonly Endpoint[];
    /** What sentinels call the server; given for sentinels. */
    readonly master?: string;
    readonly username?: string;
    readonly password?: string;
    /** Given when connections are encrypted; paths are absolute. */
    readonly tls?: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string };
    /** Milliseconds that one command may take. */
    readonly commandMs: number;
  };
};

/** A whole configuration: checked, with defaults filled in and units settled. Frozen all the way down. */
export type Settings = {
  readonly environment: string;
  readonly node: { readonly region: RegionId; readonly name: string; readonly listen: Endpoint };
  readonly http: HttpSettings;
  /** Undefined where no gateway asks. */
  readonly gateway: Gateway | undefined;
  /** Where gRPC is served; undefined where it is not. */
  readonly grpc: (Endpoint & { readonly tls?: ListenerTlsSettings }) | undefined;
  /** In the order of the file. */
  readonly regions: readonly RegionSettings[];
  /** The enabled regions with their weights, in alphabetical order. */
  readonly members: readonly Member[];
  /** Regions that have stopped for good, as the file attests. */
  readonly retired: readonly RegionId[];
  readonly transport: MeshSettings | NatsSettings;
  /** Synchronisation, fault tolerance and the cluster's constants, as the core takes them. */
  readonly timing: Timing;
  /** A directory of this region alone, absolute; undefined where nothing is to survive a crash. */
  readonly journalDirectory: string | undefined;
  /** Undefined where the region is one process. */
  readonly store: StoreSettings | undefined;
  /** Absolute path of the limits file. */
  readonly limitsFile: string;
  readonly limits: readonly LimitSpec[];
  readonly tokens: readonly TokenSettings[];
  readonly webhooks: readonly WebhookSettings[];
  readonly telemetry: {
    readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
    readonly logFormat: 'auto' | 'json' | 'pretty';
    /** Undefined where nothing is traced. */
    readonly tracing: TracingSettings | undefined;
  };
};
