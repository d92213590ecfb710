import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfigurationElsewhere, parseLimitsElsewhere } from '../../config/elsewhere.ts';
import { parseLimits } from '../../config/limits-file.ts';
import { loadConfiguration } from '../../config/load.ts';
import { SMALL_DEPLOYMENT, SMALL_LIMITS } from './memory-files.ts';

function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-elsewhere-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return join(folder, 'headgate.yaml');
}

test.each([
  ['right', SMALL_LIMITS],
  ['wrong', SMALL_LIMITS.replace('limit: 10', 'limit: -1')],
])('a configuration that is %s is read elsewhere as it is here', async (_, limits) => {
  const file = folderOf({
    'headgate.yaml': `${SMALL_DEPLOYMENT}environment: ${'$'}{WHERE}\n`,
    'limits.yaml': limits,
  });
  const sources = { file, env: { WHERE: 'staging' }, flags: { 'node.name': 'n1' } };
  const read = await loadConfigurationElsewhere(sources);
  expect(read).toEqual(loadConfiguration(sources));
  expect(Object.isFrozen(read)).toBe(true);
});

test('what cannot be handed over is told, not waited for', async () => {
  const env = { BROKEN: (() => '') as unknown as string };
  await expect(loadConfigurationElsewhere({ file: undefined, env })).rejects.toThrow('could not be cloned');
});

test('of 10,000 limits nothing else is held up for long, against what reading them here would take', async () => {
  const limits = Array.from(
    { length: 10_000 },
    (_, at) => `  - { name: l${at}, match: { resource: r${at} }, limit: 1, window: 1s }\n`,
  );
  const text = `version: 1\nlimits:\n${limits.join('')}`;
  let lastMs = performance.now();
  let longestMs = 0;
  const beat = setInterval(() => {
    longestMs = Math.max(longestMs, performance.now() - lastMs);
    lastMs = performance.now();
  }, 1);
  const read = await parseLimitsElsewhere(text, 'limits.yaml', {});
  clearInterval(beat);
  longestMs = Math.max(longestMs, performance.now() - lastMs);
  const beganMs = performance.now();
  const here = parseLimits(text, 'limits.yaml');
  const hereMs = performance.now() - beganMs;
  expect(read.ok && read.limits.length).toBe(10_000);
  expect(read.ok && here.ok && read.limits[9_999]).toEqual(here.ok && here.limits[9_999]);
  expect(longestMs).toBeLessThan(hereMs / 3);
}, 60_000);
