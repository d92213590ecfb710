import Type from 'typebox';
import { EPOCH_MS, SNAPSHOT_INTERVAL_MS_MIN, TICK_MS } from '../src/bounds.ts';
import { alerts } from './alerts-schema.ts';
import { showDuration } from './duration.ts';
import { choice, duration, group, integer, list, text, yesNo } from './field.ts';
import { gateway } from './gateway-schema.ts';
import { grpc } from './grpc-schema.ts';
import { http } from './http-schema.ts';
import { host, path, regionName } from './named-fields.ts';
import { quota } from './quota.ts';
import { publicKeys } from './region-keys.ts';
import { security } from './security-schema.ts';
import { store } from './store-schema.ts';
import { telemetry } from './telemetry-schema.ts';
import { transport } from './transport-schema.ts';

/** Most regions in one cluster: votes are about every region by every other, so heartbeats grow with the square. */
const REGIONS_MAX = 32;

const environment = regionName({
  description: 'Keeps clusters apart that share a medium: part of every NATS subject and every frame.',
  default: 'default',
});

const node = group(
  {
    region: regionName({
      description: 'The region that this process coordinates: one of `regions`.',
      flag: '--region',
      whenMissing: 'give it with --region, HEADGATE_NODE_REGION or here',
    }),
    name: Type.Optional(
      text({ description: 'Names this process in its logs.', defaultText: 'the name of the region' }),
    ),
    listen: group(
      {
        host: host({
          description:
            'Where the HTTP interface listens; beyond this machine only with `security.tokens`, or where `security.allowOpen` says that it may.',
          default: '127.0.0.1',
        }),
        port: integer({
          description: 'Port of the HTTP interface; 0 takes any free one.',
          default: 8080,
          from: 0,
          to: 65_535,
        }),
      },
      { description: 'The HTTP interface.' },
    ),
  },
  { description: 'This one process; what differs between nodes is best given by flag or environment.' },
);

const regions = list(
  group(
    {
      name: regionName({
        description: 'Identity of the region in the cluster.',
      }),
      enabled: yesNo({
        description: 'Whether the region is a member; without it the entry is ignored.',
        default: true,
      }),
      stopped: yesNo({
        description:
          'Attests that a region that is not enabled has stopped for good, so that nobody waits for it before its share is given to the others.',
        default: false,
      }),
      quota,
      address: Type.Optional(
        text({
          description: 'Where its peers reach its mesh listener.',
          expects: 'an http or https address without path, such as http://10.0.0.1:8090',
          accepts: isMeshAddress,
        }),
      ),
      publicKeys,
    },
    { description: 'One region.', required: true, later: ['store', 'tls', 'nodes'] },
  ),
  {
    description: 'The regions of the cluster, the same for every node.',
    from: 1,
    to: REGIONS_MAX,
    expects: 'regions, each with name, quota and address',
  },
);

const synchronisation = group(
  {
    deltaInterval: duration({
      description: 'How often changed counters are sent to the other regions.',
      default: '100ms',
      from: showDuration(TICK_MS),
      to: '5s',
    }),
    urgentDeltaInterval: Type.Optional(
      duration({
        description: 'The same for counters that are running out.',
        defaultText: '50ms, or `deltaInterval` where that is shorter',
        from: showDuration(TICK_MS),
        to: '5s',
      }),
    ),
    digestInterval: duration({
      description: 'How often fingerprints are compared, so that what was lost is found.',
      default: '2s',
      from: '500ms',
      to: '60s',
    }),
    fullSnapshotInterval: duration({
      description: 'How often everything is exchanged.',
      default: '60s',
      from: showDuration(SNAPSHOT_INTERVAL_MS_MIN),
      to: '1h',
    }),
  },
  { description: 'How counters travel.', later: ['timeout', 'retries'] },
);

const faultTolerance = group(
  {
    heartbeat: duration({
      description: 'How often each region says that it lives, and how it votes.',
      default: '250ms',
      from: '50ms',
      to: '5s',
    }),
    suspicion: duration({
      description: 'Silence after which a region is suspected; at least twice `heartbeat`.',
      default: '1500ms',
      from: '200ms',
      to: '60s',
    }),
  },
  {
    description: 'When a region counts as lost.',
    later: ['breaker', 'breakerThreshold', 'fallback', 'retries', 'timeout'],
  },
);

const cluster = group(
  {
    lookahead: integer({
      description: 'How far ahead regions vote on who may use what; must be the same in all regions.',
      unit: 'epochs of 1 s',
      default: 3,
      from: 2,
      to: 20,
    }),
    clockSlack: duration({
      description:
        'How far apart the clocks of two lives of a region may be; a restarted region sits out that much longer.',
      default: '2s',
      from: '0s',
      to: '5m',
      step: showDuration(EPOCH_MS),
    }),
  },
  { description: 'Constants of the protocol.', later: ['epoch'] },
);

const durability = group(
  {
    journal: choice(['file', 'none'], {
      description: 'What keeps the books over a crash; with `none` a member that restarts sits out.',
      default: 'file',
    }),
    directory: path('Where the journals are kept, each region in a folder of its own.', 'headgate-data'),
  },
  { description: 'What survives a crash.' },
);

/** The configuration of a deployment: one file for all nodes. Every field's meaning, default and bounds are here and nowhere else. */
export const DEPLOYMENT = group(
  {
    version: Type.Refine(
      Type.Unsafe<1>({
        description: 'Version of this format.',
        expects: '1, the only version there is',
        fileOnly: true,
      }),
      (value) => value === 1,
    ),
    environment,
    node,
    http,
    gateway,
    grpc,
    regions,
    transport,
    synchronisation,
    faultTolerance,
    cluster,
    limitsFile: path('The file of limits.'),
    durability,
    store,
    security,
    telemetry,
    alerts,
  },
  {
    description: 'The configuration of a deployment.',
    required: true,
    later: ['redis', 'roles', 'tls', 'console', 'nodes'],
  },
);

function isMeshAddress(address: string): boolean {
  const url = URL.parse(address);
  return (
    url !== null && /^https?:$/.test(url.protocol) && url.hostname !== '' && url.href === `${url.origin}/`
  );
}
