import Type from 'typebox';
import { choice, group, integer, isText, list, text, yesNo } from './field.ts';
import { host, path } from './named-fields.ts';
import { acceptedKeys, signingKeyFile } from './region-keys.ts';
import { meshTls } from './tls-schema.ts';

const mesh = group(
  {
    listen: group(
      {
        host: host({
          description: 'Where this node listens for its peers.',
          default: '127.0.0.1',
        }),
        port: integer({ description: 'Port for its peers.', default: 8090, from: 1, to: 65_535 }),
      },
      { description: 'The listener for peers.' },
    ),
    tls: meshTls,
  },
  { description: 'Direct connections between the regions.', later: ['timeout', 'retries'] },
);

const file = (description: string) => Type.Optional(path(description));
const login = (description: string) =>
  Type.Optional(text({ description, expects: 'text of 1 to 1024 bytes', accepts: isSecret, secret: true }));

const nats = group(
  {
    servers: list(
      text({
        description: 'One server.',
        expects: 'host:port or nats://host:port; user and password have their own fields',
        accepts: isNatsServer,
      }),
      {
        description: 'The NATS servers, tried in random order.',
        default: ['nats://127.0.0.1:4222'],
        from: 1,
        to: 32,
        expects: 'servers such as nats://10.0.0.1:4222',
      },
    ),
    user: Type.Optional(text({ description: 'User name, with `password`.' })),
    password: login('Password of `user`.'),
    token: login('Token, instead of `user` and `password`.'),
    credentialsFile: file('A `.creds` file, instead of `user` or `token`; read again for every connection.'),
    nkeySeedFile: file(
      'A file with the seed of an NKey (SU…), instead of `user` or `token`; read again for every connection.',
    ),
    tls: group(
      {
        enabled: yesNo({ description: 'Whether connections must be encrypted.', default: false }),
        caFile: file('Certificates of the authorities to trust, in PEM; without it those of the system.'),
        certFile: file('Certificate of this client, in PEM, with `keyFile`.'),
        keyFile: file('Private key of this client, in PEM, with `certFile`.'),
        handshakeFirst: yesNo({
          description:
            'Whether TLS starts before the server says anything; the server must be set up for it.',
          default: false,
        }),
      },
      { description: 'Encryption towards the NATS servers.' },
    ),
  },
  { description: 'Used when `kind` is nats.' },
);

/** How regions talk to each other. */
export const transport = group(
  {
    kind: choice(['mesh', 'nats'], {
      description: 'How regions talk: `mesh` directly over HTTP, `nats` through NATS servers.',
      default: 'mesh',
    }),
    key: Type.Optional(
      text({
        description: 'The secret of the cluster: every frame between regions is signed with it.',
        expects: 'text of 16 to 1024 bytes',
        accepts: isClusterKey,
        secret: true,
      }),
    ),
    keyFile: file('A file that holds the key, instead of `key`; white space around it is ignored.'),
    acceptedKeys: acceptedKeys(isClusterKey),
    signingKeyFile,
    mesh,
    nats,
  },
  { description: 'How regions talk to each other.' },
);

function isNatsServer(server: string): boolean {
  const url = URL.parse(server.includes('://') ? server : `nats://${server}`);
  return (
    url !== null && url.protocol === 'nats:' && url.hostname !== '' && /^nats:\/\/[^/@?#]+$/.test(url.href)
  );
}

function isSecret(secret: string): boolean {
  return isText(secret, 1, 1_024);
}

/** Whether `key` may be the secret of a cluster: 128 bits at least, so that it is not the weakest part of a signature. */
export function isClusterKey(key: string): boolean {
  return isText(key, 16, 1_024);
}
