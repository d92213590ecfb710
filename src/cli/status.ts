import type { Command } from 'commander';
import type { Health } from '../adapters/http/health-routes.ts';
import {
  askHealth,
  askLimits,
  askRegions,
  type LimitEntry,
  type LimitsAnswer,
  type RegionsAnswer,
} from './answers.ts';
import { EXIT } from './exit-codes.ts';
import { shownAmount, shownCount, shownMode, shownMs, shownShare } from './figures.ts';
import { painted } from './paint.ts';
import { alignedTable } from './table.ts';
import { addTargetOptions, findTargets, TARGETS_HELP, type TargetOptions } from './targets.ts';

/** Everything that one coordinator said of itself, or why it did not. */
type Finding = { readonly url: string } & (
  | { readonly health: Health; readonly regions: RegionsAnswer; readonly limits: LimitsAnswer['limits'] }
  | { readonly error: string }
);

type Known = Extract<Finding, { readonly health: Health }>;

type Options = TargetOptions & { readonly json?: boolean };

/** `headgate status`: what the coordinators hold and what goes between them, in a few lines. */
export function define(command: Command): void {
  command.argument('[url...]', 'where the coordinators answer');
  addTargetOptions(command)
    .option('--json', 'print the result as JSON')
    .addHelpText('after', TARGETS_HELP)
    .addHelpText('after', '\nExit codes: 0 all answered, 6 one did not.')
    .addHelpText('after', '\nExample:\n  headgate status http://127.0.0.1:8081 http://127.0.0.1:8082')
    .action(async (urls: readonly string[], options: Options) => {
      process.exitCode = await status(urls, options);
    });
}

async function status(urls: readonly string[], options: Options): Promise<number> {
  const targets = await findTargets(urls, options);
  if (!targets.ok) {
    process.stderr.write(targets.text);
    return targets.code;
  }
  const findings = await Promise.all(targets.urls.map((url) => look(url, options.timeout * 1_000)));
  const text = options.json === true ? JSON.stringify(findings, null, 2) : painted(textOf(findings));
  process.stdout.write(`${text}\n`);
  return findings.some((finding) => 'error' in finding) ? EXIT.down : EXIT.ok;
}

async function look(url: string, timeoutMs: number): Promise<Finding> {
  const place = { url, timeoutMs };
  const [health, regions, limits] = await Promise.all([
    askHealth(place),
    askRegions(place),
    askLimits(place),
  ]);
  if (!health.ok) return { url, error: health.error };
  if (!regions.ok) return { url, error: regions.error };
  if (!limits.ok) return { url, error: limits.error };
  return { url, health: health.body, regions: regions.body, limits: limits.body.limits };
}

function textOf(findings: readonly Finding[]): string {
  const known = findings.filter((finding) => 'health' in finding);
  const tables = [nodesTable(findings), linksTable(known), limitsTable(known)];
  return tables.filter((table) => table !== '').join('\n\n');
}

function nodesTable(findings: readonly Finding[]): string {
  const rows = findings.map((finding) => {
    if ('error' in finding) return ['?', 'DOWN', '', '', '', '', finding.url, finding.error];
    const { health, regions, url } = finding;
    const own = regions.regions.find(({ self }) => self);
    return [
      health.region,
      health.status,
      shownShare(own?.share ?? 0),
      own?.owns === true ? 'whole' : 'floor',
      String(regions.version[0]),
      String(regions.epoch),
      url,
      health.checks.decisions === 'ok' ? '' : health.checks.decisions.replace('_', ' '),
    ];
  });
  const heading = ['REGION', 'STATUS', 'SHARE', 'HOLDS', 'VERSION', 'EPOCH', 'ADDRESS', ''];
  return alignedTable([heading, ...rows]);
}

function linksTable(known: readonly Known[]): string {
  const rows = known.flatMap(({ regions }) =>
    regions.regions
      .filter(({ self }) => !self)
      .map((peer) => [
        `${regions.region} → ${peer.region}`,
        peer.status,
        peer.fenced === true ? 'fenced' : peer.owns ? 'whole' : 'floor',
        shownMs(peer.lastHeardAgoMs),
        shownMs(peer.roundTripMs),
        shownMs(peer.clockSkewMs),
        shownMs(peer.syncLatencyMs),
        shownMs(peer.snapshotAgoMs),
      ]),
  );
  const heading = ['LINK', 'STATUS', 'HOLDS', 'HEARD', 'ROUND TRIP', 'CLOCK', 'DELTAS', 'SNAPSHOT'];
  return rows.length === 0 ? '' : alignedTable([heading, ...rows]);
}

function limitsTable(known: readonly Known[]): string {
  const names = [...new Set(known.flatMap(({ limits }) => limits.map(({ name }) => name)))];
  const rows = names.map((name) => {
    const entries = known.flatMap(({ limits }) => limits.filter((limit) => limit.name === name));
    const sum = (read: (entry: LimitEntry) => number) =>
      shownCount(entries.reduce((total, entry) => total + read(entry), 0));
    return [
      name,
      ...(entries[0] === undefined ? ['', '', ''] : aboutOf(entries[0])),
      shownCount(Math.max(...entries.map(({ keys }) => keys))),
      sum(({ permitsAllowed }) => permitsAllowed),
      sum(({ permitsDenied }) => permitsDenied),
      sum(({ demand }) => demand),
    ];
  });
  const heading = ['LIMIT', 'ALGORITHM', 'PERMITS', 'MODE', 'KEYS', 'ALLOWED', 'DENIED', 'ASKED/S'];
  return rows.length === 0 ? '' : alignedTable([heading, ...rows]);
}

function aboutOf(limit: LimitEntry): readonly string[] {
  return [limit.algorithm, shownAmount(limit), shownMode(limit)];
}
