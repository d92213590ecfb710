import { expect, test } from 'vitest';
import { topText } from '../../src/cli/top-text.ts';
import type { HotKeyView } from '../../src/core/view.ts';
import { serve } from '../adapters/http-fixture.ts';
import { limitSpec } from '../world.ts';
import { headgate } from './command.ts';

const LIMITS = [
  limitSpec({
    name: 'per-tenant',
    dimensions: { tenant: '*' },
    limit: 100,
    windowMs: 60_000,
    shares: 'demand',
  }),
];

function hot(changes: Partial<HotKeyView> = {}): HotKeyView {
  const key = { limit: 'a', key: 'k', demand: 1, refused: 0, remaining: 5, globalRemaining: 9, short: false };
  return { ...key, askedAgoMs: undefined, ...changes };
}

test('top shows the hot keys of all that answer, in one table', async () => {
  const { origin, world } = await serve({ limits: LIMITS });
  for (let again = 0; again < 300; again += 1) world.check('us-east', 1, { tenant: 'acme' });
  world.run(50);
  const { code, stdout, stderr } = await headgate(['top', origin, '127.0.0.1:1']);
  expect([code, stderr]).toEqual([6, '']);
  expect(stdout).toMatch(/^per-tenant +acme +[\d,.]+ +[\d,.]+ +\d+ +us-east [\d,.]+ +us-east$/m);
  expect(stdout).toMatch(/^127\.0\.0\.1:1 does not answer: /m);
});

test('top has everything as JSON, of one limit if asked, and says when nothing is hot', async () => {
  const { origin } = await serve({ limits: LIMITS });
  const json = await headgate(['top', '--json', '--limit', 'per-tenant', '--by', 'denials', origin]);
  expect(JSON.parse(json.stdout)).toEqual([{ url: origin, region: 'us-east', keys: [] }]);
  const none = await headgate(['top', '--once', origin]);
  expect([none.code, none.stdout]).toEqual([0, 'No key is asked for much.\n']);
  const unknown = await headgate(['top', '--limit', 'else', origin]);
  expect([unknown.code, unknown.stdout]).toEqual([6, expect.stringContaining('unknown_limit')]);
  expect((await headgate(['top', '--by', 'else', origin])).code).toBe(2);
});

test('keys are summed over regions and ordered by demand, as many as there is room for', () => {
  const findings = [
    {
      url: 'x',
      region: 'east',
      keys: [hot({ demand: 30, refused: 12, short: true }), hot({ key: '', demand: 20 })],
    },
    {
      url: 'y',
      region: 'west',
      keys: [hot({ demand: 50, globalRemaining: 7 }), hot({ limit: 'b', demand: 99 })],
    },
    { url: 'z', error: 'no answer' },
  ];
  expect(topText(findings, 3).split('\n')).toEqual([
    'LIMIT  KEY  ASKED/S  REFUSED/S  LEFT  BY REGION         SHORT IN',
    'b      k    99       0          9     west 99',
    'a      k    80       12         7     west 50, east 30  east',
    'z does not answer: no answer',
  ]);
  expect(topText(findings, 2, 'denials').split('\n')[1]).toMatch(/^a +k /);
});
