import { choice, group, list, text, yesNo } from './field.ts';

/** A SHA-256 as it stands in a configuration. */
const HASH = /^sha256:[0-9a-f]{64}$/;

/** Most tokens at one time: each request that carries one is compared with all of them. */
const TOKENS_MAX = 256;

const token = group(
  {
    name: text({
      description: 'Names the token’s holder in the audit log.',
      expects: 'a name of 1 to 64 letters, digits, dots, hyphens and underscores',
      accepts: (written) => /^[A-Za-z0-9._-]{1,64}$/.test(written),
    }),
    role: choice(['check', 'read', 'admin'], {
      description:
        'What it may be used for: decisions, or looking at state; `admin` for all and for changes.',
    }),
    // Tokens are drawn at random, so that guessing is hopeless however fast the hash is; a slow one would let anybody keep the
    // processor busy that decides.
    hash: text({
      description: 'The SHA-256 of the token, which itself stands nowhere.',
      expects: 'sha256: and 64 hexadecimal digits in lower case, as `headgate limits new-token` prints it',
      secret: true,
      accepts: (written) => HASH.test(written),
    }),
  },
  { description: 'One bearer token.', required: true },
);

/** Who may ask for what. */
export const security = group(
  {
    tokens: list(token, {
      description:
        'Bearer tokens of the HTTP and gRPC interfaces, exchanged while running; with none, decisions and state are open, and changes are made from this machine only.',
      default: [],
      from: 0,
      to: TOKENS_MAX,
      expects: 'tokens, each with name, role and hash',
    }),
    allowOpen: yesNo({
      description:
        'Whether interfaces may listen beyond this machine though nothing tells who asks: no `tokens`, and no certificates that clients must show. For where a network lets only those in who may ask.',
      default: false,
    }),
  },
  { description: 'Who may ask for what.', later: ['roles', 'tls'] },
);
