import { fileURLToPath } from 'node:url';

/** One region of a preset. */
export type PresetNode = {
  readonly region: string;
  /** Share of every limit, in percent. */
  readonly quota: number;
  readonly port: number;
  readonly meshPort: number;
  /** Where its HTTP interface answers. */
  readonly url: string;
  /** What tells this node from the others, for `headgate serve`. */
  readonly flags: readonly string[];
};

/** A cluster that is ready to be started. */
export type Preset = {
  /** The configuration file's text, the same for every node. */
  readonly configuration: string;
  readonly nodes: readonly PresetNode[];
};

/** What may be chosen about the local cluster. */
export type LocalOptions = {
  /** HTTP interfaces take the ports 1 to 3 above this one, meshes 11 to 13. */
  readonly portBase: number;
  /** The secret of the cluster, 16 bytes at least. */
  readonly key: string;
  readonly transport: 'mesh' | 'nats';
  readonly natsServers?: readonly string[];
  /** An absolute path; the example limits when left out. */
  readonly limitsFile?: string;
};

const HOST = '127.0.0.1';

const REGIONS = [
  { region: 'us-east', quota: 40 },
  { region: 'eu-west', quota: 35 },
  { region: 'ap-southeast', quota: 25 },
] as const;

/** The limits that the local cluster holds when nothing else is said. */
export const EXAMPLE_LIMITS_FILE: string = fileURLToPath(new URL('examples/limits.yaml', import.meta.url));

/** Three regions on this machine, as `headgate dev` starts them. Throws a `RangeError` when ports would not fit above `portBase`. */
export function localPreset(options: LocalOptions): Preset {
  const { portBase } = options;
  if (!Number.isInteger(portBase) || portBase < 0 || portBase + 10 + REGIONS.length > 65_535) {
    throw new RangeError(`no room for the ports above ${portBase}`);
  }
  const nodes = REGIONS.map(({ region, quota }, index) => nodeOf(region, quota, portBase + index + 1));
  return { configuration: configurationOf(options, nodes), nodes };
}

function nodeOf(region: string, quota: number, port: number): PresetNode {
  const meshPort = port + 10;
  const flags = [
    ['--region', region],
    ['--node-listen-port', String(port)],
    ['--transport-mesh-listen-port', String(meshPort)],
  ].flat();
  return { region, quota, port, meshPort, url: `http://${HOST}:${port}`, flags };
}

/** JSON is YAML: quoting texts as JSON keeps whatever is in a path or a key from meaning anything else. */
function configurationOf(options: LocalOptions, nodes: readonly PresetNode[]): string {
  const { key, transport, natsServers, limitsFile = EXAMPLE_LIMITS_FILE } = options;
  const regions = nodes.map(
    ({ region, quota, meshPort }) =>
      `  - { name: ${region}, quota: ${quota}%, address: "http://${HOST}:${meshPort}" }`,
  );
  const nats = natsServers === undefined ? [] : [`  nats: { servers: ${literal(natsServers)} }`];
  return `${[
    '# Three regions on this machine.',
    'version: 1',
    'environment: dev',
    `node: { listen: { host: ${HOST} } }`,
    'http: { drainNotice: 0s }', // nobody is to be told: who stops the cluster wants it stopped
    'regions:',
    ...regions,
    'transport:',
    `  kind: ${transport}`,
    `  key: ${literal(key)}`,
    `  mesh: { listen: { host: ${HOST} } }`,
    ...nats,
    `limitsFile: ${literal(limitsFile)}`,
    'durability: { journal: none }',
  ].join('\n')}\n`;
}

/** A value as YAML that nothing is filled into. (A function, as `$$` in a replacement text would be one `$`.) */
function literal(value: string | readonly string[]): string {
  return JSON.stringify(value).replaceAll('${', () => '$${');
}
