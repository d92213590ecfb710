import { expect, test } from 'vitest';
import { ask, serve } from '../adapters/http-fixture.ts';
import { headgate } from './command.ts';

test('report puts the regions that are asked on one page, and those that they know of', async () => {
  const { origin, world } = await serve();
  world.check('us-east', 2, { tenant: 'acme' });
  world.check('us-east', 3, { tenant: 'acme' });
  world.check('us-east', 9_999);
  const { code, stdout, stderr } = await headgate(['report', origin]);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^# Headgate report\n\n2026-01-01 \d\d:\d\d:\d\d UTC\. /);
  expect(stdout).toMatch(/^\| us-east +\| UP +\|/m);
  expect(stdout).toMatch(/^\| eu-west +\| up, as us-east sees it +\| - /m);
  expect(stdout).toMatch(/^\| \*\*all\*\* /m);
  expect(stdout).toMatch(/^\| everything +\| 2 +\| 1 +\| 1 +\| 0 +\| 2 +\| 9,999 +\|$/m);
  expect(stdout).toMatch(/^\| us-east → eu-west +\| up +\| \d+ ms +\|/m);
});

test('report as JSON is what the regions answer, and who does not answer is told', async () => {
  const { origin } = await serve();
  const { code, stdout } = await headgate(['report', '--json', origin, '127.0.0.1:1']);
  expect(code).toBe(6);
  const { body } = await ask(`${origin}/v1/report`);
  expect(JSON.parse(stdout)).toMatchObject([{ url: origin, report: body }, { url: '127.0.0.1:1' }]);
  const page = await headgate(['report', origin, '127.0.0.1:1']);
  expect(page.stdout).toContain('**127.0.0.1:1 does not answer: ');
});
