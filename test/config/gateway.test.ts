import { expect, test } from 'vitest';
import type { HttpSettings } from '../../config/settings.ts';
import type { Gateway } from '../../src/gateway.ts';
import { loadText, problemLines, SMALL_DEPLOYMENT } from './memory-files.ts';

function load(sections: string, flags: Readonly<Record<string, string>> = {}) {
  return loadText(SMALL_DEPLOYMENT + sections, { flags });
}

function settings(sections: string, flags: Readonly<Record<string, string>> = {}) {
  const result = load(sections, flags);
  if (!result.ok) throw new Error(problemLines(result).join('\n'));
  return result.settings;
}

test('without a word no gateway asks, headers are those of the newest draft, and balancers get three seconds', () => {
  const { gateway, http } = settings('');
  expect(gateway).toBeUndefined();
  expect(http).toEqual({ headers: 'draft-11', drainNoticeMs: 3_000 } satisfies HttpSettings);
});

test('both can be said in the file, and by flag for one node', () => {
  const file = 'http: { headers: x-ratelimit, drainNotice: 0s }\n';
  expect(settings(file).http).toEqual({ headers: 'x-ratelimit', drainNoticeMs: 0 });
  const flags = { 'http.headers': 'none', 'http.drainNotice': '10s', 'gateway.preset': 'nginx' };
  expect(settings(file, flags)).toMatchObject({
    http: { headers: 'none', drainNoticeMs: 10_000 },
    gateway: { denyStatus: 403 },
  });
});

test('a preset says where everything is', () => {
  expect(settings('gateway: { preset: traefik, trustedProxies: [10.0.0.0/8, loopback] }').gateway).toEqual({
    denyStatus: 429,
    uriHeaders: ['x-forwarded-uri'],
    pathPrefix: '/check',
    trustQuery: false,
    methodHeader: 'x-forwarded-method',
    hostHeader: 'x-forwarded-host',
    resource: { from: 'path' },
    dimensions: [
      { name: 'method', from: 'method', hashed: false },
      { name: 'host', from: 'host', hashed: false },
      { name: 'api-key', from: 'header', header: 'x-api-key', hashed: true },
      { name: 'ip', from: 'client-address', hashed: false },
    ],
    trustedProxies: ['10.0.0.0/8', 'loopback'],
  } satisfies Gateway);
});

test('what is said takes the place of what the preset says', () => {
  const gateway = `gateway:
  preset: nginx
  denyStatus: 429
  request: { uri: X-My-Uri, host: X-My-Host }
  resource: { from: header, header: X-Route }
  dimensions:
    api-key: { header: Authorization, hashed: true }
    tenant: { header: X-Tenant, default: nobody }
    team: { from: baggage, key: team.id }
`;
  expect(settings(gateway).gateway).toMatchObject({
    denyStatus: 429,
    uriHeaders: ['x-my-uri'],
    methodHeader: 'x-original-method',
    hostHeader: 'x-my-host',
    resource: { from: 'header', header: 'x-route' },
    dimensions: [
      { name: 'method' },
      { name: 'host' },
      { name: 'api-key', header: 'authorization' },
      { name: 'tenant', header: 'x-tenant', default: 'nobody' },
      { name: 'team', from: 'baggage', key: 'team.id' },
    ],
  });
});

test.each([
  ['preset: ngnix', 'gateway.preset: got "ngnix"'],
  ['preset: nginx, denyStatus: 418', 'gateway.denyStatus: got 418; expected 200, 403, 429 or 503'],
  ['preset: nginx, trustedProxies: [10.0.0.0/33]', 'gateway.trustedProxies[0]: got "10.0.0.0/33"'],
  ['preset: nginx, trustedProxies: [localhost]', 'gateway.trustedProxies[0]: got "localhost"'],
  ['preset: nginx, request: { uri: "X Uri" }', 'gateway.request.uri: got "X Uri"'],
  ['preset: envoy-ext-authz, pathPrefix: /checks', 'gateway.pathPrefix: got "/checks"'],
  ['preset: envoy-ext-authz, pathPrefix: /check/', 'gateway.pathPrefix: got "/check/"'],
  ['preset: envoy-ext-authz, pathPrefix: /check/..', 'gateway.pathPrefix: got "/check/.."'],
  ['preset: traefik, pathPrefix: /check/a', 'gateway.pathPrefix: has no effect'],
  ['preset: nginx, resource: { from: header }', 'gateway.resource.header: is missing'],
  ['preset: nginx, resource: { constant: a }', 'gateway.resource.constant: has no effect, as from is path'],
  ['preset: nginx, dimensions: { a: {} }', 'gateway.dimensions.a.header: is missing'],
  [
    'preset: nginx, dimensions: { a: { from: host, header: X } }',
    'gateway.dimensions.a.header: has no effect',
  ],
  [
    'preset: nginx, dimensions: { a: { from: client-address } }',
    'gateway.dimensions.a.from: nobody is trusted',
  ],
  ['preset: nginx, dimensions: { a: { from: baggage } }', 'gateway.dimensions.a.key: is missing'],
  [
    'preset: nginx, dimensions: { a: { header: X, key: b } }',
    'gateway.dimensions.a.key: has no effect, as from is header',
  ],
  [
    'preset: nginx, dimensions: { a: { from: baggage, key: "a b" } }',
    'gateway.dimensions.a.key: got "a b"; expected a key of W3C Baggage',
  ],
  ['preset: nginx, dimensions: { __proto__: { header: X } }', 'the name __proto__ is not allowed'],
  ['trustedProxies: [loopback]', 'gateway.trustedProxies: has no effect, as the preset is none'],
  ['denyStatus: 403', 'gateway.denyStatus: has no effect, as the preset is none'],
  ['resource: { from: constant }', 'gateway.resource: has no effect, as the preset is none'],
  ['dimensions: { a: { header: X } }', 'gateway.dimensions: has no effect, as the preset is none'],
])('{ %s } is refused: %s', (section, problem) => {
  const lines = problemLines(load(`gateway: { ${section} }\n`));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(problem);
});

test.each([
  ['headers: draft-7', 'http.headers: got "draft-7"; expected draft-11, draft-06, x-ratelimit or none'],
  ['drainNotice: 3', 'http.drainNotice: got 3'],
  ['drainNotice: 10m', 'http.drainNotice: got "10m"'],
])('http: { %s } is refused: %s', (section, problem) => {
  expect(problemLines(load(`http: { ${section} }\n`))[0]).toContain(problem);
});
