import type { ActorId } from '../../crdt/index.ts';
import { standingOf } from '../../src/core/algorithms/standing.ts';
import { hashedKey } from '../../src/core/counter.ts';
import { isBarred } from '../../src/core/cover.ts';
import type { CheckRequest, Decision } from '../../src/core/decision.ts';
import { entitlement, standings, type WindowStanding } from '../../src/core/entitlement.ts';
import type { Limit } from '../../src/core/limit.ts';
import { trancheEpoch } from '../../src/core/window.ts';
import type { Life } from '../life.ts';
import { type Checker, Violation, type Watched } from './checker.ts';
import type { Truth } from './truth.ts';

/** Keys that are watched for each limit: the first so many that are asked for. */
const KEYS_MAX = 3;

type Claims = { readonly byActor: Map<ActorId, number>; sum: number };
type About = { readonly limit: Limit; readonly windowId: number; readonly key: string };

/**
 * Invariants 2, 6, 7 and 9: what all lives believe to be entitled to of a window never sums above its limit, neither by what each
 * knows nor by all that there is to know; what a life believes never shrinks; and a life without books claims nothing that one
 * before it may have claimed.
 */
export class Entitlements implements Checker {
  readonly #watched: Watched;
  readonly #truth: Truth;
  readonly #stamps = new Map<Life, number>();
  readonly #keys = new Map<string, Set<string>>();
  readonly #claims = new Map<string, Claims>();
  /** The last word of each life about a claim, by the claim's name, since it heard of its newest version. */
  readonly #words = new Map<Life, { readonly versions: Set<string>; readonly claims: Map<string, number> }>();
  /** The furthest epoch that ended lives of a region acted in. */
  readonly #ended = new Map<string, number>();

  constructor(watched: Watched, truth: Truth) {
    this.#watched = watched;
    this.#truth = truth;
  }

  checked(_life: Life, _request: CheckRequest, { verdicts }: Decision): void {
    for (const { limit, key } of verdicts) {
      let keys = this.#keys.get(limit.name);
      if (keys === undefined) {
        keys = new Set();
        this.#keys.set(limit.name, keys);
      }
      if (keys.size < KEYS_MAX) keys.add(key);
    }
  }

  ended({ region, state }: Life): void {
    this.#ended.set(region, Math.max(this.#ended.get(region) ?? 0, state.epoch));
  }

  worked(life: Life): void {
    const { state } = life;
    if (this.#stamps.get(life) === state.stamp) return;
    this.#stamps.set(life, state.stamp);
    const upto = state.epoch + state.timing.lookaheadEpochs;
    for (const { limit } of state.books.values()) {
      const { windows } = limit;
      let windowId = windows.idAt(state.wallMs);
      for (; trancheEpoch(windows, windowId, 0) <= upto; windowId = windows.next(windowId)) {
        this.#look(life, limit, windowId);
      }
    }
  }

  second(): void {
    const life = this.#watched.lives.find(({ alive, state }) => alive && state.informed);
    if (life === undefined) return;
    const { epoch, wallMs, books, timing } = life.state;
    const regions = new Set(this.#truth.versions.flatMap(({ members }) => [...members]));
    for (const { limit } of books.values()) {
      const windowId = limit.windows.idAt(wallMs);
      for (const key of this.#keys.get(limit.name) ?? []) {
        let sum = 0;
        for (const region of regions) {
          const tranches = standings(this.#truth.votes, region, { limit, windowId }, (at) =>
            this.#truth.terms(region, limit, at),
          );
          const uptoEpoch = epoch + timing.lookaheadEpochs;
          sum += entitlement({ limit, windowId, tranches, afterEpoch: 0, uptoEpoch }, hashedKey(key));
        }
        this.#bound(sum, 'by all there is to know', { limit, windowId, key });
      }
    }
  }

  #look(life: Life, limit: Limit, windowId: number): void {
    const { state } = life;
    const uptoEpoch = state.epoch + state.timing.lookaheadEpochs;
    const standing: WindowStanding = { ...standingOf(state, limit, windowId), uptoEpoch };
    const barred = isBarred(state, limit, windowId);
    for (const key of this.#keys.get(limit.name) ?? []) {
      const entitled = barred ? 0 : entitlement(standing, hashedKey(key));
      this.#claim(life, entitled, { limit, windowId, key });
      if (!life.recovered) this.#checkSitOut(life, standing, key);
    }
  }

  #claim(life: Life, entitled: number, about: About): void {
    const name = `${about.limit.id}\n${about.windowId}\n${about.key}`;
    const words = this.#wordsOf(life);
    const before = words.get(name) ?? 0;
    if (entitled === before) return;
    const { actor, region, state } = life;
    if (entitled < before && !state.superseded && this.#truth.stands(about)) {
      const what = `${actor} ${about.limit.name} window ${about.windowId}: ${before}, then ${entitled}`;
      throw new Violation('6 entitlement never shrinks', what, { regions: [region] });
    }
    words.set(name, entitled);
    let claims = this.#claims.get(name);
    if (claims === undefined) {
      claims = { byActor: new Map(), sum: 0 };
      this.#claims.set(name, claims);
    }
    const known = claims.byActor.get(actor) ?? 0;
    if (entitled <= known) return;
    claims.byActor.set(actor, entitled);
    claims.sum += entitled - known;
    this.#bound(claims.sum, [...claims.byActor].map(([who, count]) => `${who} ${count}`).join(', '), about);
  }

  /** A version that is put between others bounds what rests on them, so a life may think less of its claims then. */
  #wordsOf(life: Life): Map<string, number> {
    const words = this.#words.get(life) ?? { versions: new Set(), claims: new Map() };
    this.#words.set(life, words);
    const known = words.versions.size;
    for (const { id } of life.state.versions) words.versions.add(id.join(' '));
    if (words.versions.size > known) words.claims.clear();
    return words.claims;
  }

  #bound(sum: number, who: string, about: About): void {
    const most = this.#truth.most(about, about.key);
    if (sum <= most) return;
    const what = `${about.limit.name} window ${about.windowId} key "${about.key}": ${sum} of ${most} (${who})`;
    throw new Violation('2 entitlements sum to no more than the limit', what);
  }

  /** An earlier life may have spent, or given away, whatever begins up to H after its end. */
  #checkSitOut({ state, region, actor }: Life, standing: WindowStanding, key: string): void {
    const ended = this.#ended.get(region);
    if (ended === undefined) return;
    const uptoEpoch = Math.min(standing.uptoEpoch, ended + state.timing.lookaheadEpochs);
    const claimed = entitlement({ ...standing, uptoEpoch }, hashedKey(key));
    if (claimed === 0) return;
    const what = `${actor} claims ${claimed} of ${standing.limit.name} window ${standing.windowId}`;
    throw new Violation('7 nothing is claimed that an earlier life may have', what, { regions: [region] });
  }
}
