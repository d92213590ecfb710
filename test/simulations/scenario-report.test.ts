import { beforeAll, describe, expect, test } from 'vitest';
import type { Fault } from '../../simulations/plan.ts';
import { eventsOf } from '../../simulations/scenario/report/events.ts';
import { labelRows } from '../../simulations/scenario/report/label-rows.ts';
import { reportOf } from '../../simulations/scenario/report/page.ts';
import type { ScenarioRun } from '../../simulations/scenario/run-scenario.ts';
import { play, scenarioOf } from './scenario-files.ts';

const TROUBLED = `title: Trouble & <b>more</b>
about: What "two regions" come to.
regions:
  - { name: east, quota: 40% }
  - { name: middle, quota: 30% }
  - { name: west, quota: 30% }
duration: 30s
warmUp: 5s
limits:
  - { name: orders, match: { resource: orders }, limit: 30, window: 1s }
  - { name: mails, match: { resource: mails, dimensions: { tenant: "*" } }, limit: 10, window: 10s }
load:
  - { resource: orders, perSecond: 60 }
  - { resource: orders, perSecond: 5, from: { west: 1 }, shape: flash, at: 12s, for: 2s, factor: 9 }
  - { resource: mails, perSecond: 5, keys: 3 }
faults:
  - { at: 8s, for: 10s, kind: crash, region: west }
  - { at: 20s, kind: change, limits: { orders: 20 } }
expect:
  - { measure: over-admission, atMost: 0 }
  - { measure: utilisation, atLeast: 1, from: 8s, to: 12s }
`;

const SOURCE = { file: 'plans/my world.yaml', seed: 3, text: TROUBLED };

describe('the report of a run', () => {
  let run: ScenarioRun;
  let html: string;

  beforeAll(async () => {
    run = await play(TROUBLED, SOURCE.seed);
    html = reportOf(run, SOURCE);
  });

  test('needs nothing but itself: no network, no script, no other file', () => {
    expect(html).not.toMatch(/https?:|\/\/[a-z]/i);
    expect(html).not.toMatch(/<(script|link|img|iframe|object|embed|base)\b/i);
    expect(html).not.toMatch(/\s(src|href|xlink:href|srcset|action)=/i);
    expect(html).not.toMatch(/@import|url\((?!#)/i);
    expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  });

  test('shows what was asked for as it was written, whatever it holds', () => {
    expect(html).toContain('<h1>Trouble &#38; &#60;b&#62;more&#60;/b&#62;</h1>');
    expect(html).not.toContain('<b>more');
  });

  test('has a chart for all, one for each region and one for shares, of every limit', () => {
    const titles = [...html.matchAll(/<svg role="img" [^>]*><title [^>]*>([^<]*)<\/title><desc /g)].map(
      ([, title]) => title,
    );
    for (const limit of ['orders', 'mails']) {
      expect(titles).toContain(`${limit}: asked for and admitted, all regions together`);
      for (const region of ['east', 'middle', 'west']) expect(titles).toContain(`${limit} in ${region}`);
      expect(titles).toContain(`${limit}: what each region held of the limit`);
    }
    expect(html.match(/<svg /g)).toHaveLength(titles.length);
  });

  test('every id is there once, and whatever is referred to is there', () => {
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const named = [...html.matchAll(/ aria-labelledby="([^"]+)"/g)].flatMap(([, all]) => all?.split(' '));
    const clipped = [...html.matchAll(/url\(#([^)]+)\)/g)].map(([, id]) => id);
    expect(ids).toEqual(expect.arrayContaining([...named, ...clipped]));
  });

  test('labels every fault in the charts and lists it with its times', () => {
    for (const what of ['west crashes', 'orders: limit 30 → 20', '9 times the load from west']) {
      expect(html.split(`>${what}</text>`).length).toBeGreaterThan(2);
      expect(html).toContain(`<td>${what}</td>`);
    }
    expect(html).toContain('<th scope="row">8 s</th><td>18 s</td><td>west crashes</td>');
  });

  test('draws the limit, and marks the window that was used worst', () => {
    expect(html).toContain('stroke="var(--limit)"');
    const worst = run.figures.worst();
    expect(html).toContain(`worst: ${worst?.admitted} of ${worst?.possible}`);
  });

  test('says which expectations failed, and how to see it again', () => {
    expect(html).toContain('✘ 1 of 2 expectations does not hold.');
    expect(html).toContain('✔ holds');
    expect(html).toContain('✘ fails');
    expect(html).toContain(`headgate simulate 'plans/my world.yaml' --seed 3`.replaceAll("'", '&#39;'));
    expect(html).toContain(`<code>${run.outcome.trace}</code>`);
    expect(html).toContain('perSecond: 60');
  });

  test('has every number of its charts in tables', () => {
    for (const { offered, admitted } of run.figures.regions()) {
      expect(html).toContain(
        `<td>${offered.toLocaleString('en')}</td><td>${admitted.toLocaleString('en')}</td>`,
      );
    }
    expect(html.match(/The numbers, window by window/g)).toHaveLength(2);
  });
});

test('a promise that was broken comes first', async () => {
  const run = await play(TROUBLED);
  const failure = { invariant: '1 the headline', what: '21 of 20', atMs: 4_200, recent: [] };
  const html = reportOf({ ...run, outcome: { ...run.outcome, failure } }, SOURCE);
  expect(html).toContain('✘ A promise was broken after 4.2 s, and the run ended there.');
  expect(html).toContain('Invariant 1 the headline: 21 of 20');
});

describe('what happens is told in words', () => {
  const { plan } = scenarioOf(TROUBLED);
  const once = { atMs: 1_000 };
  const while10s = { ...once, forMs: 10_000 };
  const inWest = { ...while10s, region: 'west' };
  const isolated = [
    ['west', 'east'],
    ['west', 'middle'],
    ['east', 'west'],
    ['middle', 'west'],
  ] as const;
  const configuration = { members: plan.members, limits: plan.limits, retired: [] };
  const faults: (readonly [Fault, string])[] = [
    [{ ...inWest, kind: 'crash', losesDisk: true, clockBackMs: 0 }, 'west crashes and loses its disk'],
    [{ ...once, kind: 'death', region: 'west' }, 'west is gone for good'],
    [{ ...inWest, kind: 'restart' }, 'west restarts'],
    [{ ...inWest, kind: 'pause' }, 'west stands still'],
    [{ ...once, kind: 'twin', region: 'west', aheadMs: 0 }, 'a second west starts'],
    [{ ...inWest, kind: 'disk', mood: 'stalled' }, 'the disk of west is stalled'],
    [{ ...while10s, kind: 'cut', links: isolated, burst: false }, 'west cut off'],
    [{ ...while10s, kind: 'cut', links: [['east', 'west']], burst: false }, 'east → west down'],
    [{ ...while10s, kind: 'clog', links: isolated }, 'links of west clogged'],
    [{ ...while10s, kind: 'flap', links: isolated, periodMs: 1, downPart: 0.5 }, 'links of west on and off'],
    [
      { ...while10s, kind: 'noise', loss: 0.1, duplication: 0, replay: 0 },
      'messages are lost, doubled or late',
    ],
    [{ ...inWest, kind: 'slow', messagesPerSecond: 1 }, 'west reads slowly'],
    [{ ...once, kind: 'step', region: 'west', byMs: -800 }, 'the clock of west jumps 0.8 s back'],
    [{ ...inWest, kind: 'drift', partsPerMillion: 10_000 }, 'the clock of west gains 1 %'],
    [{ ...inWest, kind: 'sway', byMs: 1, periodMs: 1 }, 'the clock of west sways'],
    [{ ...once, kind: 'change', region: 'west', configuration }, 'quotas change'],
  ];

  test.each(faults)('%j', (fault, what) => {
    expect(eventsOf({ ...plan, load: [], faults: [fault] }).map((event) => event.what)).toEqual([what]);
  });

  test('links among all are all links, and who comes and goes is named', () => {
    const regions = plan.members.map(({ region }) => region);
    const links = regions.flatMap((a) => regions.filter((b) => b !== a).map((b) => [a, b] as const));
    const members = [...plan.members.slice(1), { region: 'north', weight: 1 }];
    const events = eventsOf({
      ...plan,
      load: [],
      faults: [
        { ...while10s, kind: 'cut', links, burst: false },
        { ...once, kind: 'change', region: 'west', configuration: { ...configuration, members } },
      ],
    });
    expect(events.map(({ what }) => what)).toEqual(['all links are down', 'north joins, east leaves']);
  });
});

test('labels that would touch each other are put in rows of their own, inside the plot', () => {
  const event = (what: string, atMs: number) => ({ what, kind: 'fault' as const, atMs, untilMs: atMs });
  const placed = labelRows([event('one of them', 0), event('another', 100), event('far away', 9_900)], {
    endMs: 10_000,
    widthPixels: 500,
  });
  expect(placed.map(({ row }) => row)).toEqual([0, 1, 0]);
  expect(placed[2]?.shift).toBeLessThan(0);
});
