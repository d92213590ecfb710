import type { RegionId } from '../../crdt/index.ts';
import { VERSION_ASK_INTERVAL_MS, VERSION_LIMITS_PER_PART, VERSIONS_MAX } from '../bounds.ts';
import { applyVersions, cutTime } from './apply.ts';
import type { Effect } from './effects.ts';
import type { Instant } from './instant.ts';
import type { AskVersion, Heartbeat, VersionMessage, VersionNotice } from './messages.ts';
import type { Peer } from './peer.ts';
import type { RegionState } from './state.ts';
import {
  type Configuration,
  compareVersions,
  compileVersion,
  stableAt,
  type Version,
  type VersionId,
} from './version.ts';
import { trancheEpoch } from './window.ts';

/**
 * Publishes a configuration as the next version, for all regions to adopt; decisions follow when the epochs come. A region that does
 * not know which versions there are cannot give a number to a new one: it holds the newest it is given until it does.
 */
export function publish(state: RegionState, configuration: Configuration): Effect[] {
  if (!state.informed) {
    state.heldConfiguration = configuration;
    return [];
  }
  if (state.versions.length >= VERSIONS_MAX) return refuse(state.region);
  const newest = state.versions.at(-1)?.id[0] ?? 0;
  const version = compileVersion([newest + 1, state.region], configuration);
  insert(state, version);
  return tellVersion(version, 'all');
}

/** What a heartbeat says of the versions that are not settled, and of who adopts them when. */
export function versionNotices(state: RegionState): VersionNotice[] {
  const settled = state.versions.length === 1;
  return state.versions.map((version) => {
    const told = settled
      ? []
      : [...version.adopted].filter(([region]) => region !== state.region || version.told);
    return [...version.id, version.fingerprint, told];
  });
}

/** Takes in which versions a peer knows and who adopts them when; asks for those that are unknown here. */
export function hearVersions(state: RegionState, peer: Peer, message: Heartbeat, at: Instant): Effect[] {
  peer.informed = message.informed;
  peer.differs = false;
  const effects: Effect[] = retractAttestation(state, peer, message);
  const unknown: VersionId[] = [];
  for (const [number, publisher, fingerprint, adopted] of message.versions) {
    const id: VersionId = [number, publisher];
    const known = find(state, id);
    if (known === undefined) {
      const oldest = state.versions[0];
      if (oldest !== undefined && (!state.informed || compareVersions(id, oldest.id) > 0)) unknown.push(id);
    } else if (known.fingerprint !== fingerprint) {
      peer.differs = state.informed;
      if (peer.differs) effects.push(...complain(state, peer));
      else unknown.push(id);
    } else {
      learnAdoptions(state, known, adopted);
    }
  }
  if (message.informed) learnSettled(state, message);
  peer.agrees = unknown.length === 0 && !peer.differs;
  if (unknown.length > 0 && at.monoMs - state.askedVersionMonoMs >= VERSION_ASK_INTERVAL_MS) {
    state.askedVersionMonoMs = at.monoMs;
    effects.push({ kind: 'send', to: peer.region, message: { kind: 'ask-version', versions: unknown } });
  }
  if (!state.informed && unknown.length === 0) effects.push(...becomeInformed(state, peer, message));
  return effects;
}

/** Takes in a version's content, one part after the other. */
export function hearVersion(state: RegionState, message: VersionMessage): Effect[] {
  const id: VersionId = [message.number, message.publisher];
  if (message.part === 0)
    state.incoming = { id, members: message.members, retired: message.retired, limits: [] };
  const incoming = state.incoming;
  if (incoming === undefined || compareVersions(incoming.id, id) !== 0) return [];
  if (incoming.limits.length !== message.part * VERSION_LIMITS_PER_PART) return [];
  incoming.limits.push(...message.limits);
  if (!message.last) return [];
  state.incoming = undefined;
  const oldest = state.versions[0];
  // What comes late may be of a version that has been settled and forgotten.
  if (state.informed && oldest !== undefined && compareVersions(id, oldest.id) < 0) return [];
  const known = find(state, id);
  const { members, limits, retired } = incoming;
  const version = compileVersion(id, { members, limits, retired });
  if (known !== undefined && (state.informed || known.fingerprint === version.fingerprint)) return [];
  if (known === undefined && state.versions.length >= VERSIONS_MAX) return refuse(message.publisher);
  insert(state, version);
  return [{ kind: 'report', report: { event: 'version_learned', number: id[0], publisher: id[1] } }];
}

/** Sends the versions that a peer asks for. */
export function answerAskVersion(state: RegionState, peer: Peer, message: AskVersion): Effect[] {
  return message.versions.flatMap((id) => {
    const version = find(state, id);
    return version === undefined ? [] : tellVersion(version, peer.region);
  });
}

/** Forgets versions that no open window rests on, once an epoch. */
export function forgetVersions(state: RegionState): void {
  const oldestNeeded = Math.min(state.epoch, ...state.neededEpochs, ...closedEpochs(state));
  const settled = stableAt(state.versions, oldestNeeded);
  if (settled === 0) return;
  // All members of every version in between have adopted the newer one: this is the cluster.
  state.attested = false;
  state.versions.splice(0, settled);
  state.versionsChanged = true;
  state.stamp += 1;
  applyVersions(state);
  cutTime(state);
}

/** First epochs of the windows that are still open under limits that are gone: they may come back. */
function* closedEpochs(state: RegionState): Generator<number> {
  for (const { limit, counters } of state.closedBooks.values()) {
    for (const [windowId] of counters.windows()) yield trancheEpoch(limit.windows, windowId, 0);
  }
}

/** Puts a version in its place and adopts it, and with it all before it that are not adopted yet. */
function insert(state: RegionState, version: Version): void {
  const same = state.versions.findIndex(({ id }) => compareVersions(id, version.id) === 0);
  if (same >= 0) state.versions[same] = version;
  else state.versions.push(version);
  state.versions.sort((a, b) => compareVersions(a.id, b.id));
  adoptAll(state);
}

/** Adopts every version from beyond all that this region has claimed, voted on or pre-issued. */
function adoptAll(state: RegionState): void {
  let previous = 0;
  for (const version of state.versions) {
    const known = version.adopted.get(state.region);
    if (known === undefined && version.id[0] > 0) {
      const epoch = Math.max(previous, state.epoch + state.timing.lookaheadEpochs + 1);
      version.adopted.set(state.region, epoch);
      // What it lessens it lessens at once, which is always safe; it is told of, and adds, only when it cannot be forgotten any more.
      version.told = !state.journaling;
    }
    previous = Math.max(previous, version.adopted.get(state.region) ?? 0);
  }
  state.versionsChanged = true;
  state.stamp += 1;
  applyVersions(state);
}

/**
 * A member that has forgotten the versions before its oldest knows that all have adopted that one, and no later than its own epoch; or
 * one without books was told so, and no later than the epoch that it sits out.
 */
function learnSettled(state: RegionState, { versions, epoch, sitsUntil }: Heartbeat): void {
  const oldest = versions[0];
  if (oldest === undefined) return;
  const settled = state.versions.findIndex(({ id }) => compareVersions(id, [oldest[0], oldest[1]]) === 0);
  if (settled < 1) return;
  const members = new Set(state.versions.slice(0, settled + 1).flatMap((version) => [...version.members]));
  for (const version of state.versions.slice(1, settled + 1)) {
    learnAdoptions(
      state,
      version,
      [...members].map((region) => [region, Math.max(epoch, sitsUntil)] as const),
    );
  }
}

function learnAdoptions(
  state: RegionState,
  version: Version,
  adopted: readonly (readonly [RegionId, number])[],
): void {
  for (const [region, epoch] of adopted) {
    // A member that lost its books adopts again, later; it claims nothing in between, so its first word stands.
    if (region === state.region || epoch >= (version.adopted.get(region) ?? Number.POSITIVE_INFINITY))
      continue;
    version.adopted.set(region, epoch);
    state.stamp += 1;
  }
}

/**
 * A member without books may have promised to adopt versions that it has forgotten. Whatever is stable, every informed member
 * knows: so one that tells what it knows is enough. When nobody is informed, all have forgotten everything alike.
 */
function becomeInformed(state: RegionState, peer: Peer, message: Heartbeat): Effect[] {
  // What a member has forgotten is settled by its own epoch, and by this one's only when that is here.
  const adoptedFrom = state.epoch + state.timing.lookaheadEpochs;
  if (message.informed) {
    if (message.epoch > adoptedFrom) return [];
    const told = message.versions.map(([number, publisher]): VersionId => [number, publisher]);
    state.versions = state.versions.filter(({ id }) => told.some((each) => compareVersions(each, id) === 0));
  } else {
    const others = [...state.peers.values()];
    if (!others.every((each) => each.status === 'up' && !each.informed && each.agrees)) return [];
  }
  state.informed = true;
  state.sitsUntil = Math.max(state.sitsUntil, adoptedFrom);
  state.booksSitUntil = Math.max(state.booksSitUntil, adoptedFrom);
  state.lifeStamp += 1;
  state.lifeRecorded = !state.journaling;
  adoptAll(state);
  const held = state.heldConfiguration;
  state.heldConfiguration = undefined;
  const report: Effect = { kind: 'report', report: { event: 'informed', by: peer.region } };
  return held === undefined ? [report] : [report, ...publish(state, held)];
}

/**
 * An operator attested that this cluster is new, and here is an informed peer that goes by versions none of which is known here: it has lived. This
 * member then is one that knows nothing: it claims nothing more until it has been told.
 */
function retractAttestation(state: RegionState, peer: Peer, heartbeat: Heartbeat): Effect[] {
  const { incarnation, epoch, informed, versions } = heartbeat;
  // What comes late tells of versions that have been settled and forgotten since.
  if (incarnation < peer.incarnation || epoch < peer.epoch) return [];
  if (!state.attested || !informed || !versions.some(([number]) => number > 0)) return [];
  const isKnown = ([number, publisher, fingerprint]: VersionNotice) =>
    find(state, [number, publisher])?.fingerprint === fingerprint;
  if (versions.some(isKnown)) return [];
  state.attested = false;
  state.isFirstLife = false;
  state.informed = false;
  const sits = state.epoch + state.timing.lookaheadEpochs + state.timing.clockSlackEpochs;
  state.sitsUntil = Math.max(state.sitsUntil, sits);
  state.booksSitUntil = Math.max(state.booksSitUntil, sits);
  state.lifeStamp += 1;
  state.lifeRecorded = !state.journaling;
  state.stamp += 1;
  return [{ kind: 'report', report: { event: 'cluster_not_new', peer: peer.region } }];
}

/** Versions that are not settled cannot be dropped, so there must not be more of them than a heartbeat can name. */
function refuse(publisher: RegionId): Effect[] {
  return [{ kind: 'report', report: { event: 'version_refused', publisher, unsettled: VERSIONS_MAX } }];
}

function complain(state: RegionState, peer: Peer): Effect[] {
  if (state.complained.has(peer.region)) return [];
  state.complained.add(peer.region);
  return [{ kind: 'report', report: { event: 'configuration_differs', peer: peer.region } }];
}

function tellVersion({ id: [number, publisher], configuration }: Version, to: RegionId | 'all'): Effect[] {
  const { members, retired, limits } = configuration;
  const parts = Math.max(1, Math.ceil(limits.length / VERSION_LIMITS_PER_PART));
  return Array.from({ length: parts }, (_, part) => {
    const some = limits.slice(part * VERSION_LIMITS_PER_PART, (part + 1) * VERSION_LIMITS_PER_PART);
    const last = part === parts - 1;
    const message = {
      kind: 'version',
      number,
      publisher,
      members,
      retired,
      limits: some,
      part,
      last,
    } as const;
    return { kind: 'send', to, message };
  });
}

function find(state: RegionState, id: VersionId): Version | undefined {
  return state.versions.find((version) => compareVersions(version.id, id) === 0);
}
