import { expect, test } from 'vitest';
import type { Configuration } from '../../src/core/version.ts';
import { limitSpec, World } from '../world.ts';
import { administer, memoryStores, OPERATOR, oneLimit } from './administered.ts';

const withLimit = (configuration: Configuration, limit: number): Configuration => ({
  ...configuration,
  limits: [limitSpec({ limit })],
});

async function started() {
  const world = await World.started();
  const stores = memoryStores();
  const file = world.region('us-east').configuration();
  const administration = administer(world, 'us-east', stores, file);
  const permits = () => world.region('us-east').configuration().limits[0]?.limit;
  return { world, stores, file, administration, permits };
}

test('a change by hand stays when the file is only touched, or read by the next process', async () => {
  const { world, stores, file, administration, permits } = await started();
  await administration.change({ kind: 'replace', text: oneLimit(500) }, OPERATOR);
  expect(administration.takeFile(file)).toBe('unchanged');
  expect(permits()).toBe(500);
  expect(administration.fileRemark()).toBe(
    'the limits in force are those of version 1@us-east, not those of the limits file',
  );
  await administration.stop();
  administer(world, 'us-east', stores, file);
  expect(permits()).toBe(500);
});

test('what the file newly says is published, and taken down', async () => {
  const { file, administration, permits } = await started();
  await administration.change({ kind: 'replace', text: oneLimit(500) }, OPERATOR);
  expect(administration.takeFile(withLimit(file, 900))).toBe('published');
  expect(permits()).toBe(900);
  expect(administration.fileRemark()).toBeUndefined();
  await administration.stop();
  expect(administration.audit({ sinceMs: 0, limit: 10 }).entries.at(-1)).toMatchObject({
    action: 'limits-file',
    from: '1@us-east',
    to: '2@us-east',
    outcome: 'changed',
  });
});

test('what the file came to say while nobody looked is published at the next start', async () => {
  const { world, stores, file, administration, permits } = await started();
  await administration.change({ kind: 'replace', text: oneLimit(500) }, OPERATOR);
  await administration.stop();
  administer(world, 'us-east', stores, withLimit(file, 900));
  expect(permits()).toBe(900);
});

test('a new region in the configuration leaves limits alone that were changed by hand', async () => {
  const { world, file, administration, permits } = await started();
  await administration.change({ kind: 'replace', text: oneLimit(500) }, OPERATOR);
  const members = [...file.members, { region: 'sa-east', weight: 10 }];
  expect(administration.takeFile({ ...file, members })).toBe('published');
  expect(permits()).toBe(500);
  expect(world.region('us-east').configuration().members).toHaveLength(4);
});

test('a file that every region reads makes one version where the first one told of it in time', async () => {
  const { world, file, administration } = await started();
  const other = administer(world, 'eu-west', memoryStores(), file);
  administration.takeFile(withLimit(file, 900));
  world.run(5_000);
  expect(other.takeFile(withLimit(file, 900))).toBe('unchanged');
  expect(other.current().version).toBe('1@us-east');
});
