import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

type Locked = { readonly hasInstallScript?: boolean; readonly integrity?: string; readonly link?: boolean };

function read<Content>(name: string): Content {
  return JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')) as Content;
}

const { packages } = read<{ packages: Readonly<Record<string, Locked>> }>('package-lock.json');
const { allowScripts } = read<{ allowScripts: Readonly<Record<string, boolean>> }>('package.json');

const nameOf = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

test('a package that wants to run a script when it is installed is allowed or forbidden by name, and no other is named', () => {
  const wanting = Object.entries(packages).flatMap(([path, { hasInstallScript }]) =>
    hasInstallScript === true ? [nameOf(path)] : [],
  );
  expect([...new Set(wanting)].sort()).toEqual(Object.keys(allowScripts).sort());
});

test('every package is installed only if it is what was locked', () => {
  const unsealed = Object.entries(packages).filter(
    ([path, { integrity, link }]) =>
      path.includes('node_modules/') && link !== true && !/^sha512-/.test(integrity ?? ''),
  );
  expect(unsealed).toEqual([]);
});
