import { expect, test } from 'vitest';
import { ThrottlingHistory } from '../../src/watch/throttling/history.ts';
import { serve } from '../adapters/http-fixture.ts';
import { WORLD_START_MS } from '../world.ts';
import { headgate } from './command.ts';

/** A history in which `everything` met more demand than it allows, ten seconds of it. */
function busy(): ThrottlingHistory {
  const history = new ThrottlingHistory();
  const tally = { name: 'everything', windowMs: 10_000, isKeyed: false, deniedByShare: 0 };
  for (let second = 0; second < 10; second += 1)
    history.take({
      wallMs: WORLD_START_MS + second * 1_000,
      holds: 'whole',
      tallies: [
        {
          ...tally,
          permitsAllowed: 100 * (second + 1),
          permitsDenied: 50 * second,
          deniedByWorld: 50 * second,
        },
      ],
      sharesOf: () => ({ share: 400, limit: 1_000 }),
      shortKeysOf: () => [{ key: '', demand: 150 }],
    });
  return history;
}

test('throttling names the likely cause first, with episodes and keys', async () => {
  const { origin } = await serve({ throttling: busy() });
  const { code, stdout, stderr } = await headgate(['throttling', 'everything', '--url', origin]);
  expect([code, stderr]).toEqual([0, '']);
  const lines = stdout.split('\n');
  expect(lines[0]).toBe('everything in us-east: 450 of 1,450 permits denied (31 %)');
  expect(lines[1]).toMatch(
    /^Likely cause +Demand is above the limit of the whole world, 1000 permits in 10 s/,
  );
  expect(stdout).toMatch(/^Denied +\|.*[▁▂▃▄▅▆▇█].*\|/m);
  expect(stdout).toMatch(/^00:00:01 +9 s +1,350 +450 +0 % +150$/m);
  expect(stdout).toMatch(/^\(one counter\) +150 +9 s +.*us-east 0\/400/m);
});

test('throttling of nothing says so, of one region that is silent too, and all of it is there as JSON', async () => {
  const { origin } = await serve();
  const quiet = await headgate(['throttling', '--url', origin, '127.0.0.1:1', '--since', '5m']);
  expect(quiet.code).toBe(6);
  expect(quiet.stdout).toContain('No limit denied anything in the last 5m.');
  expect(quiet.stdout).toContain('127.0.0.1:1 said nothing of it');
  const unknown = await headgate(['throttling', 'nobody', '--url', origin]);
  expect([unknown.code, unknown.stdout]).toEqual([1, expect.stringContaining('unknown_limit')]);
  const json = await headgate(['throttling', '--json', '--url', origin]);
  expect(JSON.parse(json.stdout)).toMatchObject([{ url: origin, region: 'us-east', limits: [] }]);
});
