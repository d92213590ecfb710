import { expect, test } from 'vitest';
import { eventually } from '../eventually.ts';
import { freePort } from '../servers/free-port.ts';
import { headgate, type Running, start, temporaryFiles } from './command.ts';
import { LIMITS } from './configuration.ts';

const KEYS = { 'us-east': 'not-much-of-a-secret', 'eu-west': 'not-the-same-secret' };

test('a region with another cluster key is named by health, the log and the metrics of its peer', async () => {
  const [http, east, west] = [await freePort(), await freePort(), await freePort()];
  const file = (region: keyof typeof KEYS, port: number) => `version: 1
node: { region: ${region}, listen: { port: ${port} } }
regions:
  - { name: us-east, quota: 1, address: "http://127.0.0.1:${east}" }
  - { name: eu-west, quota: 1, address: "http://127.0.0.1:${west}" }
transport: { key: ${KEYS[region]}, mesh: { listen: { port: ${region === 'us-east' ? east : west} } } }
limitsFile: limits.yaml
`;
  const files = temporaryFiles({
    'us-east.yaml': file('us-east', http),
    'eu-west.yaml': file('eu-west', await freePort()),
    'limits.yaml': LIMITS,
  });
  const run = (name: keyof typeof files): Running =>
    start(['serve', '--new-cluster', '--config', files[name]]);
  const [us] = [run('us-east.yaml'), run('eu-west.yaml')];
  const said = await eventually(
    async () => {
      const { code, stdout } = await headgate(['health', '--config', files['us-east.yaml']]);
      return code === 5 && stdout.includes('(signature)') ? stdout : undefined;
    },
    { withinMs: 15_000 },
  );
  expect(said).toMatch(
    /^us-east → eu-west +unheard +it refuses what this region sends \(signature\): the cluster keys differ: give every region the same transport\.key$/m,
  );
  expect(us.stdout()).toMatch(/"mesh_peer_refuses"/);
  const metrics = await (await fetch(`http://127.0.0.1:${http}/metrics`)).text();
  expect(metrics).toMatch(/headgate_sync_errors_total\{peer="eu-west",kind="refused"\} [1-9]/);
  expect(metrics).toMatch(/headgate_sync_errors_total\{peer="",kind="signature"\} [1-9]/);
  expect(us.stdout()).not.toContain(KEYS['us-east']);
}, 40_000);
