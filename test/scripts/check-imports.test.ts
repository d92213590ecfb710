import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkImports } from '../../scripts/check-imports.ts';

const IMPORT_TABLE = resolve('.dependency-cruiser.mjs');

/** A small tree in the shape of the real one; every case below adds one line to one file of it. */
const TREE: Readonly<Record<string, string>> = {
  'crdt/vote-table.ts': 'export const votes = 1;',
  'src/core/admit.ts': "import { votes } from '../../crdt/vote-table.ts';\nexport const admit = votes;",
  'src/core/step.ts': "import { admit } from './admit.ts';\nexport const step = admit;",
  'src/ports.ts': 'export interface Clock { readonly now: () => number }',
  'src/errors.ts': 'export const errors = 1;',
  'src/bounds.ts': 'export const bounds = 1;',
  'src/region/region.ts': "import { step } from '../core/step.ts';\nexport const region = step;",
  'src/adapters/http/server.ts': "import { fastify } from 'fastify';\nexport const server = fastify;",
  'src/adapters/system/clock.ts': "import process from 'node:process';\nexport const clock = process.hrtime;",
  'src/daemon.ts': "import { server } from './adapters/http/server.ts';\nexport const daemon = server;",
  'src/cli/serve.ts': "import { daemon } from '../daemon.ts';\nexport const serve = daemon;",
  'src/main.ts': "import { serve } from './cli/serve.ts';\nserve();",
  'transport/codec.ts': "import type { Clock } from '../src/ports.ts';\nexport type Codec = Clock;",
  'transport/nats.ts': "import type { Codec } from './codec.ts';\nexport const nats: Codec | 1 = 1;",
  'transport/mesh.ts': "import { errors } from '../src/errors.ts';\nexport const mesh = errors;",
  'config/load.ts': "import { parse } from 'yaml';\nexport const load = parse;",
  'simulations/world.ts': "import { region } from '../src/region/region.ts';\nexport const world = region;",
  'test/step.test.ts': "import { world } from '../simulations/world.ts';\nexport const result = world;",
};

const PACKAGES = ['fastify', 'yaml', 'commander', 'msgpackr', 'pino', '@nats-io/nats-core'];

/** Which file breaks the import table with which line, and the rule that must say so. */
const BREACHES: readonly (readonly [file: string, line: string, rule: string])[] = [
  ['crdt/vote-table.ts', "import '../src/bounds.ts';", 'crdt-is-closed'],
  ['crdt/vote-table.ts', "import 'node:crypto';", 'crdt-is-closed'],
  ['src/core/admit.ts', "import 'yaml';", 'src/core-is-closed'],
  ['src/core/admit.ts', "import type { Clock } from '../ports.ts';", 'src/core-is-closed'],
  ['src/core/admit.ts', "import './step.ts';", 'no-circles'],
  ['src/region/region.ts', "import '../../transport/codec.ts';", 'src/region-is-closed'],
  ['src/region/region.ts', "import '../../config/load.ts';", 'src/region-is-closed'],
  ['transport/nats.ts', "import './mesh.ts';", 'transports-are-strangers'],
  ['transport/nats.ts', "import '../src/region/region.ts';", 'transport-imports'],
  ['transport/codec.ts', "import { step } from '../src/core/step.ts';", 'transport-types-only'],
  ['src/adapters/http/server.ts', "import '../system/clock.ts';", 'adapters-are-strangers'],
  ['src/adapters/http/server.ts', "import '../../region/region.ts';", 'adapters-imports'],
  ['config/load.ts', "import '../transport/mesh.ts';", 'config-imports'],
  ['src/cli/serve.ts', "import '../core/step.ts';", 'cli-types-only'],
  ['src/main.ts', "import './daemon.ts';", 'main-imports'],
  ['src/ports.ts', "import './core/step.ts';", 'ports-types-only'],
  ['src/errors.ts', "import './ports.ts';", 'leaves-import-nothing'],
  ['simulations/world.ts', "import '../transport/mesh.ts';", 'simulations-imports'],
  ['src/daemon.ts', "import '../simulations/world.ts';", 'no-test-code-in-the-product'],
  ['src/daemon.ts', "import '@nats-io/nats-core';", 'home-of-nats'],
  ['src/daemon.ts', "import 'msgpackr';", 'home-of-msgpack'],
  ['src/daemon.ts', "import 'pino';", 'home-of-telemetry'],
  ['src/daemon.ts', "import 'yaml';", 'home-of-yaml'],
  ['src/daemon.ts', "import 'fastify';", 'home-of-fastify'],
  ['src/daemon.ts', "import 'commander';", 'home-of-commander'],
  ['src/daemon.ts', "import './nowhere.ts';", 'everything-resolves'],
  ['src/daemon.ts', "import 'undeclared';", 'everything-is-declared'],
  ['src/daemon.ts', "import 'vitest';", 'no-development-packages-in-the-product'],
];

let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'imports-'));
  for (const [path, text] of Object.entries(TREE)) put(path, text);
  put('tsconfig.json', '{}');
  put(
    'package.json',
    JSON.stringify({
      dependencies: Object.fromEntries(PACKAGES.map((name) => [name, '1.0.0'])),
      devDependencies: { vitest: '1.0.0' },
    }),
  );
  for (const name of [...PACKAGES, 'undeclared', 'vitest']) {
    put(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
    put(`node_modules/${name}/index.js`, '');
  }
});

afterEach(() => rmSync(root, { recursive: true }));

test('a tree that keeps to the import table passes', async () => {
  const report = await checkImports(root, IMPORT_TABLE);
  expect(report.problems).toEqual([]);
  expect(report.modules).toBe(Object.keys(TREE).length);
});

test.each(BREACHES)('%s with "%s" breaks %s', async (file, line, rule) => {
  put(file, `${line}\n${TREE[file]}`);
  const report = await checkImports(root, IMPORT_TABLE);
  expect(report.problems.filter((problem) => problem.startsWith(`${file} → `)).join('\n')).toContain(rule);
});

test('a file that the tool does not read is a problem, not a pass', async () => {
  put('src/core/unread.ts', '');
  const blind = join(root, 'blind.mjs');
  writeFileSync(blind, "export default { forbidden: [], options: { exclude: 'unread' } };");
  const report = await checkImports(root, blind);
  expect(report.problems).toEqual(['src/core/unread.ts: not seen by dependency-cruiser']);
});

test('a tree without its core is a problem, not a pass', async () => {
  rmSync(join(root, 'crdt'), { recursive: true });
  const report = await checkImports(root, IMPORT_TABLE);
  expect(report.problems).toEqual(['no TypeScript files in crdt/']);
});

function put(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), `${text}\n`);
}
