import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadText, problemLines, SMALL_DEPLOYMENT } from './memory-files.ts';

const URL_OF = 'https://hooks.example/services/T000';
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

const load = (webhook: string) =>
  loadText(`${SMALL_DEPLOYMENT}alerts: { webhooks: [{ ${webhook} }] }\n`, { env: { HOOK: SECRET } });

test('a webhook is told of what matters unless it says of what', () => {
  const result = load(`url: "${URL_OF}", secret: "\${HOOK}"`);
  expect(problemLines(result)).toEqual([]);
  if (!result.ok) return;
  const [webhook] = result.settings.webhooks;
  expect(webhook).toMatchObject({ url: URL_OF, secret: SECRET });
  expect(webhook?.events).toContain('peer_unreachable');
  expect(webhook?.events).not.toContain('near_limit');
});

test('the alerts that can be asked for are those that there are', () => {
  const source = readFileSync(new URL('../../src/watch/alerts.ts', import.meta.url), 'utf8');
  const names = [...source.matchAll(/(?:critical|warning)\(\s*'([a-z_]+)'/g)].map(([, name]) => name ?? '');
  expect(names.length).toBeGreaterThan(10);
  const result = load(`url: "${URL_OF}", secret: "${SECRET}", events: [${names.join(', ')}]`);
  expect(problemLines(result)).toEqual([]);
  const [line = ''] = problemLines(load(`url: "${URL_OF}", secret: "${SECRET}", events: [none]`));
  const [, list = ''] = /expected (.*)/.exec(line) ?? [];
  expect(list.split(/, | or /).toSorted()).toEqual([...new Set(names)].toSorted());
});

test.each([
  [
    'url: "ftp://x/y", secret: "0123456789abcdef"',
    'alerts.webhooks[0].url: got (hidden); expected an http or',
  ],
  ['url: "http://u:p@x/y", secret: "0123456789abcdef"', 'alerts.webhooks[0].url: got (hidden)'],
  [`url: "${URL_OF}", secret: short`, 'alerts.webhooks[0].secret: got (hidden); expected text of 16 to 256'],
  [`url: "${URL_OF}", secret: "whsec_not base64 at all"`, 'alerts.webhooks[0].secret: got (hidden)'],
  [`url: "${URL_OF}"`, 'alerts.webhooks[0].secret: is missing'],
])('{ %s } is refused: %s', (webhook, problem) => {
  const lines = problemLines(load(webhook));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(problem);
});
