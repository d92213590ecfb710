import { expect, test } from 'vitest';
import { SETTINGS } from '../../config/load.ts';
import type { Setting } from '../../config/setting-list.ts';

const INTRODUCTION = `# Settings

Every setting of a coordinator, under each of its names. A flag wins over a variable of the environment, a variable over the
configuration file, the file over the default. Lists are separated by commas in flags and variables; \`regions\` is JSON there.
Variables whose name begins with \`OTEL_\` are those of OpenTelemetry; they count where nothing else says anything, and what they say that is not
expected here is passed over. \`OTEL_SDK_DISABLED=true\` switches tracing off whatever else is said.
In the file, \`\${NAME}\` and \`\${NAME:-default}\` in a value stand for a variable of the environment.
A secret that is given by flag can be seen in the list of processes.

This page is written by its test: \`npx vitest run test/config/settings-reference.test.ts -u\`.

| In the file | Flag and variable | What it is for | Expected | Default |
| --- | --- | --- | --- | --- |
`;

function row({
  path,
  flag,
  env,
  standardEnv,
  description,
  expects,
  default: byDefault,
  secret,
}: Setting): string {
  const names = [flag, env, ...(standardEnv === undefined ? [] : [standardEnv])]
    .map((name) => `\`${name}\``)
    .join(' ');
  const purpose = secret ? `${description} Never shown or logged.` : description;
  return `| \`${path}\` | ${names} | ${purpose} | ${expects} | ${byDefault ?? ''} |\n`.replaceAll(
    '  |',
    ' |',
  );
}

test('the reference lists every setting', async () => {
  const reference = INTRODUCTION + SETTINGS.map(row).join('');
  await expect(reference).toMatchFileSnapshot('../../config/SETTINGS.md');
});

test('every setting says what it is for and what is right, in a sentence', () => {
  for (const { path, description, expects } of SETTINGS) {
    expect(`${path}: ${description}`).toMatch(/: [A-Z].*\.$/);
    expect(`${path}: ${expects}`).toMatch(/: .+/);
  }
});
