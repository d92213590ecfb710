import type { Changed, CurrentLimits, VersionList } from '../administration/answers.ts';
import type { AuditPage } from '../administration/audit-trail.ts';
import type { LimitForm } from '../administration/ports.ts';
import { shownCount } from './figures.ts';
import { alignedTable } from './table.ts';

/** The limits of a coordinator as a table, and what they are. */
export function limitsText(
  current: CurrentLimits & { readonly file: { readonly limits: readonly LimitForm[] } },
) {
  const rows = current.file.limits.map((limit) => {
    const { algorithm, limit: permits, window, lease, mode, rollout, overrides } = limit;
    const per = window ?? lease;
    return [
      limit.name,
      String(algorithm),
      `${shownCount(Number(permits))}${per === undefined ? '' : ` ${algorithm === 'concurrency' ? 'at once' : `in ${per}`}`}`,
      rollout === undefined ? String(mode) : `${mode} ${rollout}`,
      String(Array.isArray(overrides) ? overrides.length : 0),
    ];
  });
  const { version, environment, source, differsFromFile } = current;
  const about = `version ${version} of ${environment}, by ${source.by} (${source.action})`;
  const table = alignedTable([['LIMIT', 'ALGORITHM', 'PERMITS', 'MODE', 'OVERRIDES'], ...rows]);
  return `${about}${differsFromFile ? '; the limits file has others' : ''}\n\n${table}`;
}

/** What a change came to. */
export function changedText({ dryRun, changed, from, version, text, affected, durable }: Changed): string {
  if (text === '') return `nothing to change: version ${version} is like that already`;
  const rows = affected.limits.map(({ name, keys, demand, shares }) => [
    name,
    shownCount(keys),
    shownCount(demand),
    shares.map(({ region, before, after }) => `${region} ${before} → ${after}`).join(', '),
  ]);
  const heading = dryRun ? `version ${from} would change` : `version ${from} → ${version}`;
  const lines = [heading, text, '', alignedTable([['LIMIT', 'KEYS', 'ASKED/S', 'SHARES'], ...rows])];
  if (affected.waitsFor.length > 0)
    lines.push('', `whatever becomes more waits for ${affected.waitsFor.join(', ')}`);
  if (changed && !durable) lines.push('', 'kept in memory only: a restart of all regions undoes it');
  return lines.join('\n');
}

/** The history as a table. */
export function versionsText({ durable, versions }: VersionList): string {
  const rows = versions.map(({ version, newest, atMs, by, action, comment, changes, adopted }) => [
    `${version}${newest ? ' *' : ''}`,
    new Date(atMs).toISOString(),
    by,
    action,
    adopted.map(({ region, epoch }) => `${region}@${epoch}`).join(' '),
    [...(comment === undefined ? [] : [comment]), ...changes].join('; '),
  ]);
  const table = alignedTable([['VERSION', 'AT', 'BY', 'ACTION', 'ADOPTED FROM EPOCH', 'CHANGES'], ...rows]);
  return durable ? table : `${table}\n\nremembered until this coordinator stops`;
}

/** The audit log as a table. */
export function auditText({ durable, entries }: AuditPage): string {
  const rows = entries.map((entry) => [
    new Date(entry.atMs).toISOString(),
    entry.actor.name,
    entry.actor.address ?? '',
    entry.action,
    entry.target ?? '',
    entry.to === undefined ? entry.from : `${entry.from} → ${entry.to}`,
    entry.code === undefined ? entry.outcome : `${entry.outcome}: ${entry.code}`,
    [...(entry.comment === undefined ? [] : [entry.comment]), ...(entry.changes ?? [])].join('; '),
  ]);
  const table = alignedTable([
    ['AT', 'WHO', 'FROM', 'ACTION', 'TARGET', 'VERSION', 'OUTCOME', 'CHANGES'],
    ...rows,
  ]);
  return durable ? table : `${table}\n\nremembered until this coordinator stops`;
}
