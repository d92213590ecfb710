import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';

const DASHBOARDS = 'config/grafana/dashboards';

/** A query that stands in a dashboard or in a rule. */
export type Asked = { readonly where: string; readonly expr: string };

/** One rule, as it stands in the file. */
export type Rule = {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
};

/** Every rule of Prometheus. */
export function rules(): readonly Rule[] {
  const { groups } = parse(readFileSync('config/prometheus/headgate.rules.yml', 'utf8')) as {
    groups: { rules: Rule[] }[];
  };
  return groups.flatMap((group) => group.rules);
}

/** Every query of the dashboards and the rules, with Grafana's variables filled in. */
export function asked(): readonly Asked[] {
  const ofRules = rules().map(({ record, alert, expr }) => ({ where: record ?? alert ?? '', expr }));
  const ofDashboards = readdirSync(DASHBOARDS).flatMap((file) => {
    const dashboard: unknown = JSON.parse(readFileSync(`${DASHBOARDS}/${file}`, 'utf8'));
    return exprsIn(dashboard).map((expr) => ({ where: file, expr: filledIn(expr) }));
  });
  return [...ofRules, ...ofDashboards];
}

function exprsIn(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([name, value]) => {
    if (name === 'expr' && typeof value === 'string') return [value];
    const label = /^label_values\((.+), \w+\)$/.exec(String(value));
    return name === 'query' && label?.[1] !== undefined ? [label[1]] : exprsIn(value);
  });
}

/** As Grafana does when everything is chosen. */
function filledIn(expr: string): string {
  return expr
    .replaceAll('$__rate_interval', '20s')
    .replaceAll('$__range', '5m')
    .replaceAll(/\$(node_region|limit|peer)\b/g, '.*');
}
