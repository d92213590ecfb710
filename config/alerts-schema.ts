import { choice, group, list, text } from './field.ts';

/** The alerts that there are, by name; those that come with every start, or are only hints, are told of where they are asked for. */
const ALERT_NAMES = [
  'clock_skew',
  'configuration_differs',
  'configuration_trouble',
  'limit_firing',
  'near_limit',
  'over_admission',
  'peer_unheard',
  'peer_unreachable',
  'region_degraded',
  'region_fenced',
  'sitting_out',
  'store_lost',
  'sync_lag',
  'transport_down',
] as const;

const TOLD_BY_DEFAULT: readonly (typeof ALERT_NAMES)[number][] = [
  'clock_skew',
  'configuration_differs',
  'configuration_trouble',
  'limit_firing',
  'over_admission',
  'peer_unreachable',
  'region_fenced',
  'store_lost',
  'transport_down',
];

const webhook = group(
  {
    url: text({
      description: 'Where messages are posted.',
      expects: 'an http or https address of at most 2048 characters, without user and password',
      secret: true,
      accepts: isReceiver,
    }),
    secret: text({
      description: 'Signs every message; the receiver has it too.',
      expects: 'text of 16 to 256 bytes, or whsec_ and base64, best as a variable of the environment',
      secret: true,
      accepts: isSecret,
    }),
    events: list(choice(ALERT_NAMES, { description: 'Name of an alert.' }), {
      description: 'Alerts that it is told of, when they begin and when they are over.',
      default: [...TOLD_BY_DEFAULT],
      from: 1,
      to: ALERT_NAMES.length,
      expects: 'names of alerts',
    }),
  },
  { description: 'One receiver.', required: true },
);

/** Who is told of trouble. */
export const alerts = group(
  {
    webhooks: list(webhook, {
      description:
        'Receivers of alerts, signed as Standard Webhooks has it: peers lost, regions fenced, limits firing, configurations that cannot be read.',
      default: [],
      // Where it is one text, as in a variable, the secrets are in it.
      secret: true,
      from: 0,
      to: 16,
      expects: 'webhooks, each with url, secret and perhaps events',
    }),
  },
  { description: 'Who is told of trouble.' },
);

function isReceiver(address: string): boolean {
  const url = address.length <= 2_048 ? URL.parse(address) : null;
  return url !== null && /^https?:$/.test(url.protocol) && url.hostname !== '' && url.username === '';
}

function isSecret(secret: string): boolean {
  const bytes = Buffer.byteLength(secret);
  if (bytes < 16 || bytes > 256) return false;
  return !secret.startsWith('whsec_') || /^whsec_[A-Za-z0-9+/]{22,}={0,2}$/.test(secret);
}
