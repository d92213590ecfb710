import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { loadLimits } from '../../config/limits-file.ts';
import { envoyCheck } from './gateways-envoy-api.ts';

// The gateways that no Debian package brings are not run here: what can be checked of their files is.

const FOLDER = fileURLToPath(new URL('../../config/gateways/', import.meta.url));

// biome-ignore lint/suspicious/noExplicitAny: files of many shapes, which are what is tested
type Tree = any;

const read = (file: string): Tree => parse(readFileSync(FOLDER + file, 'utf8'));

const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' });

test.each(files.filter((file) => /\.ya?ml$/.test(file)))('%s is YAML without errors', (file) => {
  const documents = parseAllDocuments(readFileSync(FOLDER + file, 'utf8'), { strict: true });
  for (const document of documents) expect([...document.errors, ...document.warnings]).toEqual([]);
});

describe('Envoy', () => {
  const check = envoyCheck();

  test('the check sees what is not right', () => {
    const wrong = { static_resources: { listeners: [{ name: 7, adress: {} }], clusters: [{ type: 'DNS' }] } };
    expect(check('envoy.config.bootstrap.v3.Bootstrap', wrong)).toHaveLength(3);
  });

  test.each(['envoy/ext-authz.yaml', 'envoy/rate-limit.yaml'])('%s is what Envoy defines', (file) => {
    expect(check('envoy.config.bootstrap.v3.Bootstrap', read(file))).toEqual([]);
  });

  test('what the Istio file patches in is what Envoy defines', () => {
    const [cluster, filter, host] = read('istio/rate-limit.yaml').spec.configPatches;
    expect(check('envoy.config.cluster.v3.Cluster', cluster.patch.value)).toEqual([]);
    expect(
      check('envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter', filter.patch.value),
    ).toEqual([]);
    expect(check('envoy.config.route.v3.VirtualHost', host.patch.value)).toEqual([]);
  });

  test('its limits are limits, and every descriptor that the file makes meets one', () => {
    const loaded = loadLimits(`${FOLDER}envoy/limits.yaml`);
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    const { http_filters, route_config } =
      read('envoy/rate-limit.yaml').static_resources.listeners[0].filter_chains[0].filters[0].typed_config;
    const { domain } = http_filters[0].typed_config;
    const descriptors: string[][] = route_config.virtual_hosts[0].routes.flatMap((route: Tree) =>
      route.route.rate_limits.map(({ actions }: Tree) => actions.map(keyOf)),
    );
    expect(descriptors).toHaveLength(3);
    for (const keys of descriptors) {
      const met = loaded.limits.filter(
        (limit) =>
          (limit.domain ?? limit.resource) === domain &&
          Object.keys(limit.dimensions).sort().join() === [...keys].sort().join(),
      );
      expect(met).toHaveLength(1);
    }
  });

  function keyOf({ generic_key, request_headers, remote_address }: Tree): string {
    return (
      generic_key?.descriptor_key ?? request_headers?.descriptor_key ?? (remote_address && 'remote_address')
    );
  }
});

test('Istio: the policy and the filter are of kinds that it knows', () => {
  expect(read('istio/ext-authz.yaml')).toMatchObject({
    kind: 'AuthorizationPolicy',
    spec: { action: 'CUSTOM', provider: { name: 'headgate' } },
  });
  expect(read('istio/rate-limit.yaml').kind).toBe('EnvoyFilter');
});

test('Traefik: the router asks before it passes on', () => {
  const { middlewares, routers, services } = read('traefik/dynamic.yaml').http;
  expect(middlewares.headgate.forwardAuth.address).toMatch(/\/check$/);
  expect(middlewares[routers.api.middlewares[0]]).toBeDefined();
  expect(services[routers.api.service]).toBeDefined();
});

test('APISIX: the file ends as it must, and gives back what clients need', () => {
  expect(readFileSync(`${FOLDER}apisix/apisix.yaml`, 'utf8').endsWith('\n#END\n')).toBe(true);
  const plugin = read('apisix/apisix.yaml').routes[0].plugins['forward-auth'];
  expect(plugin.uri).toMatch(/\/check$/);
  expect(plugin.client_headers).toEqual(expect.arrayContaining(['RateLimit', 'Retry-After']));
});

test('Kong: the function is Lua', () => {
  const [plugin] = read('kong/kong.yml').plugins;
  expect(plugin.name).toBe('pre-function');
  for (const source of plugin.config.access) parseLua(source);
  expect(() => parseLua('if then')).toThrow();
});

test('HAProxy: the script is Lua', () => {
  parseLua(readFileSync(`${FOLDER}haproxy/headgate.lua`, 'utf8'));
});

test('every file says what it needs of Headgate’s configuration', () => {
  const own = /\.(ya?ml|cfg|conf)$|Caddyfile$/;
  for (const file of files.filter((name) => own.test(name) && !name.endsWith('limits.yaml'))) {
    expect(readFileSync(FOLDER + file, 'utf8'), file).toMatch(/# {3}(gateway|grpc): \{ /);
  }
});

/** Throws unless `source` is Lua. */
function parseLua(source: string): void {
  execFileSync('luac5.4', ['-p', '-'], { input: source, stdio: ['pipe', 'ignore', 'pipe'] });
}
