import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { EXIT } from '../../src/cli/exit-codes.ts';

const UNIT = readFileSync('config/systemd/headgate.service', 'utf8');

test('systemd takes the unit', () => {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-systemd-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'headgate.service');
  const verified = (text: string) => {
    // It looks whether the program is there: this one is.
    writeFileSync(file, text.replaceAll('/usr/bin/node', process.execPath));
    return execFileSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8', stdio: 'pipe' });
  };
  expect(verified(UNIT)).toBe('');
  expect(() =>
    verified(UNIT.replace('Type=exec', 'ExecStart=\nType=exec').replace(/^ExecStart=\/.*$/m, '')),
  ).toThrow();
});

test('what starting again does not help is not started again', () => {
  const [, codes = ''] = /^RestartPreventExitStatus=(.+)$/m.exec(UNIT) ?? [];
  expect(codes.split(' ').map(Number)).toEqual([EXIT.usage, EXIT.configuration, EXIT.superseded]);
});

test('a stop is given the time that it takes, and the journal is kept where the program may write', () => {
  expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(UNIT)?.[1])).toBeGreaterThanOrEqual(20);
  expect(UNIT).toContain('StateDirectory=headgate\n');
  expect(UNIT).toContain('HEADGATE_DURABILITY_DIRECTORY=/var/lib/headgate');
});
