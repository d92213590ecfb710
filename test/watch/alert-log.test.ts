import { expect, test } from 'vitest';
import type { LimitTally } from '../../src/core/tallies.ts';
import { AlertLog, type AlertNotice } from '../../src/watch/alert-log.ts';
import type { AlertScene } from '../../src/watch/alerts.ts';
import { LimitRates } from '../../src/watch/limit-rates.ts';

const EU = { region: 'eu-west', status: 'up', fenced: false, differs: false } as const;

class Story {
  readonly log = new AlertLog('life');
  readonly notices: AlertNotice[] = [];
  #atMs = 0;

  constructor() {
    this.log.heed((notice) => void this.notices.push(notice));
  }

  seconds(count: number, changes: Partial<AlertScene> = {}): this {
    for (let at = 0; at < count; at += 1) {
      const quiet = { sitting: false, degraded: false, transport: 'ok', configuration: 'ok', limits: [] };
      this.log.take({ ...quiet, atMs: this.#atMs, peers: [EU], ...changes });
      this.#atMs += 1_000;
    }
    return this;
  }

  told(): readonly string[] {
    return this.notices.map(({ state, alert }) => `${alert.id} ${alert.name} ${state}`);
  }
}

test('an alert is told of twice, when it begins and when it is over, and remembered', () => {
  const lost = { peers: [{ ...EU, status: 'suspected' as const }] };
  const story = new Story().seconds(3).seconds(4, lost).seconds(2).seconds(3, lost).seconds(10);
  expect(story.told()).toEqual(['life-1 peer_unreachable firing', 'life-1 peer_unreachable resolved']);
  expect(story.log.list()).toMatchObject([
    { id: 'life-1', region: 'eu-west', sinceMs: 3_000, untilMs: 16_000 },
  ]);
  story.seconds(1, { ...lost, storeTrouble: 'ECONNREFUSED' }).seconds(1, { storeTrouble: 'ECONNREFUSED' });
  expect(story.log.list().map(({ name, untilMs }) => [name, untilMs === undefined])).toEqual([
    ['peer_unreachable', true],
    ['store_lost', true],
    ['peer_unreachable', false],
  ]);
});

test('two peers are two alerts; what is over is forgotten one day', () => {
  const lost = (region: string) => ({ ...EU, region, status: 'suspected' as const });
  const story = new Story();
  for (let at = 0; at < 150; at += 1) story.seconds(1, { peers: [lost('a'), lost('b')] }).seconds(6);
  expect(story.notices).toHaveLength(600);
  expect(story.log.list()).toHaveLength(200);
});

const tally = (changes: Partial<LimitTally>): LimitTally => ({
  name: 'orders',
  windowMs: 1_000,
  isKeyed: false,
  permitsAllowed: 0,
  permitsDenied: 0,
  deniedByShare: 0,
  deniedByWorld: 0,
  nearLimit: 0,
  permitsOver: 0,
  ...changes,
});

test('rates come from what limits came to; a limit that nobody asks about is not looked at', () => {
  const rates = new LimitRates();
  expect(rates.take([tally({ permitsAllowed: 5 }), tally({ name: 'idle' })], 0)).toHaveLength(2);
  expect(
    rates.take(
      [tally({ permitsAllowed: 25, permitsDenied: 10, nearLimit: 4 }), tally({ name: 'idle' })],
      2_000,
    ),
  ).toEqual([{ name: 'orders', rates: { offered: 15, admitted: 10, denied: 5 }, near: 2, over: 0 }]);
});

test('a limit that admitted too much is an alert, also when nobody asks about it any more', () => {
  const rates = new LimitRates();
  const story = new Story();
  const look = (permitsOver: number, at: number) =>
    story.seconds(1, { limits: rates.take([tally({ permitsOver })], at * 1_000) });
  look(0, 0);
  look(0, 1);
  look(7, 2);
  expect(story.told()).toEqual(['life-1 over_admission firing']);
});
