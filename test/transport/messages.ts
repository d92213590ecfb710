import fc from 'fast-check';
import { actorId, DIGEST_BUCKETS, type RegionId, type VoteRun } from '../../crdt/index.ts';
import type { LimitSpec, Member } from '../../src/core/limit.ts';
import type { Heartbeat, Message, Row, RowGroup } from '../../src/core/messages.ts';

const LEDGER = '0123456789abcdef';

/** A heartbeat in which only the sequence matters. */
export function heartbeat(sequence: number): Heartbeat {
  return {
    kind: 'heartbeat',
    incarnation: 1_789_992_000_000,
    ledger: LEDGER,
    sequence,
    epoch: 1_789_992_000,
    wallMs: 1_789_992_000_250,
    sitsUntil: 0,
    informed: true,
    versions: [[1, 'us-east', LEDGER, [['us-east', 1_789_992_004]]]],
    heard: [['eu-west', 1_789_992_000_000, 7, 12.5]],
    votes: [['us-east', 'eu-west', 1_789_992_000, 'OO.F']],
    demand: [['orders-per-tenant', 120.5]],
  };
}

/** A repair of `rows` rows of about 40 bytes each. */
export function repairOf(rows: number): Message {
  const row = (at: number): Row => [`orders|tenant=customer-${at}`, 29_833_200, at];
  return {
    kind: 'repair',
    groups: [[actorId('us-east', LEDGER), 'orders', Array.from({ length: rows }, (_, at) => row(at))]],
  };
}

const count = fc.maxSafeNat();
const amount = fc.double({ min: 0, max: Number.MAX_SAFE_INTEGER, noNaN: true });
const epoch = fc.maxSafeInteger();
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.constantFrom('__proto__', 'constructor', 'toString', '\u0000', '*', '😀'),
);
const limitName = text.filter((name) => name.length > 0 && name.length <= 128);
const region: fc.Arbitrary<RegionId> = fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/);
const ledger = fc.stringMatching(/^[0-9a-f]{16}$/);
const actor = fc.tuple(region, ledger).map(([name, life]) => actorId(name, life));
const gifts = fc.array(fc.tuple(actor, count), { maxLength: 3 });
const row: fc.Arbitrary<Row> = fc.oneof(fc.tuple(text, count, count), fc.tuple(text, count, count, gifts));
const groups: fc.Arbitrary<RowGroup[]> = fc.array(
  fc.tuple(actor, limitName, fc.array(row, { maxLength: 5 })),
  { maxLength: 3 },
);
const votes: fc.Arbitrary<VoteRun[]> = fc.array(
  fc.tuple(region, region, epoch, fc.stringMatching(/^[OF.]{1,20}$/)),
  { maxLength: 4 },
);

const publisher = fc.oneof(region, fc.constant(''));
const weight = fc.nat(10_000_000);
const member: fc.Arbitrary<Member> = fc.oneof(
  plain<Member>({ region, weight }),
  plain<Member>({ region, weight, address: fc.constant('http://10.0.0.1:8090') }),
);
const limit: fc.Arbitrary<LimitSpec> = plain<LimitSpec>({
  name: limitName,
  resource: text,
  domain: fc.constant('edge'),
  dimensions: fc.constantFrom<Record<string, string>[]>({}, { tenant: '*' }, { tenant: 'acme', user: '*' }),
  algorithm: fc.constant('fixed-window' as const),
  limit: fc.nat(1_000_000_000),
  windowMs: fc.integer({ min: 1, max: 86_400 }).map((seconds) => seconds * 1_000),
  reclaimPermille: fc.nat(1_000),
  shares: fc.constantFrom('demand' as const, 'static' as const),
  mode: fc.constantFrom('enforce' as const, 'shadow' as const, 'disabled' as const),
});

/** Any message, of every kind. */
export const anyMessage: fc.Arbitrary<Message> = fc.oneof(
  plain({
    kind: fc.constant('heartbeat' as const),
    incarnation: count,
    ledger,
    sequence: count,
    epoch,
    wallMs: amount,
    sitsUntil: epoch,
    informed: fc.boolean(),
    versions: fc.array(
      fc.tuple(count, publisher, ledger, fc.array(fc.tuple(region, epoch), { maxLength: 3 })),
      {
        maxLength: 3,
      },
    ),
    heard: fc.array(fc.tuple(region, count, count, amount), { maxLength: 4 }),
    votes,
    demand: fc.array(fc.tuple(limitName, amount), { maxLength: 4 }),
  }),
  plain({
    kind: fc.constant('delta' as const),
    ledger,
    sequence: count,
    wallMs: amount,
    groups,
    demand: fc.array(fc.tuple(limitName, text, amount), { maxLength: 4 }),
  }),
  plain({
    kind: fc.constant('pull' as const),
    wants: fc.array(fc.tuple(limitName, count, text, count, amount, fc.boolean()), { maxLength: 4 }),
  }),
  plain({
    kind: fc.constant('digest' as const),
    ledger,
    sequence: count,
    closingAfter: epoch,
    buckets: fc.uint8Array({ minLength: DIGEST_BUCKETS * 8, maxLength: DIGEST_BUCKETS * 8 }),
  }),
  plain({
    kind: fc.constant('ask' as const),
    buckets: fc.uniqueArray(fc.nat(DIGEST_BUCKETS - 1), { maxLength: DIGEST_BUCKETS }),
  }),
  plain({ kind: fc.constant('repair' as const), groups }),
  plain({
    kind: fc.constant('snapshot' as const),
    part: fc.nat(65_535),
    last: fc.boolean(),
    votes,
    groups,
  }),
  plain({
    kind: fc.constant('version' as const),
    number: count,
    publisher,
    members: fc.array(member, { minLength: 1, maxLength: 3 }),
    retired: fc.array(region, { maxLength: 2 }),
    limits: fc.array(limit, { maxLength: 3 }),
    part: fc.nat(65_535),
    last: fc.boolean(),
  }),
  plain({
    kind: fc.constant('ask-version' as const),
    versions: fc.array(fc.tuple(count, publisher), { maxLength: 3 }),
  }),
);

/** A record as literals make them: fast-check also likes to leave out the prototype, which no message of ours does. */
function plain<T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(fields, { noNullPrototype: true });
}
