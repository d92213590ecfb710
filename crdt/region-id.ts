/** A region's name in the cluster: the identity that weights, votes and shares are tied to. */
export type RegionId = string;

/** 64 random bits in hex, naming one durable life of a member's books. */
export type LedgerId = string;

/** One writer of counters: a region in one durable life. */
export type ActorId = `${RegionId}@${LedgerId}`;

/** Longest region name in characters; short, because it travels in every frame. */
export const REGION_ID_CHARS_MAX = 32;

const REGION_ID = /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/;
const LEDGER_ID = /^[0-9a-f]{16}$/;

/** Whether `text` may name a region: lower-case letters, digits and inner hyphens, as in DNS labels (RFC 1123). */
export function isRegionId(text: string): text is RegionId {
  return REGION_ID.test(text);
}

/** Names the writer of `region`'s counters during the life `ledger`. */
export function actorId(region: RegionId, ledger: LedgerId): ActorId {
  return `${region}@${ledger}`;
}

/** Whether `text` names a writer: a region name, `@`, and 16 hex digits. */
export function isActorId(text: string): text is ActorId {
  const at = text.indexOf('@');
  return at > 0 && isRegionId(text.slice(0, at)) && LEDGER_ID.test(text.slice(at + 1));
}

/** The region that an actor is a life of. */
export function regionOf(actor: ActorId): RegionId {
  return actor.slice(0, actor.indexOf('@'));
}
