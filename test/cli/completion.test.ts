import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { headgate, temporaryFiles } from './command.ts';

/** What bash would offer after a line that was typed so far. */
async function offered(line: string): Promise<readonly string[]> {
  const { stdout } = await headgate(['completion', 'bash']);
  const files = temporaryFiles({ script: stdout });
  const words = line.split(' ');
  const typed = words.map((word) => `'${word}'`).join(' ');
  const program = `source "$1"; COMP_WORDS=(${typed}); COMP_CWORD=${words.length - 1}; _headgate; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const output = execFileSync('bash', ['-c', program, 'bash', files.script], { encoding: 'utf8' });
  return output.split('\n').filter((word) => word !== '');
}

test.each([
  ['headgate va', ['validate']],
  ['headgate --', ['--help', '--version']],
  ['headgate health --t', ['--timeout']],
  ['headgate health --timeout ', []],
  ['headgate dev --transport ', ['mesh', 'nats']],
  ['headgate dev --transport n', ['nats']],
  ['headgate dev --limits README.', ['README.md']],
  ['headgate validate README.', ['README.md']],
  ['headgate serve --config package.', ['package.json']],
  ['headgate serve --node-listen-p', ['--node-listen-port']],
  ['headgate completion ', ['bash', 'zsh', 'fish']],
])('after %j bash offers %j', async (line, words) => {
  expect(await offered(line)).toEqual(words);
});

test.each(['zsh', 'fish'])(
  'the script for %s knows every verb, its options and their words',
  async (shell) => {
    const { code, stdout } = await headgate(['completion', shell]);
    expect(code).toBe(0);
    for (const part of ['serve', 'dev', 'validate', 'health', 'status', 'explain', 'completion'])
      expect(stdout).toMatch(new RegExp(`^.*\\b${part}\\b`, 'm'));
    for (const part of ['node-listen-port', 'timeout', 'mesh nats', 'run one coordinator'])
      expect(stdout).toContain(part);
  },
);

test('a shell that is not known is refused with those that are', async () => {
  const { code, stderr } = await headgate(['completion', 'tcsh']);
  expect(code).toBe(2);
  expect(stderr).toContain('bash, zsh, fish');
});
