import type { Gateway, GatewayDimension } from '../src/gateway.ts';
import type { Deployment } from './cross-checks.ts';

type Written = Deployment['gateway'];

/** What a gateway says of the original request, and where. */
type Preset = {
  readonly uriHeaders: readonly string[];
  readonly methodHeader?: string;
  readonly hostHeader: string;
  readonly denyStatus: Gateway['denyStatus'];
  /** Whether it comes with dimensions of its own. */
  readonly dimensions: boolean;
};

const FORWARDED: Preset = {
  uriHeaders: ['x-forwarded-uri'],
  methodHeader: 'x-forwarded-method',
  hostHeader: 'x-forwarded-host',
  denyStatus: 429,
  dimensions: true,
};

const PRESETS: Readonly<Record<Exclude<Written['preset'], 'none'>, Preset>> = {
  // What its manual's examples send, and what the Kubernetes ingress of the same name does. It makes an error of any other denial.
  nginx: {
    ...FORWARDED,
    uriHeaders: ['x-original-uri', 'x-original-url'],
    methodHeader: 'x-original-method',
    denyStatus: 403,
  },
  haproxy: FORWARDED,
  traefik: FORWARDED,
  caddy: FORWARDED,
  // Sends the original method, and the original path behind a prefix.
  'envoy-ext-authz': { uriHeaders: [], hostHeader: 'host', denyStatus: 429, dimensions: true },
  apisix: FORWARDED,
  kong: { ...FORWARDED, uriHeaders: ['x-forwarded-uri', 'x-forwarded-path'] },
  custom: { ...FORWARDED, dimensions: false },
};

/** Settles what the requests of a gateway mean; undefined where none asks. */
export function compileGateway(gateway: Written): Gateway | undefined {
  if (gateway.preset === 'none') return undefined;
  const preset = PRESETS[gateway.preset];
  const { uri, method, host } = gateway.request;
  return {
    denyStatus: (gateway.denyStatus as Gateway['denyStatus'] | undefined) ?? preset.denyStatus,
    uriHeaders: uri === undefined ? preset.uriHeaders : [uri.toLowerCase()],
    pathPrefix: gateway.pathPrefix,
    trustQuery: gateway.trustQuery,
    methodHeader: method?.toLowerCase() ?? preset.methodHeader,
    hostHeader: host?.toLowerCase() ?? preset.hostHeader,
    resource: resourceOf(gateway.resource),
    dimensions: dimensionsOf(gateway, preset),
    trustedProxies: gateway.trustedProxies,
  };
}

function resourceOf({ from, header = '', constant = '' }: Written['resource']): Gateway['resource'] {
  if (from === 'header') return { from, header: header.toLowerCase() };
  return from === 'constant' ? { from, constant } : { from };
}

function dimensionsOf(gateway: Written, preset: Preset): readonly GatewayDimension[] {
  const own = Object.entries(gateway.dimensions).map(
    ([name, { from, header, key, hashed, default: value }]): GatewayDimension => ({
      name,
      from,
      hashed,
      ...(header === undefined ? {} : { header: header.toLowerCase() }),
      ...(key === undefined ? {} : { key }),
      ...(value === undefined ? {} : { default: value }),
    }),
  );
  const given = preset.dimensions ? presetDimensions(gateway.trustedProxies.length > 0) : [];
  return [...given.filter(({ name }) => !own.some((dimension) => dimension.name === name)), ...own];
}

/** Without trusted proxies the only client would be the gateway itself. */
function presetDimensions(knowsClients: boolean): readonly GatewayDimension[] {
  const ip: GatewayDimension = { name: 'ip', from: 'client-address', hashed: false };
  return [
    { name: 'method', from: 'method', hashed: false },
    { name: 'host', from: 'host', hashed: false },
    { name: 'api-key', from: 'header', header: 'x-api-key', hashed: true },
    ...(knowsClients ? [ip] : []),
  ];
}
