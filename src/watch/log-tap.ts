import type { Log } from '../ports.ts';
import { TEXT_CHARS_MAX } from './bounds.ts';
import type { Kind, News, Tone } from './happening.ts';

type Fields = Readonly<Record<string, unknown>>;

type Row = readonly [kind: Kind, tone: Tone, text: (fields: Fields) => string];

/** Lines of the log that operators want to see as they happen, in words. Everything else in the log is for those who read logs. */
const ROWS: Readonly<Record<string, Row>> = {
  peer_suspected: [
    'partition',
    'critical',
    ({ peer, silentMs }) => `${peer} has not been heard for ${seconds(silentMs)}`,
  ],
  peer_up: ['partition', 'good', ({ peer }) => `${peer} is heard, both ways`],
  peer_restarted: ['partition', 'info', ({ peer }) => `${peer} has begun another life`],
  region_fenced: ['fence', 'critical', ({ peer }) => `${peer} is fenced: the others share its leased quota`],
  region_owns_again: ['fence', 'good', ({ peer }) => `${peer} owns its leased quota again`],
  vote_conflict: [
    'fence',
    'critical',
    ({ voter, subject, epoch }) => `${voter} has voted twice about ${subject} in epoch ${epoch}`,
  ],
  sit_out_over: ['coordinator', 'good', () => 'Sitting out is over: this region decides'],
  unknown_member: ['partition', 'warning', ({ peer }) => `${peer} speaks, but is no member`],
  version_learned: ['version', 'info', ({ number, publisher }) => `Version ${number}@${publisher} is known`],
  version_current: [
    'version',
    'good',
    ({ number, publisher }) => `Version ${number}@${publisher} is in force here`,
  ],
  version_refused: ['version', 'critical', ({ publisher }) => `A version of ${publisher} was refused`],
  cluster_not_new: ['coordinator', 'critical', ({ peer }) => `Not new: ${peer} knows an earlier life`],
  configuration_differs: [
    'version',
    'critical',
    ({ peer }) => `${peer} means something else by the same version`,
  ],
  superseded: ['coordinator', 'critical', () => 'A newer process has this name: this one stops'],
  nats_disconnected: ['partition', 'critical', ({ server }) => `The connection to NATS is lost (${server})`],
  nats_connected: ['partition', 'good', ({ server }) => `Connected to NATS (${server})`],
  mesh_peer_lost: ['partition', 'warning', ({ peer }) => `${peer} cannot be reached`],
  mesh_peer_found: ['partition', 'good', ({ peer }) => `${peer} can be reached`],
  mesh_peer_refuses: ['partition', 'critical', ({ peer }) => `${peer} refuses what is sent to it`],
  mesh_peer_accepts: ['partition', 'good', ({ peer }) => `${peer} accepts what is sent to it`],
  journal_failing: ['coordinator', 'critical', () => 'The journal cannot be written'],
  journal_works_again: ['coordinator', 'good', () => 'The journal can be written again'],
  config_reload_failed: [
    'version',
    'critical',
    () => 'The changed files have problems: the last good configuration stays',
  ],
  limits_changed: ['version', 'info', ({ by, from, to }) => `${by} changed the limits: ${from} to ${to}`],
  stopping: ['coordinator', 'warning', () => 'This coordinator is stopping'],
};

/** The same log, which also tells `note` of the lines that operators want to see as they happen. Costs nothing but when it logs. */
export function tapped(log: Log, note: (news: News) => void): Log {
  const tap =
    (level: 'info' | 'warn' | 'error') =>
    (event: string, fields: Fields = {}): void => {
      log[level](event, fields);
      const news = newsOf(event, fields);
      if (news !== undefined) note(news);
    };
  return { info: tap('info'), warn: tap('warn'), error: tap('error') };
}

function newsOf(event: string, fields: Fields): News | undefined {
  const row = Object.hasOwn(ROWS, event) ? ROWS[event] : undefined;
  if (row === undefined) return undefined;
  const [kind, tone, text] = row;
  const { peer } = fields;
  const about = typeof peer === 'string' ? { region: peer } : {};
  return { kind, tone, event, text: text(fields).slice(0, TEXT_CHARS_MAX), ...about };
}

function seconds(milliseconds: unknown): string {
  return typeof milliseconds === 'number' ? `${(milliseconds / 1_000).toFixed(1)} s` : 'a while';
}
