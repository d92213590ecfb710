import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { rules } from './asked.ts';

const RUNBOOK = readFileSync('RUNBOOK.md', 'utf8');

/** Headings as renderers of Markdown name them in addresses. */
const ANCHORS = [...RUNBOOK.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-'),
);

test('every alert has its section, once, and every section of an alert has its alert', () => {
  const alerts = rules().flatMap(({ alert }) => alert ?? []);
  const sections = [...RUNBOOK.matchAll(/^### (Headgate\w+)$/gm)].map(([, name]) => name);
  expect(sections.toSorted()).toEqual(alerts.toSorted());
  for (const { annotations } of rules().filter(({ alert }) => alert !== undefined)) {
    const anchor = annotations?.['runbook_url']?.split('#')[1];
    expect(ANCHORS).toContain(anchor);
  }
});

test('what the runbook points to is there', () => {
  for (const [, anchor] of RUNBOOK.matchAll(/\]\(#([\w-]+)\)/g)) expect(ANCHORS).toContain(anchor);
  for (const [, file] of RUNBOOK.matchAll(/`(test\/[\w/.-]+)`/g))
    expect([file, existsSync(file ?? '')]).toEqual([file, true]);
  const titles = [...RUNBOOK.matchAll(/\*(Headgate \/ [^*]+)\*/g)].map(([, title]) => title);
  const boards =
    readFileSync('scripts/pages/dashboards/dashboards.ts', 'utf8').match(/from '\.\/(\w+)\.ts'/g) ?? [];
  const known = boards
    .map((line) => `scripts/pages/dashboards/${line.slice(8, -1)}`)
    .filter((path) => existsSync(path))
    .map((path) => /title: '(Headgate \/ [^']+)'/.exec(readFileSync(path, 'utf8'))?.[1] ?? '');
  for (const title of titles)
    expect([title, known.some((each) => each.startsWith(title ?? '?'))]).toEqual([title, true]);
});
