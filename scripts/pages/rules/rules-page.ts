import { stringify } from 'yaml';
import type { Page } from '../page.ts';
import { type Alert, LIMIT_ALERTS, NODE_ALERTS, REGION_ALERTS } from './alerts.ts';
import { RECORDS } from './records.ts';

const INTRODUCTION = `# Recording and alerting rules of Headgate. Written by \`make pages\` from scripts/pages/rules; checked by promtool in the tests.
# An alert's runbook_url points into RUNBOOK.md: give Prometheus the external label \`runbooks\` with the address in front of it,
# such as https://git.example.com/headgate/blob/main/
`;

/** `config/prometheus/headgate.rules.yml`, for Prometheus as it is. */
export function rulesPage(): Page {
  const text = INTRODUCTION + stringify({ groups: ruleGroups() }, { lineWidth: 0 });
  return { path: 'config/prometheus/headgate.rules.yml', text };
}

/** All rules in their groups, as Prometheus writes them. */
export function ruleGroups(): readonly unknown[] {
  return [
    { name: 'headgate-records', rules: RECORDS },
    { name: 'headgate-regions', rules: REGION_ALERTS.map(rule) },
    { name: 'headgate-limits', rules: LIMIT_ALERTS.map(rule) },
    { name: 'headgate-nodes', rules: NODE_ALERTS.map(rule) },
  ];
}

/** Where RUNBOOK.md says what to do about an alert: its heading, as renderers of Markdown name it. */
function anchorOf(alert: string): string {
  return alert.toLowerCase();
}

function rule({ name, severity, expr, for: lasting, summary, description }: Alert): unknown {
  return {
    alert: name,
    expr,
    for: lasting,
    labels: { severity },
    annotations: {
      summary,
      description,
      runbook_url: `{{ $externalLabels.runbooks }}RUNBOOK.md#${anchorOf(name)}`,
    },
  };
}
