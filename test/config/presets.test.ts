// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these texts are what users write.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type ConfigurationResult, loadConfiguration, SETTINGS } from '../../config/load.ts';
import {
  EXAMPLE_LIMITS_FILE,
  type LocalOptions,
  localPreset,
  type PresetNode,
} from '../../config/presets.ts';
import { memoryFiles, SMALL_LIMITS } from './memory-files.ts';

const options: LocalOptions = { portBase: 8080, key: '0123456789abcdef', transport: 'mesh' };

/** Loads a preset as one of its nodes does, with the flags that it is given. */
function load(configuration: string, node: PresetNode): ConfigurationResult {
  const flags: Record<string, string | undefined> = {};
  for (let at = 0; at < node.flags.length; at += 2) {
    const setting = SETTINGS.find(({ flag }) => flag === node.flags[at]);
    flags[setting?.path ?? 'unknown'] = node.flags[at + 1];
  }
  const examples = readFileSync(EXAMPLE_LIMITS_FILE, 'utf8');
  const files = {
    'dev.yaml': configuration,
    [EXAMPLE_LIMITS_FILE]: examples,
    '/tmp/${a} "b".yaml': SMALL_LIMITS,
  };
  return loadConfiguration({ file: 'dev.yaml', env: {}, flags, readFile: memoryFiles(files) });
}

test('three regions of one machine share 40, 35 and 25', () => {
  const { configuration, nodes } = localPreset(options);
  const loaded = nodes.map((node) => load(configuration, node));
  expect(loaded).toMatchObject(
    [
      { region: 'us-east', port: 8081, meshPort: 8091 },
      { region: 'eu-west', port: 8082, meshPort: 8092 },
      { region: 'ap-southeast', port: 8083, meshPort: 8093 },
    ].map(({ region, port, meshPort }) => ({
      ok: true,
      settings: {
        node: { region, listen: { host: '127.0.0.1', port } },
        transport: { kind: 'mesh', listen: { host: '127.0.0.1', port: meshPort }, peers: [{}, {}] },
        members: [{ weight: 25 }, { weight: 35 }, { weight: 40 }],
        limits: [{ name: 'orders-per-tenant' }, { name: 'logins-per-user' }, { name: 'everything' }],
      },
    })),
  );
  expect(nodes.map((node) => node.url)).toEqual([
    'http://127.0.0.1:8081',
    'http://127.0.0.1:8082',
    'http://127.0.0.1:8083',
  ]);
});

test('nats servers, limits and keys of any spelling are taken as they are', () => {
  const preset = localPreset({
    portBase: 20_000,
    key: '"${HOME}": # 0123456789\'',
    transport: 'nats',
    natsServers: ['nats://127.0.0.1:14222'],
    limitsFile: '/tmp/${a} "b".yaml',
  });
  const [node] = preset.nodes;
  expect(node && load(preset.configuration, node)).toMatchObject({
    ok: true,
    settings: {
      transport: { kind: 'nats', key: '"${HOME}": # 0123456789\'', servers: ['nats://127.0.0.1:14222'] },
      limitsFile: '/tmp/${a} "b".yaml',
      limits: [{ name: 'all' }],
    },
  });
});

test.each([-1, 1.5, 65_523, Number.NaN])('there is no room above %s', (portBase) => {
  expect(() => localPreset({ ...options, portBase })).toThrow(RangeError);
});
