import { createHash } from 'node:crypto';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serve } from '../adapters/http-fixture.ts';
import { eventually } from '../eventually.ts';
import { Cluster, REGIONS } from './cluster.ts';
import { barriersOf, type ConsoleBrowser, overflowOf, startBrowser } from './console-page.ts';

// Three real coordinators under some load, and people who look at the console of us-east while eu-west is lost, and then us-east itself.
// The tests are the chapters of one story.

let cluster: Cluster;
let browser: ConsoleBrowser;
let page: Page;
let load: NodeJS.Timeout;

beforeAll(async () => {
  [cluster, browser] = await Promise.all([
    Cluster.start({
      transport: 'mesh',
      limits: [
        {
          name: 'orders-per-tenant',
          match: { resource: 'orders', dimensions: { tenant: '*' } },
          limit: 200,
          window: '2s',
        },
        { name: 'everything', match: { resource: '*' }, limit: 100_000, window: '10s' },
      ],
    }),
    startBrowser(),
  ]);
  load = setInterval(() => {
    for (const region of REGIONS) void ask(cluster.regions[region].url);
  }, 40);
  page = await browser.open(cluster.regions['us-east'].url);
}, 60_000);

afterAll(async () => {
  clearInterval(load);
  await browser?.stop();
  await cluster?.stop();
});

/** Asks for more than the limit allows in all, so that some is denied. */
async function ask(url: string): Promise<void> {
  const json = { resource: 'orders', dimensions: { tenant: 'acme' }, permits: 3 };
  const init = {
    method: 'POST',
    body: JSON.stringify(json),
    headers: { 'content-type': 'application/json' },
    signal: AbortSignal.timeout(2_000),
  };
  await fetch(`${url}/check`, init)
    .then((answer) => answer.arrayBuffer())
    .catch(() => {});
}

const rowOf = (region: string) => page.locator(`table.links tr[data-region="${region}"]`);

test('the page shows the regions, their links, the limits and what is asked of them', async () => {
  await page.getByText('live', { exact: true }).waitFor();
  expect(page.url()).toBe(`${cluster.regions['us-east'].url}/console/`);
  for (const peer of ['eu-west', 'ap-southeast']) {
    await page.locator(`table.links tr[data-region="${peer}"][data-state="up"]`).waitFor();
    expect(await rowOf(peer).textContent()).toMatch(/\d ms/);
  }
  await page.getByRole('img', { name: /us-east and its links.*eu-west: up, round trip/ }).waitFor();
  await page.getByRole('button', { name: /orders-per-tenant.*200 per 2 s/s }).waitFor();
  await page.getByRole('heading', { name: 'Shares of the hottest key, “acme”' }).waitFor();
  const rates = page.getByRole('img', {
    name: /^Rates of orders-per-tenant: now [\d.]+ permits a second offered/,
  });
  await eventually(async () => /[1-9][\d.]* denied/.test((await rates.getAttribute('aria-label')) ?? ''), {
    withinMs: 10_000,
  });
});

test('a hot key leads to its counters in every region', async () => {
  await page.getByRole('button', { name: 'acme' }).click();
  const regions = page.locator('#panel-key .usage').last().getByRole('listitem');
  await eventually(async () => {
    const texts = await regions.allTextContents();
    return texts.length === 3 && texts.every((text) => /[1-9]\d* of \d+/.test(text));
  });
});

test('it can be asked what would happen, by keyboard, and nothing is spent', async () => {
  await page.getByLabel('Resource').focus();
  await page.keyboard.type('orders');
  await page.keyboard.press('Tab');
  await page.keyboard.type('tenant=nobody');
  await page.keyboard.press('Enter');
  await page.getByText('us-east would admit one permit').waitFor();
  await page.getByLabel('Permits', { exact: true }).fill('250');
  await page.keyboard.press('Enter');
  await page.getByText('us-east would deny 250 permits').waitFor();
  await page.getByRole('button', { name: /^everything/ }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'everything' }).waitFor();
});

test('nothing keeps anybody out, and nothing is cut off, in both themes, on a desk and on a phone', async () => {
  const own = await browser.open(cluster.regions['ap-southeast'].url);
  await own.getByRole('heading', { name: 'Shares of the hottest key, “acme”' }).waitFor();
  // Colours are the same on a phone, so the last one is looked at in one theme.
  for (const [colorScheme, width] of [
    ['light', 1_440],
    ['dark', 1_440],
    ['dark', 390],
  ] as const) {
    await own.setViewportSize({ width, height: 844 });
    await own.emulateMedia({ colorScheme });
    expect([width, colorScheme, await barriersOf(own)]).toEqual([width, colorScheme, []]);
    expect([width, await overflowOf(own)]).toEqual([width, 0]);
  }
  const ground = () => own.evaluate('getComputedStyle(document.documentElement).backgroundColor');
  const dark = await ground();
  await own.getByRole('button', { name: 'Theme: as the system. Change it.' }).click();
  expect(await ground()).not.toBe(dark);
  await own.close();
});

test('a region that is killed is seen to be lost and fenced, and its share to shrink to its floor', async () => {
  await page.getByRole('button', { name: /orders-per-tenant/ }).click();
  await cluster.regions['eu-west'].kill();
  await page.locator('.alerts').getByText('eu-west is not heard').waitFor();
  await page.locator('.happenings').getByText('eu-west is fenced').waitFor();
  await page.locator('table.links tr[data-region="eu-west"][data-state="fenced"]').waitFor();
  await page.getByText('2 of 3').waitFor();
  const share = page.locator('table.region-shares tr[data-region="eu-west"] td').first();
  // Of 200, 35 % are its base, and half of that its floor.
  await eventually(async () => (await share.textContent())?.startsWith('35 '), { withinMs: 8_000 });
  expect(await barriersOf(page)).toEqual([]);
  await page.getByRole('radio', { name: 'Fences' }).check();
  for (const text of await page.locator('.happening').allTextContents()) expect(text).toMatch(/fenced|owns/);
});

test('a node that is gone leaves what it knew, marked with its age, and is live again once it is back', async () => {
  const node = cluster.regions['us-east'];
  await node.kill();
  await page
    .getByRole('alert')
    .getByText(/Everything below is what this node knew \d+ s ago/)
    .waitFor();
  await page
    .locator('#panel-world')
    .getByText(/\d+ s old/)
    .waitFor();
  expect(await rowOf('ap-southeast').count()).toBe(1);
  expect(await barriersOf(page)).toEqual([]);
  node.start('another');
  await page.getByText('live', { exact: true }).waitFor();
  expect(await page.getByRole('alert').count()).toBe(0);
});

test('a node that wants a token asks for it, keeps it for the tab and never shows it in an address', async () => {
  const secret = 'a-token-of-the-reader';
  const hash = `sha256:${createHash('sha256').update(secret).digest('hex')}`;
  const { origin } = await serve({ tokens: [{ name: 'reader', role: 'read', hash }] });
  const own = await browser.open(origin);
  const urls: string[] = [];
  own.on('request', (request) => urls.push(request.url()));
  await own.getByLabel('Token').fill('something else');
  await own.keyboard.press('Enter');
  await own.getByText('Send a token whose hash is among security.tokens').waitFor();
  expect(await barriersOf(own)).toEqual([]);
  await own.getByLabel('Token').fill(secret);
  await own.getByRole('button', { name: 'Use it' }).click();
  await own.getByRole('heading', { name: 'World' }).waitFor();
  await own.reload();
  await own.getByRole('heading', { name: 'World' }).waitFor();
  expect(urls.join()).not.toContain(secret);
  await own.getByRole('button', { name: 'Forget token' }).click();
  await own.getByLabel('Token').waitFor();
  expect(await own.evaluate('Object.values(sessionStorage).concat(Object.values(localStorage)).join()')).toBe(
    '',
  );
});

test('no page asked anybody else for anything, broke its policy or failed', () => {
  expect(browser.complaints).toEqual([]);
});
