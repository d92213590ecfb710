import { isIP } from 'node:net';
import Type from 'typebox';
import { choice, dictionary, group, list, text, yesNo } from './field.ts';

/** The gateways whose requests are understood without further words (api.md §3). */
const GATEWAY_PRESETS = [
  'none',
  'nginx',
  'haproxy',
  'traefik',
  'caddy',
  'envoy-ext-authz',
  'apisix',
  'kong',
  'custom',
] as const;

const DENY_STATUSES: readonly unknown[] = [200, 403, 429, 503];

/** Names of trusted address ranges that need not be written out, as everywhere around Express and Fastify. */
const RANGE_NAMES: readonly string[] = ['loopback', 'linklocal', 'uniquelocal'];

const plainText = 'text of 1 to 256 bytes without control characters';

const headerName = (description: string, defaultText?: string) =>
  Type.Optional(
    text({
      description,
      expects: 'the name of a header field',
      accepts: (name) => /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/.test(name),
      ...(defaultText === undefined ? {} : { defaultText }),
    }),
  );

const denyStatus = Type.Optional(
  Type.Refine(
    Type.Integer({
      description: 'The status of a denial, unless a query that is trusted says otherwise.',
      expects: '200, 403, 429 or 503',
      defaultText: '403 for nginx, 429 for all others',
    }),
    (value) => DENY_STATUSES.includes(value),
  ),
);

const dimension = group(
  {
    from: choice(['header', 'baggage', 'client-address', 'method', 'host'], {
      description: 'Where the value comes from.',
      default: 'header',
    }),
    header: headerName('The header field, where the value comes from one.'),
    key: Type.Optional(
      text({
        description:
          'The key in `baggage`, where the value comes from there. Whoever sends a request can write it: let the gateway set it, or drop what clients send.',
        expects: 'a key of W3C Baggage, such as tenant.id',
        accepts: (key) => /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/.test(key),
      }),
    ),
    hashed: yesNo({
      description:
        'Whether the value is a secret, such as an API key: only its hash counts, is shown and travels to other regions.',
      default: false,
    }),
    default: Type.Optional(
      text({
        description: 'The value of requests that carry none; without it they do not have the dimension.',
        expects: plainText,
      }),
    ),
  },
  { description: 'One dimension.', required: true },
);

/** What requests from a gateway mean: the resource and the dimensions come from what the gateway says of the original request. */
export const gateway = group(
  {
    preset: choice(GATEWAY_PRESETS, {
      description:
        'The gateway that asks: it says which header fields tell of the original request. With `custom` they are named under `request`; with `none` only what body and query ask for counts.',
      default: 'none',
    }),
    denyStatus,
    pathPrefix: text({
      description:
        'For `envoy-ext-authz`: what stands in front of the original path. Everything below it is a request of the gateway, `/check/batch` included unless the prefix is a longer one.',
      expects: '/check, or a path below it without a slash at the end',
      default: '/check',
      accepts: (path) => /^\/check(\/[A-Za-z0-9._~-]+)*$/.test(path) && !/\/\.{1,2}(\/|$)/.test(path),
    }),
    trustQuery: yesNo({
      description:
        'Whether the query of a request to `/check` is the gateway’s own word, so that `d.NAME`, `permits`, `deny_status` and `detail` in it count. Leave it off where the client’s query gets there, as with Caddy’s `forward_auth`; behind `pathPrefix` it never counts.',
      default: false,
    }),
    request: group(
      {
        uri: headerName('The header field with the path and query of the original request.', 'by the preset'),
        method: headerName('The header field with its method.', 'by the preset'),
        host: headerName('The header field with its host.', 'by the preset'),
      },
      { description: 'Where the original request is told of, in place of what the preset says.' },
    ),
    resource: group(
      {
        from: choice(['path', 'method-and-path', 'header', 'constant'], {
          description:
            'What the resource is: the path, such as `/api/orders`; method and path, such as `GET /api/orders`; a header field; or always the same.',
          default: 'path',
        }),
        header: headerName('The header field, with `from: header`.'),
        constant: Type.Optional(
          text({ description: 'The resource, with `from: constant`.', expects: plainText }),
        ),
      },
      { description: 'The resource of a request from the gateway.' },
    ),
    dimensions: dictionary(dimension, {
      description: 'Dimensions by name, beside those of the preset; one of the same name takes its place.',
      default: {},
      to: 16,
      names: text({ description: 'Name of a dimension.', expects: plainText }),
      fileOnly: true,
    }),
    trustedProxies: list(
      text({
        description: 'One address or range.',
        expects: 'an address, a range such as 10.0.0.0/8, or loopback, linklocal or uniquelocal',
        accepts: isRange,
      }),
      {
        description:
          'Whose word on the client’s address counts: the gateway’s address and those of all proxies in front of it. `X-Forwarded-For` is read from its end up to the first address that is not listed.',
        default: [],
        from: 0,
        to: 256,
        expects: 'addresses or ranges such as 10.0.0.0/8',
      },
    ),
  },
  { description: 'What requests of a gateway mean.' },
);

function isRange(range: string): boolean {
  if (RANGE_NAMES.includes(range)) return true;
  const [address = '', bits, ...more] = range.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}
