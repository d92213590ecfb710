// The import table of ARCHITECTURE.md as rules. scripts/check-imports.ts runs them over every source file.
// "Types only" means that the import disappears when the types are stripped: `import type`. The words of crdt/ (what
// a region id looks like, how many buckets a digest has) may be used as values wherever outside data is checked.

const runtimeRings = '^(crdt|src|transport|config)/';
const leaves = ['^src/invariant\\.ts$', '^src/bounds\\.ts$', '^src/awaitable\\.ts$', '^src/gateway\\.ts$'];
const npmAndNode = { pathNot: '^(node_modules/|(node:)?[a-z_/0-9]+$)' };
const valuesOnly = { dependencyTypesNot: ['type-only'] };

/** A ring may import what `may` lists and nothing else. */
const pureRing = (ring, may) => ({
  name: `${ring}-is-closed`,
  comment: `${ring}/ may import only ${may.join(', ')}`,
  severity: 'error',
  from: { path: `^${ring}/` },
  to: { pathNot: may },
});

/** Files at `from` may import npm packages, Node and what `may` lists; of `types` they may import types. */
const openRing = (name, from, { may, types = [] }) => [
  {
    name: `${name}-imports`,
    comment: `${name} may import npm, node:, ${[...may, ...types].join(', ')}`,
    severity: 'error',
    from: { path: from },
    to: { pathNot: [npmAndNode.pathNot, ...may, ...types] },
  },
  ...(types.length === 0
    ? []
    : [
        {
          name: `${name}-types-only`,
          comment: `${name} may import types, not values, from ${types.join(', ')}`,
          severity: 'error',
          from: { path: from },
          to: { path: types, ...valuesOnly },
        },
      ]),
];

/** One package, one place: what speaks a technology is found by its folder. */
const packageHome = (technology, packages, homes) => ({
  name: `home-of-${technology}`,
  comment: `${packages} is imported in ${homes} only`,
  severity: 'error',
  from: { path: runtimeRings, pathNot: homes },
  to: { path: `^node_modules/(${packages})/` },
});

export default {
  forbidden: [
    pureRing('crdt', ['^crdt/']),
    // The calendar of time zones is as pure as arithmetic: it is given the time.
    pureRing('src/core', ['^src/core/', '^crdt/', '^node_modules/temporal-polyfill/', ...leaves]),
    packageHome('calendar', 'temporal-polyfill', '^src/core/calendar\\.ts$'),
    pureRing('src/region', [
      '^src/region/',
      '^src/core/',
      '^crdt/',
      '^src/ports\\.ts$',
      '^src/errors\\.ts$',
      ...leaves,
    ]),
    // The nodes of one region: driven in virtual time, too.
    pureRing('src/node', [
      '^src/node/',
      '^src/region/',
      '^src/core/',
      '^crdt/',
      '^src/ports\\.ts$',
      '^src/errors\\.ts$',
      ...leaves,
    ]),
    // What is published to run in other people's processes brings nothing with it.
    pureRing('src/client', ['^src/client/']),
    ...openRing('administration', '^src/administration/', {
      may: ['^src/administration/', '^src/core/', '^crdt/', '^src/errors\\.ts$', ...leaves],
      types: ['^src/ports\\.ts$'],
    }),
    ...openRing('access', '^src/access/', {
      may: ['^src/access/', '^src/errors\\.ts$', ...leaves],
      types: ['^src/ports\\.ts$'],
    }),
    ...openRing('watch', '^src/watch/', {
      may: ['^src/watch/', '^src/administration/version-name\\.ts$', ...leaves],
      types: ['^src/core/', '^src/ports\\.ts$'],
    }),
    ...openRing('transport', '^transport/', {
      may: ['^crdt/', '^transport/', '^src/ports\\.ts$', '^src/errors\\.ts$', ...leaves],
      types: ['^src/core/'],
    }),
    {
      name: 'transports-are-strangers',
      comment:
        'nats, mesh and loopback never import each other; what they share is the codec and the subjects',
      severity: 'error',
      from: { path: '^transport/(nats|mesh|loopback)[/.-]' },
      to: { path: '^transport/(nats|mesh|loopback)[/.-]', pathNot: '^transport/$1[/.-]' },
    },
    ...openRing('adapters', '^src/adapters/', {
      may: ['^crdt/', '^src/adapters/', '^src/access/', '^src/ports\\.ts$', '^src/errors\\.ts$', ...leaves],
      types: ['^src/core/', '^src/administration/', '^src/watch/', '^src/node/'],
    }),
    {
      name: 'adapters-are-strangers',
      comment: 'one adapter never imports another: the daemon introduces them',
      severity: 'error',
      from: { path: '^src/adapters/([^/]+)/' },
      to: { path: '^src/adapters/', pathNot: '^src/adapters/$1/' },
    },
    ...openRing('config', '^config/', {
      may: ['^crdt/', '^config/', '^src/access/', '^src/errors\\.ts$', ...leaves],
      types: ['^src/core/'],
    }),
    ...openRing('cli', '^src/cli/', {
      may: [
        '^src/cli/',
        '^config/',
        '^src/daemon\\.ts$',
        '^src/errors\\.ts$',
        '^simulations/(scenario|comparison)/',
        ...leaves,
      ],
      types: ['^src/adapters/http/', '^src/administration/', '^src/core/', '^crdt/', '^src/ports\\.ts$'],
    }),
    // Built by Vite and run by browsers: of the coordinator it knows nothing but the types of what the API answers.
    ...openRing('console', '^src/console/', { may: ['^src/console/'], types: ['^src/watch/', '^src/core/'] }),
    {
      name: 'the-console-is-for-browsers',
      severity: 'error',
      from: { path: runtimeRings, pathNot: '^src/console/' },
      to: { path: '^src/console/' },
    },
    ...openRing('main', '^src/main\\.ts$', { may: ['^src/cli/', '^src/errors\\.ts$'] }),
    ...openRing('simulations', '^simulations/', {
      may: [
        '^simulations/',
        '^crdt/',
        '^src/core/',
        '^src/region/',
        '^src/ports\\.ts$',
        '^src/errors\\.ts$',
        '^transport/codec\\.ts$',
        // Scenarios are read as every other file of ours is, and their limits are written as in a file of limits.
        '^config/',
        ...leaves,
      ],
    }),
    ...openRing('ports', '^src/ports\\.ts$', {
      may: [],
      types: ['^src/core/', '^crdt/', '^src/errors\\.ts$', '^src/awaitable\\.ts$'],
    }),
    {
      name: 'leaves-import-nothing',
      comment: 'errors, bounds, gateway, invariant and awaitable are understood on their own',
      severity: 'error',
      from: { path: '^src/(errors|bounds|gateway|invariant|awaitable)\\.ts$' },
      to: { pathNot: ['^src/(errors|bounds|gateway|invariant|awaitable)\\.ts$'] },
    },
    {
      name: 'no-test-code-in-the-product',
      comment:
        'but for the verb that plays scenarios through: nothing that it loads is loaded by a coordinator',
      severity: 'error',
      from: { path: runtimeRings, pathNot: '^src/cli/simulate\\.ts$' },
      to: { path: '^(test|simulations|scripts)/' },
    },
    packageHome('nats', '@nats-io/[^/]+', '^transport/'),
    packageHome('msgpack', 'msgpackr', '^(transport|src/adapters/journal|src/adapters/redis)/'),
    packageHome('redis', 'ioredis', '^src/adapters/redis/'),
    packageHome('fastify', 'fastify|@fastify/[^/]+', '^src/adapters/'),
    packageHome('telemetry', 'prom-client|pino|pino-pretty', '^src/adapters/'),
    packageHome('tracing', '@opentelemetry/[^/]+', '^src/adapters/tracing/'),
    packageHome('grpc', '@grpc/[^/]+|grpc-health-check', '^src/adapters/grpc/'),
    packageHome('console', 'preact|@preact/[^/]+|eventsource-parser', '^src/console/'),
    packageHome('yaml', 'yaml', '^config/'),
    packageHome('commander', 'commander', '^src/(main\\.ts$|cli/)'),
    {
      name: 'no-circles',
      comment: 'a circle of values has no first file to read; a circle of types is harmless',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'everything-resolves',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'everything-is-declared',
      comment: 'an npm package that package.json does not name is here by accident',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-development-packages-in-the-product',
      severity: 'error',
      // What the console is made of is inside it once it is built.
      from: { path: runtimeRings, pathNot: '^src/console/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: '^node_modules/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      conditionNames: ['import', 'node', 'types', 'default'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.tsx', '.js', '.json', '.d.ts'],
    },
  },
};
