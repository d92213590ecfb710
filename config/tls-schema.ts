import Type from 'typebox';
import { group, isText, text } from './field.ts';
import { path } from './named-fields.ts';

/** What a listener shows to those who connect; `who` says who they are. */
export function listenerTls(who: string) {
  return group(
    {
      certFile: Type.Optional(
        path(
          `Certificate that ${who} are shown, in PEM, with those between it and its authority; with it only TLS is spoken.`,
        ),
      ),
      keyFile: Type.Optional(path('Private key of `certFile`, in PEM.')),
      clientCaFile: Type.Optional(
        path(
          `Certificates of authorities, in PEM: with it ${who} must show a certificate that one of them has signed.`,
        ),
      ),
    },
    { description: 'Encryption. The files are read again when they change, and on SIGHUP.' },
  );
}

/** What regions show to each other: both ends of a connection, the one that listens and the one that asks. */
export const meshTls = group(
  {
    certFile: Type.Optional(
      path(
        'Certificate of this region towards its peers, in PEM; with it regions speak TLS only, and both ends show who they are.',
      ),
    ),
    keyFile: Type.Optional(path('Private key of `certFile`, in PEM.')),
    caFile: Type.Optional(path('Certificates of the authorities that sign those of the regions, in PEM.')),
    identity: text({
      description:
        'The DNS or URI name that the certificate of a region must be for, so that none can speak for another; `spiffe://example.org/headgate/{region}` say.',
      expects: 'a name of 1 to 256 bytes with {region} in it, and perhaps {environment}',
      accepts: (written) => isText(written, 1, 256) && written.includes('{region}') && !written.includes(' '),
      default: '{region}.{environment}.headgate',
    }),
  },
  {
    description:
      'Encryption and identity of the regions. The files are read again when they change, and on SIGHUP.',
  },
);
