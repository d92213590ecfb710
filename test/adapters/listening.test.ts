import { expect, test } from 'vitest';
import { listening } from '../../src/adapters/system/listening.ts';

const LISTENER = {
  purpose: 'callers',
  host: '127.0.0.1',
  port: 8081,
  setting: 'node.listen',
  flag: '--node-listen',
};

const failing = (code: string) => () => Promise.reject(Object.assign(new Error('listen'), { code }));

test.each([
  ['EADDRINUSE', 'choose another port with node.listen.port (--node-listen-port)'],
  ['EACCES', 'choose one above 1023 with node.listen.port (--node-listen-port)'],
  ['EADDRNOTAVAIL', 'correct node.listen.host (--node-listen-host)'],
  ['ENOTFOUND', 'correct node.listen.host (--node-listen-host)'],
])('%s says what to change', async (code, step) => {
  await expect(listening(LISTENER, failing(code))).rejects.toMatchObject({
    message: expect.stringMatching(`cannot listen for callers on 127\\.0\\.0\\.1:8081 \\(${code}\\)`),
    code,
  });
  await expect(listening(LISTENER, failing(code))).rejects.toThrow(step);
});

test('what a listener resolves with, and failures of other kinds, pass as they are', async () => {
  expect(await listening(LISTENER, async () => 7)).toBe(7);
  await expect(listening(LISTENER, failing('EIO'))).rejects.toThrow(/^listen$/);
  await expect(listening(LISTENER, () => Promise.reject(new TypeError('a defect')))).rejects.toBeInstanceOf(
    TypeError,
  );
});
