import Type from 'typebox';
import { choice, duration, group, isText, list, text, yesNo } from './field.ts';
import { path } from './named-fields.ts';

const file = (description: string) => Type.Optional(path(description));

const redis = group(
  {
    mode: choice(['single', 'sentinel', 'cluster'], {
      description:
        'What `servers` are: one Redis, sentinels that know which one it is, or some servers of a cluster.',
      default: 'single',
    }),
    servers: list(
      text({ description: 'One server.', expects: 'host:port, such as 10.0.0.1:6379', accepts: isServer }),
      {
        description: 'Where Redis, its sentinels or its cluster are reached.',
        default: ['127.0.0.1:6379'],
        from: 1,
        to: 32,
        expects: 'servers such as 10.0.0.1:6379',
      },
    ),
    master: Type.Optional(
      text({ description: 'What the sentinels call the server; needed for `sentinel`.' }),
    ),
    user: Type.Optional(text({ description: 'User name, where Redis has users.' })),
    password: Type.Optional(
      text({ description: 'Password.', expects: 'text of 1 to 1024 bytes', accepts: isSecret, secret: true }),
    ),
    tls: group(
      {
        enabled: yesNo({ description: 'Whether connections are encrypted.', default: false }),
        caFile: file('Certificates of the authorities to trust, in PEM; without it those of the system.'),
        certFile: file('Certificate of this client, in PEM, with `keyFile`.'),
        keyFile: file('Private key of this client, in PEM, with `certFile`.'),
      },
      { description: 'Encryption towards Redis.' },
    ),
    timeout: duration({
      description: 'How long one command may take before it counts as lost.',
      default: '250ms',
      from: '10ms',
      to: '10s',
    }),
  },
  { description: 'Used when `kind` is redis.' },
);

/** What the nodes of one region share. */
export const store = group(
  {
    kind: choice(['memory', 'redis'], {
      description:
        'What the nodes of a region share: with `memory` a region is one process; with `redis` any number, told apart by `node.name`.',
      default: 'memory',
    }),
    wait: duration({
      description:
        "How long a check waits at the most for permits that another node holds; then each limit's `onError` decides.",
      default: '5ms',
      from: '1ms',
      to: '1s',
    }),
    redis,
  },
  { description: 'Several nodes in one region.' },
);

function isServer(server: string): boolean {
  const url = URL.parse(`redis://${server}`);
  return url !== null && url.hostname !== '' && url.port !== '' && url.host === server.toLowerCase();
}

function isSecret(secret: string): boolean {
  return isText(secret, 1, 1_024);
}
