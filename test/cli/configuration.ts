/** A file of limits with one limit on everything. */
export const LIMITS = `version: 1
limits:
  - name: everything
    match: { resource: "*" }
    limit: 100
    window: 10s
`;

export type Written = {
  readonly transport?: 'mesh' | 'nats';
  readonly natsServer?: string;
  readonly meshPort?: number;
  /** Members beside us-east; nobody answers there. */
  readonly others?: readonly string[];
};

/** A configuration whose first region is us-east, with `limits.yaml` beside it. */
export function configuration({
  transport = 'mesh',
  natsServer,
  meshPort = 1,
  others = [],
}: Written = {}): string {
  const regions = ['us-east', ...others].map(
    (name, at) => `  - { name: ${name}, quota: 1, address: "http://127.0.0.1:${meshPort + at}" }`,
  );
  return `version: 1
node: { listen: { port: 0 } }
http: { drainNotice: 0s }
regions:
${regions.join('\n')}
transport:
  kind: ${transport}
  key: not-much-of-a-secret
  mesh: { listen: { port: ${meshPort} } }
${natsServer === undefined ? '' : `  nats: { servers: ["${natsServer}"] }\n`}limitsFile: limits.yaml
`;
}
