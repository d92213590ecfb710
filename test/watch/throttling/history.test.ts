import { expect, test } from 'vitest';
import type { Happening } from '../../../src/watch/happening.ts';
import { LIMITS_FOLLOWED_MAX, SECONDS_KEPT } from '../../../src/watch/throttling/bounds.ts';
import { type Look, ThrottlingHistory } from '../../../src/watch/throttling/history.ts';

const START_MS = Date.UTC(2026, 0, 1);

type SecondOf = {
  readonly allowed?: number;
  readonly denied?: number;
  readonly scope?: 'share' | 'world';
  readonly holds?: Look['holds'];
  readonly limit?: number;
  readonly keys?: Readonly<Record<string, number>>;
};

/** A region with one limit whose seconds are made up. */
class Story {
  readonly history = new ThrottlingHistory();
  nowMs = START_MS;
  readonly #total = { permitsAllowed: 0, permitsDenied: 0, deniedByShare: 0, deniedByWorld: 0 };

  /** Lets seconds pass that are all alike. */
  seconds(count: number, second: SecondOf = {}): this {
    const { allowed = 0, denied = 0, scope = 'world', holds = 'whole', limit = 1_000, keys = {} } = second;
    for (let at = 0; at < count; at += 1) {
      this.#total.permitsAllowed += allowed;
      this.#total.permitsDenied += denied;
      this.#total[scope === 'share' ? 'deniedByShare' : 'deniedByWorld'] += denied;
      this.history.take({
        wallMs: this.nowMs + 40,
        holds,
        tallies: [{ name: 'orders', windowMs: 1_000, isKeyed: Object.keys(keys).length > 0, ...this.#total }],
        sharesOf: () => ({ share: limit * 0.4, limit }),
        shortKeysOf: () => Object.entries(keys).map(([key, demand]) => ({ key, demand })),
      });
      this.nowMs += 1_000;
    }
    return this;
  }

  happens(event: string, about: Partial<Happening> = {}): this {
    const kind = 'coordinator';
    const text = `${event} of ${about.region ?? 'here'}`;
    this.history.note({ id: '1', atMs: this.nowMs, kind, tone: 'critical', event, text, ...about });
    return this;
  }

  told(sinceMs = SECONDS_KEPT * 1_000) {
    return this.history.of('orders', this.nowMs - sinceMs, this.nowMs);
  }

  causes(): readonly string[] {
    return this.told().causes.map(({ cause, likely }) => `${likely ? '' : '?'}${cause}`);
  }
}

test('demand that stays above the limit is called that', () => {
  const story = new Story().seconds(60, { allowed: 900, denied: 100 });
  expect(story.causes()).toEqual(['demand_above_limit']);
  expect(story.told()).toMatchObject({
    offered: 60_000,
    denied: 6_000,
    episodes: [
      { fromMs: START_MS, toMs: START_MS + 60_000, denied: 6_000, byShare: 0, offeredPerSecondMax: 1_000 },
    ],
  });
  expect(story.told().seconds).toHaveLength(60);
});

test('demand that rose is the first cause, with from what to what', () => {
  const story = new Story()
    .seconds(60, { allowed: 100 })
    .seconds(10, { allowed: 400, denied: 600, scope: 'share' });
  expect(story.causes()).toEqual(['demand_rose', 'demand_above_share']);
  expect(story.told().causes[0]?.text).toBe('Demand rose from 100 to 1000 permits a second');
  expect(story.told().causes[1]?.text).toContain('400 of 1000 permits in 1 s');
});

test('demand out of nothing rose too, but not in the first seconds of a process, of which nothing before is known', () => {
  expect(new Story().seconds(30).seconds(3, { denied: 50 }).causes()).toEqual([
    'demand_rose',
    'demand_above_limit',
  ]);
  expect(new Story().seconds(3, { denied: 50 }).causes()).toEqual(['demand_above_limit']);
});

test('a lost peer explains demand that came over', () => {
  const story = new Story()
    .seconds(60, { allowed: 300 })
    .happens('peer_suspected', { region: 'eu-west' })
    .happens('region_fenced', { region: 'eu-west' })
    .seconds(3, { allowed: 300 })
    .seconds(10, { allowed: 400, denied: 300, scope: 'share' });
  const [first, ...others] = story.told().causes;
  expect(first).toMatchObject({
    cause: 'peer_lost',
    region: 'eu-west',
    atMs: START_MS + 60_000,
    likely: true,
  });
  expect(first?.text).toContain('demand here rose from 300 to 700 permits a second');
  expect(others.map(({ cause }) => cause)).not.toContain('peer_lost');
});

test('what happened long before, or only made noise, is no cause', () => {
  const story = new Story()
    .seconds(10, { allowed: 300 })
    .happens('peer_suspected', { region: 'eu-west' })
    .seconds(60, { allowed: 300 })
    .happens('limit_firing', { kind: 'alert' })
    .seconds(10, { allowed: 300, denied: 20 });
  expect(story.causes()).toEqual(['demand_above_limit']);
  expect(story.told().events).toEqual([]);
});

test.each([
  ['sitting_out', { holds: 'nothing', denied: 10 }],
  ['cut_off', { holds: 'floor', denied: 10, scope: 'share' }],
] as const)('%s comes before demand', (cause, second) => {
  expect(new Story().seconds(60, { allowed: 10 }).seconds(5, second).causes()[0]).toBe(cause);
});

test('a limit that was lowered is the first cause, with the version; one that was changed otherwise is mentioned', () => {
  const lowered = new Story()
    .seconds(30, { allowed: 500 })
    .happens('version_current', { text: 'Version 8@us-east is in force here', kind: 'version' })
    .seconds(10, { allowed: 100, denied: 400, limit: 250 });
  expect(lowered.told().causes[0]).toMatchObject({
    cause: 'limit_lowered',
    text: 'The limit was lowered from 1000 to 250 permits a window (Version 8@us-east is in force here)',
    atMs: START_MS + 30_000,
  });
  const other = new Story()
    .seconds(30, { allowed: 500 })
    .happens('limits_changed')
    .seconds(5, { allowed: 500, denied: 20 });
  expect(other.causes()).toEqual(['demand_above_limit', '?limits_changed']);
});

test('a store, a journal or a reload that failed meanwhile is told of', () => {
  const story = new Story()
    .seconds(30, { allowed: 500 })
    .happens('store_lost')
    .happens('journal_failing')
    .happens('config_reload_failed')
    .seconds(5, { allowed: 500, denied: 20 });
  expect(story.causes()).toEqual(['store_lost', 'journal_failing', 'demand_above_limit', '?reload_failed']);
});

test('one key that asks for more than all others together is named', () => {
  const keys = { acme: 400, beta: 20, 'a"b': 10 };
  const story = new Story().seconds(5, { allowed: 100, denied: 300, keys });
  expect(story.told().causes[0]).toMatchObject({ cause: 'hot_key', likely: true });
  expect(story.told().causes[0]?.text).toContain('"acme", asks for 400 permits a second');
  expect(story.told().keys).toEqual([
    { key: 'acme', demand: 400, seconds: 5 },
    { key: 'beta', demand: 20, seconds: 5 },
    { key: 'a"b', demand: 10, seconds: 5 },
  ]);
  expect(new Story().seconds(5, { denied: 3, keys: { a: 2, b: 2, c: 2 } }).causes()).not.toContain('hot_key');
});

test('quiet parts two episodes; keys are those of the newest', () => {
  const story = new Story()
    .seconds(3, { denied: 5, keys: { old: 9 } })
    .seconds(4, { allowed: 1, keys: { old: 9 } })
    .seconds(1, { denied: 5, keys: { old: 9 } })
    .seconds(20, { allowed: 1 })
    .seconds(2, { denied: 7, keys: { fresh: 3 } });
  const { episodes, keys } = story.told();
  expect(episodes.map(({ denied, fromMs, toMs }) => [denied, (toMs - fromMs) / 1_000])).toEqual([
    [14, 2],
    [20, 8],
  ]);
  expect(keys.map(({ key }) => key)).toEqual(['fresh']);
  expect(story.told(1_000).episodes).toHaveLength(1);
});

test('a quarter of an hour is remembered and no more; a limit that starts to count anew does not count backwards', () => {
  const story = new Story().seconds(1, { denied: 99 }).seconds(SECONDS_KEPT, { allowed: 1 });
  expect(story.told(3_600_000)).toMatchObject({
    denied: 0,
    offered: SECONDS_KEPT - 1,
    episodes: [],
    causes: [],
  });
  const history = new ThrottlingHistory();
  const take = (permitsAllowed: number, atMs: number) =>
    history.take({
      wallMs: atMs,
      holds: 'whole',
      tallies: [
        {
          name: 'a',
          windowMs: 1_000,
          isKeyed: false,
          permitsAllowed,
          permitsDenied: 0,
          deniedByShare: 0,
          deniedByWorld: 0,
        },
      ],
      sharesOf: () => ({ share: 1, limit: 1 }),
      shortKeysOf: () => [],
    });
  for (const [at, total] of [10, 20, 5].entries()) take(total, START_MS + at * 1_000);
  expect(history.of('a', START_MS, START_MS + 9_000).offered).toBe(25);
});

test('of more limits than are followed, the one that was quiet for longest makes room', () => {
  const history = new ThrottlingHistory();
  const take = (count: number, denied: number, atMs: number) =>
    history.take({
      wallMs: atMs,
      holds: 'whole',
      tallies: Array.from({ length: count }, (_, at) => ({
        name: `limit-${at}`,
        windowMs: 1_000,
        isKeyed: false,
        permitsAllowed: atMs - START_MS + 1,
        permitsDenied: at === 0 ? denied : 0,
        deniedByShare: 0,
        deniedByWorld: 0,
      })),
      sharesOf: () => ({ share: 1, limit: 1 }),
      shortKeysOf: () => [],
    });
  take(LIMITS_FOLLOWED_MAX, 10, START_MS);
  take(LIMITS_FOLLOWED_MAX + 50, 20, START_MS + 1_000);
  const from = (name: string) => history.of(name, START_MS, START_MS + 9_000);
  expect(from('limit-0').denied).toBe(20);
  expect(history.all(START_MS, START_MS + 9_000).map(({ limit }) => limit)).toEqual(['limit-0']);
  expect(from('no-such-limit')).toMatchObject({ offered: 0, episodes: [] });
});

test('a second costs little, however many limits there are', () => {
  const history = new ThrottlingHistory();
  const tallies = Array.from({ length: 10_000 }, (_, at) => ({
    name: `limit-${at}`,
    windowMs: 1_000,
    isKeyed: false,
    permitsAllowed: 0,
    permitsDenied: 0,
    deniedByShare: 0,
    deniedByWorld: 0,
  }));
  let asked = 0;
  const sharesOf = () => {
    asked += 1;
    return { share: 1, limit: 1 };
  };
  for (let at = 0; at < 20; at += 1)
    history.take({ wallMs: START_MS + at * 1_000, holds: 'whole', tallies, sharesOf, shortKeysOf: () => [] });
  expect(asked).toBe(0);
});
