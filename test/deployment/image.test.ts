import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Copy, DockerfileParser } from 'dockerfile-ast';
import { expect, test } from 'vitest';
import { SETTINGS } from '../../config/load.ts';

const dockerfile = DockerfileParser.parse(readFileSync('Dockerfile', 'utf8'));
const stages = dockerfile.getFROMs();
const last = dockerfile
  .getInstructions()
  .filter((instruction) => instruction.getRange().start.line > (stages.at(-1)?.getRange().start.line ?? 0));

/** What is copied from the tree, in all stages. */
const copied = dockerfile
  .getCOPYs()
  .filter((copy) => fromOf(copy) === undefined)
  .flatMap((copy) => words(copy).slice(0, -1));

test('the image is built in stages, of images that are named, and every stage that is copied from is one', () => {
  expect(stages).toHaveLength(3);
  for (const stage of stages) expect(stage.getImageTag()).toMatch(/^\d/);
  const names = stages.map((stage) => stage.getBuildStage());
  for (const copy of dockerfile.getCOPYs()) expect([undefined, ...names]).toContain(fromOf(copy));
});

test('what is copied is there, and let in by .dockerignore', () => {
  const ignored = readFileSync('.dockerignore', 'utf8').split('\n');
  expect(copied.length).toBeGreaterThanOrEqual(8);
  for (const path of copied) {
    expect([path, existsSync(path)]).toEqual([path, true]);
    expect(ignored).toContain(`!${path}`);
  }
});

test('nothing in the image imports what is not', () => {
  const sources = copied.filter((path) => !path.includes('.') && path !== 'LICENSE').flatMap(sourcesIn);
  expect(sources.length).toBeGreaterThan(200);
  const missing = sources.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?'(\.{1,2}\/[^']+)'/g)]
      .map(([, path = '']) => join(dirname(file), path))
      .filter(
        (path) => !existsSync(path) || !copied.some((part) => path === part || path.startsWith(`${part}/`)),
      )
      .map((path) => `${file}: ${path}`),
  );
  expect(missing).toEqual([]);
});

test('packages that the sources import are installed without those for development', () => {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
  const sources = copied.filter((path) => !path.includes('.') && path !== 'LICENSE').flatMap(sourcesIn);
  const used = sources.flatMap((file) =>
    [
      ...readFileSync(file, 'utf8').matchAll(
        /^(?:import (?!type)[^;]*?from|\} from|.*\bimport\() ?'([^'.][^']*)'/gm,
      ),
    ]
      .map(([, name = '']) => name)
      .filter((name) => !name.startsWith('node:'))
      .map((name) =>
        name
          .split('/')
          .slice(0, name.startsWith('@') ? 2 : 1)
          .join('/'),
      ),
  );
  expect(used).toContain('fastify');
  const forDevelopment = [...new Set(used)].filter((name) => !(name in manifest.dependencies));
  expect(forDevelopment).toEqual([]);
});

test('it runs as nobody in particular, tells how it is, and keeps its journal on a volume', () => {
  const of = (keyword: string) => last.filter((instruction) => instruction.getKeyword() === keyword);
  expect(of('USER').at(-1)?.getArgumentsContent()).toMatch(/^[1-9]\d+:[1-9]\d+$/);
  const [healthcheck] = of('HEALTHCHECK');
  expect(healthcheck?.getArgumentsContent()).toContain('/health/ready');
  expect(of('VOLUME').at(-1)?.getArgumentsContent()).toBe('/var/lib/headgate');
  expect(of('STOPSIGNAL').at(-1)?.getArgumentsContent()).toBe('SIGTERM');
  expect(of('ENTRYPOINT').at(-1)?.getArgumentsContent()).toBe('["node", "/app/src/main.ts"]');
});

test('every variable that it sets is one', () => {
  const known = new Set([...SETTINGS.map(({ env }) => env), 'HEADGATE_CONFIG', 'NODE_ENV']);
  const set = dockerfile
    .getENVs()
    .flatMap((env) => env.getProperties().map((property) => property.getName()));
  expect(set).toContain('HEADGATE_DURABILITY_DIRECTORY');
  expect(set.filter((name) => !known.has(name))).toEqual([]);
});

function words(copy: Copy): string[] {
  return copy.getArguments().map((argument) => argument.getValue());
}

function fromOf(copy: Copy): string | undefined {
  const flag = copy.getFlags().find((each) => each.getName() === 'from');
  return flag?.getValue() ?? undefined;
}

function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.startsWith('console'))
    .map((path) => join(folder, path));
}
