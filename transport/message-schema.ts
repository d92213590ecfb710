import Type, { type Static, type TSchema, type TUnsafe } from 'typebox';
import { Compile } from 'typebox/compile';
import { type ActorId, DIGEST_BUCKETS, isActorId, isRegionId } from '../crdt/index.ts';
import { EPOCH_MS } from '../src/bounds.ts';
import type { Message } from '../src/core/messages.ts';

/** Longest counter key in UTF-16 units: sixteen dimensions of a name and a value, and what joins them. */
const KEY_UNITS_MAX = 4_352;

/** Longest name of a limit in UTF-16 units. */
const LIMIT_NAME_UNITS_MAX = 128;

/** Longest id of a limit in UTF-16 units: its name, and a time zone at most. */
const LIMIT_ID_UNITS_MAX = 256;

/** Members one heartbeat can list; a cluster is a handful of regions, so this is generous. */
const MEMBERS_MAX = 256;

/** Vote runs in one message: each voter about each subject, in a cluster far larger than any planned. */
const VOTE_RUNS_MAX = 4_096;

/** Epochs in one vote run. */
const VOTE_LETTERS_MAX = 512;

/** Limits whose demand one heartbeat can carry. */
const DEMANDS_MAX = 10_000;

/** Hot keys in one message: their demand, or what is wanted of them. */
const WANTS_MAX = 1_024;

/** Versions that one message names; the core keeps no more. */
const VERSIONS_MAX = 64;

/** Limits in one part of a version; the core sends no more. */
const LIMITS_PER_PART_MAX = 100;

/** Greatest weight of a member: percentages with three decimals, and room. */
const WEIGHT_MAX = 10_000_000;

/** Longest address of a member, and longest resource, dimension name or value of a limit, in UTF-16 units. */
const ADDRESS_UNITS_MAX = 512;
const PATTERN_UNITS_MAX = 256;

/** Dimensions that one limit may name. */
const DIMENSIONS_MAX = 16;

/** Greatest limit in permits, and longest window in milliseconds: a month and some. */
const LIMIT_PERMITS_MAX = 1_000_000_000;
const WINDOW_MS_MAX = 32 * 24 * 3_600_000;

/** Overrides of one limit, and the greatest priority. */
const OVERRIDES_MAX = 1_000;
const PRIORITY_MAX = 1_000;

/** Recipients in one row: the lives of the other members within one window. */
const GIFTS_MAX = 1_024;

/** Groups, and rows in a group: more would not fit into a frame, at four bytes for the smallest of them. */
const ROWS_MAX = 65_536;

/** Messages that one snapshot may be cut into. */
const PARTS_MAX = 65_536;

/** Bytes of one bucket in a digest: a 64-bit fingerprint. */
const BUCKET_BYTES = 8;

const safe = { minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER };

/** A count, an instant or an id that starts at zero. */
const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

/** An epoch: near a clock's zero, "some epochs ago" is below it. */
const Epoch = Type.Integer(safe);

/** A measured quantity that may have a fraction. */
const Amount = Type.Number({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

const Region = Type.Refine(Type.String(), isRegionId);
const Actor = Type.Unsafe<ActorId>(Type.Refine(Type.String(), isActorId));
const Ledger = Type.String({ pattern: '^[0-9a-f]{16}$' });
const LimitName = Type.Refine(Type.String(), (name) => name.length > 0 && isText(name, LIMIT_NAME_UNITS_MAX));
const Key = Type.Refine(Type.String(), (key) => isText(key, KEY_UNITS_MAX));

/** A limit's name with the shape of its windows. */
const LimitId = Type.Refine(Type.String(), (id) => id.length > 0 && isText(id, LIMIT_ID_UNITS_MAX));

const Gifts = Type.Array(Type.Tuple([Actor, Count]), { maxItems: GIFTS_MAX });
const Row = Type.Tuple([Key, Count, Count, Type.Optional(Gifts), Type.Optional(Count)], { minItems: 3 });
const RowGroup = Type.Tuple([Actor, LimitId, Type.Array(Row, { maxItems: ROWS_MAX })]);
const RowGroups = Type.Array(RowGroup, { maxItems: ROWS_MAX });

const Publisher = Type.Refine(Type.String(), (name) => name === '' || isRegionId(name));
const Adoptions = Type.Array(Type.Tuple([Region, Epoch]), { maxItems: MEMBERS_MAX });
const VersionNotices = Type.Array(Type.Tuple([Count, Publisher, Ledger, Adoptions]), {
  maxItems: VERSIONS_MAX,
});
const VersionIds = Type.Array(Type.Tuple([Count, Publisher]), { maxItems: VERSIONS_MAX });
const Member = Type.Object(
  {
    region: Region,
    weight: Type.Integer({ minimum: 0, maximum: WEIGHT_MAX }),
    address: Type.Optional(Type.String({ maxLength: ADDRESS_UNITS_MAX })),
  },
  { additionalProperties: false },
);
const Members = Type.Array(Member, { minItems: 1, maxItems: MEMBERS_MAX });
const ShortText = Type.Refine(Type.String(), (text) => isText(text, PATTERN_UNITS_MAX));
const Dimensions = Type.Record(Type.String({ maxLength: PATTERN_UNITS_MAX }), ShortText, {
  maxProperties: DIMENSIONS_MAX,
});
const Weights = Type.Record(
  Type.String({ maxLength: PATTERN_UNITS_MAX }),
  Type.Integer({ minimum: 0, maximum: WEIGHT_MAX }),
  {
    maxProperties: MEMBERS_MAX,
  },
);
const Permits = Type.Integer({ minimum: 0, maximum: LIMIT_PERMITS_MAX });
const Permille = Type.Integer({ minimum: 0, maximum: 1_000 });
const Period = Type.Object(
  { unit: oneOf('hour', 'day', 'week', 'month'), timeZone: ShortText },
  { additionalProperties: false },
);
const Override = Type.Object(
  { dimensions: Dimensions, limit: Permits, burst: Type.Optional(Permits) },
  { additionalProperties: false },
);
const LimitSpec = Type.Object(
  {
    name: LimitName,
    resource: ShortText,
    domain: Type.Optional(ShortText),
    dimensions: Dimensions,
    algorithm: oneOf(
      'fixed-window',
      'sliding-window',
      'token-bucket',
      'leaky-bucket',
      'concurrency',
      'quota',
    ),
    limit: Permits,
    windowMs: Type.Integer({ minimum: EPOCH_MS, maximum: WINDOW_MS_MAX, multipleOf: EPOCH_MS }),
    period: Type.Optional(Period),
    burst: Type.Optional(Permits),
    delayMsMax: Type.Optional(Type.Integer({ minimum: 0, maximum: WINDOW_MS_MAX })),
    reclaimPermille: Permille,
    shares: oneOf('demand', 'static'),
    weights: Type.Optional(Weights),
    consistency: Type.Optional(oneOf('strict', 'available')),
    onError: Type.Optional(oneOf('open', 'closed')),
    mode: oneOf('enforce', 'shadow', 'disabled'),
    rolloutPermille: Type.Optional(Permille),
    priority: Type.Optional(Type.Integer({ minimum: 0, maximum: PRIORITY_MAX })),
    overrides: Type.Optional(Type.Array(Override, { maxItems: OVERRIDES_MAX })),
  },
  { additionalProperties: false },
);

const Letters = Type.String({ pattern: `^[OF.]{1,${VOTE_LETTERS_MAX}}$` });
const VoteRuns = Type.Array(Type.Tuple([Region, Region, Epoch, Letters]), { maxItems: VOTE_RUNS_MAX });
const Heard = Type.Array(Type.Tuple([Region, Count, Count, Amount]), { maxItems: MEMBERS_MAX });
const KeyDemands = Type.Array(Type.Tuple([LimitId, Key, Amount]), { maxItems: WANTS_MAX });
const Want = Type.Tuple([LimitId, Count, Key, Count, Amount, Type.Boolean()]);
const Wants = Type.Array(Want, { maxItems: WANTS_MAX });
const Demand = Type.Array(Type.Tuple([LimitName, Amount]), { maxItems: DEMANDS_MAX });
const Fingerprints = Type.Unsafe<Uint8Array>(Type.Refine(Type.Unknown(), areFingerprints));
const Bucket = Type.Integer({ minimum: 0, maximum: DIGEST_BUCKETS - 1 });
const Part = Type.Integer({ minimum: 0, maximum: PARTS_MAX - 1 });

/**
 * The order of kinds, and of the fields within each, is the order on the wire: kinds are only added at the end,
 * and a change within one is a new frame version.
 */
const SCHEMAS = {
  heartbeat: Type.Object({
    kind: Type.Literal('heartbeat'),
    incarnation: Count,
    ledger: Ledger,
    sequence: Count,
    epoch: Epoch,
    wallMs: Amount,
    sitsUntil: Epoch,
    informed: Type.Boolean(),
    versions: VersionNotices,
    heard: Heard,
    votes: VoteRuns,
    demand: Demand,
  }),
  delta: Type.Object({
    kind: Type.Literal('delta'),
    ledger: Ledger,
    sequence: Count,
    wallMs: Amount,
    groups: RowGroups,
    demand: KeyDemands,
  }),
  digest: Type.Object({
    kind: Type.Literal('digest'),
    ledger: Ledger,
    sequence: Count,
    closingAfter: Epoch,
    buckets: Fingerprints,
  }),
  ask: Type.Object({
    kind: Type.Literal('ask'),
    buckets: Type.Array(Bucket, { maxItems: DIGEST_BUCKETS, uniqueItems: true }),
  }),
  repair: Type.Object({ kind: Type.Literal('repair'), groups: RowGroups }),
  snapshot: Type.Object({
    kind: Type.Literal('snapshot'),
    part: Part,
    last: Type.Boolean(),
    votes: VoteRuns,
    groups: RowGroups,
  }),
  pull: Type.Object({ kind: Type.Literal('pull'), wants: Wants }),
  version: Type.Object({
    kind: Type.Literal('version'),
    number: Count,
    publisher: Publisher,
    members: Members,
    retired: Type.Array(Region, { maxItems: MEMBERS_MAX }),
    limits: Type.Array(LimitSpec, { maxItems: LIMITS_PER_PART_MAX }),
    part: Part,
    last: Type.Boolean(),
  }),
  'ask-version': Type.Object({ kind: Type.Literal('ask-version'), versions: VersionIds }),
};

// This assignment is the proof that what the schemas accept is what the core means: where the two differ it does not compile.
const AGREED: Agreement<typeof SCHEMAS> = SCHEMAS;

const VALIDATORS = {
  heartbeat: Compile(AGREED.heartbeat),
  delta: Compile(AGREED.delta),
  digest: Compile(AGREED.digest),
  ask: Compile(AGREED.ask),
  repair: Compile(AGREED.repair),
  snapshot: Compile(AGREED.snapshot),
  pull: Compile(AGREED.pull),
  version: Compile(AGREED.version),
  'ask-version': Compile(AGREED['ask-version']),
};

/** The kinds in wire order, each with its fields in wire order, without `kind` itself. */
export const LAYOUTS: readonly Layout[] = Object.entries(AGREED).map(([kind, schema]) => ({
  kind: kind as Message['kind'],
  names: Object.keys(schema.properties).filter((name) => name !== 'kind'),
}));

export type Layout = { readonly kind: Message['kind']; readonly names: readonly string[] };

/** Whether `candidate` is a whole message of this kind, every field within its bounds. */
export function isMessage<K extends Message['kind']>(
  kind: K,
  candidate: unknown,
): candidate is Extract<Message, { kind: K }> {
  return VALIDATORS[kind].Check(candidate);
}

/** One of these words. */
function oneOf<const Words extends readonly string[]>(...words: Words): TUnsafe<Words[number]> {
  return Type.Unsafe<Words[number]>(Type.Enum([...words]));
}

/** Text that survives UTF-8: a lone surrogate would come out as another key than went in. */
function isText(text: string, unitsMax: number): boolean {
  return text.length <= unitsMax && text.isWellFormed();
}

function areFingerprints(value: unknown): boolean {
  return value instanceof Uint8Array && value.byteLength === DIGEST_BUCKETS * BUCKET_BYTES;
}

type Agreement<Schemas extends Record<Message['kind'], TSchema>> = {
  readonly [K in Message['kind']]: Same<
    Writable<Static<Schemas[K]>>,
    Writable<Extract<Message, { kind: K }>>
  > extends true
    ? Schemas[K]
    : never;
};

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

type Writable<T> = T extends Uint8Array
  ? Uint8Array
  : T extends object
    ? { -readonly [K in keyof T]: Writable<T[K]> }
    : T;
