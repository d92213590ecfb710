import { createHash, generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { loadConfiguration, SETTINGS } from '../../config/load.ts';
import { formatProblems } from '../../config/problem.ts';
import { eventually } from '../eventually.ts';
import { freePort } from '../servers/free-port.ts';
import { startNatsServer } from '../servers/nats-server.ts';
import { headgate, start, temporaryFiles } from './command.ts';
import { LIMITS } from './configuration.ts';

const WITHIN = { withinMs: 15_000, everyMs: 50 };

/** What no output may hold: every secret begins so. */
const CANARY = 'canary-4f1c';
const canary = (name: string) => `${CANARY}-${name}-0123456789abcdef`;
const TOKEN = canary('token');
const HASH = createHash('sha256').update(TOKEN).digest('hex');

/** Those that are secrets, and those that hold some. */
const SECRET_SETTINGS = SETTINGS.filter(({ secret, path }) => secret || path === 'security.tokens');

test('settings that hold secrets are known to be secret', () => {
  const paths = SECRET_SETTINGS.map(({ path }) => path);
  expect(paths).toEqual(
    expect.arrayContaining([
      'transport.key',
      'transport.acceptedKeys',
      'transport.nats.password',
      'transport.nats.token',
    ]),
  );
  const suspicious = SETTINGS.filter(({ path }) => /(key|keys|password|token|secret)$/i.test(path));
  expect(suspicious.filter(({ secret }) => !secret).map(({ path }) => path)).toEqual([]);
});

test.each(SECRET_SETTINGS)(
  'a value of $path that is wrong is not repeated, whatever is wrong with it',
  ({ env, path }) => {
    for (const wrong of [
      CANARY,
      `${CANARY}\u0000`,
      `[${CANARY}]`,
      `{a: ${CANARY}`,
      CANARY.repeat(500),
      `"${CANARY}`,
    ]) {
      const asVariable = loadConfiguration({ file: undefined, env: { [env]: wrong } });
      const asFlag = loadConfiguration({ file: undefined, env: {}, flags: { [path]: wrong } });
      for (const result of [asVariable, asFlag])
        expect(result.ok ? '' : formatProblems(result.problems)).not.toContain(CANARY);
    }
  },
);

/** A configuration whose secrets all hold the canary, as far as they go together. */
function configuration(natsUrl: string, meshPort: number, kind: 'mesh' | 'nats'): string {
  return `version: 1
node: { region: east, listen: { port: 0 } }
regions:
  - { name: east, quota: 1, address: "http://127.0.0.1:${meshPort}" }
  - { name: west, quota: 1, address: "http://127.0.0.1:1" }
http: { drainNotice: 0s }
transport:
  kind: ${kind}
  key: ${canary('key')}
  acceptedKeys: ["${canary('accepted')}"]
  signingKeyFile: signing.key
  mesh: { listen: { port: ${meshPort} } }
  nats: { servers: ["${natsUrl}"], user: headgate, password: "${canary('password')}" }
durability: { journal: none }
limitsFile: limits.yaml
security: { tokens: [{ name: ops, role: admin, hash: "sha256:${HASH}" }] }
telemetry: { logLevel: trace }
`;
}

test.each(['mesh', 'nats'] as const)(
  'no secret is told over %s: not in logs, answers, metrics, problems or what the command prints',
  async (kind) => {
    // A server that does not let it in makes it complain of its login.
    const nats = await startNatsServer(undefined, ['--user', 'headgate', '--pass', 'another']);
    const signing = generateKeyPairSync('ed25519')
      .privateKey.export({ format: 'pem', type: 'pkcs8' })
      .toString();
    const text = configuration(nats.url, await freePort(), kind);
    const files = temporaryFiles({ 'headgate.yaml': text, 'limits.yaml': LIMITS, 'signing.key': signing });
    const running = start(['serve', '--config', files['headgate.yaml'], '--new-cluster']);
    const started = await eventually(() => /"http":"([^"]+)"/.exec(running.stdout()), WITHIN);
    const origin = `http://${started[1]}`;
    const told: string[] = [];
    const hear = async (path: string, init: RequestInit = {}) => {
      const response = await fetch(origin + path, init);
      told.push(JSON.stringify([...response.headers]), await response.text());
    };
    const document = (await (await fetch(`${origin}/openapi.json`)).json()) as { readonly paths: object };
    const paths = Object.keys(document.paths).map((path) => path.replaceAll(/\{\w+\}/g, 'everything'));
    const signal = () => AbortSignal.timeout(2_000);
    for (const authorization of [`Bearer ${TOKEN}`, `Bearer ${TOKEN}x`, `Basic ${TOKEN}`, undefined])
      for (const path of ['/docs', '/metrics', '/openapi.json', `/${'x'.repeat(9_000)}`, ...paths]) {
        if (path.includes('drain') || path.includes('events')) continue;
        const headers = authorization === undefined ? {} : { authorization };
        await hear(path, { headers, signal: signal() });
        await hear(path, { method: 'POST', headers, body: '{"no":', signal: signal() }).catch(
          () => undefined,
        );
      }
    await eventually(() => running.stdout().includes('caller_refused'), WITHIN);
    const env = { HEADGATE_TOKEN: TOKEN };
    for (const verb of [['health'], ['status'], ['report'], ['limits', 'list', '--url']]) {
      const { stdout, stderr } = await headgate([...verb, origin], { env });
      told.push(stdout, stderr);
    }
    const spoilt = temporaryFiles({
      'headgate.yaml': `${text}nonsense: true\n`,
      'limits.yaml': LIMITS,
      'signing.key': signing.slice(0, 60),
    });
    const validated = await headgate(['validate', spoilt['headgate.yaml']]);
    running.process.kill('SIGTERM');
    const { stdout, stderr } = await running.ended;
    await nats.stop();
    const all = [...told, stdout, stderr, validated.stdout, validated.stderr].join('\n');
    expect(validated.stderr + validated.stdout).toContain('nonsense');
    expect(all).toContain('headgate_callers_refused_total');
    for (const secret of [CANARY, HASH, 'PRIVATE KEY', signing.split('\n')[1] ?? signing])
      expect(all.includes(secret) && secret).toBe(false);
  },
  60_000,
);
