import Type from 'typebox';
import { group, integer } from './field.ts';
import { host } from './named-fields.ts';
import { listenerTls } from './tls-schema.ts';

/** The gRPC interface, which speaks Envoy's rate limit service. */
export const grpc = group(
  {
    listen: group(
      {
        host: host({
          description:
            'Where the gRPC interface listens; beyond this machine only with `security.tokens`, or where `security.allowOpen` says that it may.',
          default: '127.0.0.1',
        }),
        port: Type.Optional(
          integer({
            description: 'Port of the gRPC interface; 0 takes any free one.',
            defaultText: 'none: nothing is served over gRPC',
            from: 0,
            to: 65_535,
          }),
        ),
      },
      { description: 'Where gateways such as Envoy ask.' },
    ),
    tls: listenerTls('gateways'),
  },
  { description: 'The gRPC interface, which speaks Envoy’s rate limit service.' },
);
