import { linksOf, remarksOn } from './health-remarks.ts';
import type { LocalRegion } from './local-cluster.ts';
import { painted } from './paint.ts';
import { alignedTable } from './table.ts';

/** The table of the regions that run, and below it what is not as it should be, each thing once with all regions that say so. */
export function overviewOf(regions: readonly LocalRegion[]): string {
  const rows = regions.map(({ node, health, child }) => [
    node.region,
    `${node.quota} %`,
    node.url,
    health.status,
    String(child.pid),
  ]);
  const table = alignedTable([['REGION', 'SHARE', 'ADDRESS', 'STATUS', 'PROCESS'], ...rows]);
  const troubles = [...remarksOf(regions), ...lostLinksOf(regions)];
  if (troubles.length === 0) return painted(table);
  return [painted(table), '', 'Not as it should be:', ...troubles.map((line) => `  ${line}`)].join('\n');
}

function remarksOf(regions: readonly LocalRegion[]): readonly string[] {
  const saidBy = new Map<string, string[]>();
  for (const { node, health } of regions) {
    for (const remark of remarksOn(health)) saidBy.set(remark, [...(saidBy.get(remark) ?? []), node.region]);
  }
  return [...saidBy].map(([remark, who]) => `${who.join(', ')}: ${remark}`);
}

/** While the medium itself is down, that no peer is heard says nothing more. */
function lostLinksOf(regions: readonly LocalRegion[]): readonly string[] {
  const connected = regions.map(({ health }) => health).filter(({ checks }) => checks.transport === 'ok');
  return linksOf(connected)
    .filter(([, status]) => status !== 'up')
    .map(([link = '', ...about]) => [link, about.filter(Boolean).join(', ')].join(': '));
}

/** A line to try, with what it answers now. */
export async function exampleOf([first]: readonly LocalRegion[], query: string): Promise<string> {
  if (first === undefined) return '';
  const url = `${first.node.url}${query}`;
  const answer = await fetch(url);
  return `Try it:\n  $ curl '${url}'\n  ${await answer.text()}`;
}

/** A line of a region's log for people: JSON becomes level, event and fields. */
export function readable(line: string): string {
  if (!line.startsWith('{')) return line;
  try {
    const {
      level,
      event,
      time: _time,
      region: _region,
      ...fields
    } = JSON.parse(line) as Record<string, unknown>;
    const pairs = Object.entries(fields).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
    return [level, event, ...pairs].join(' ');
  } catch {
    return line;
  }
}
