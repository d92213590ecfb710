import { stringify } from 'yaml';
import type { Page } from '../page.ts';
import { ruleGroups } from './rules-page.ts';

const INTRODUCTION = `# For the Prometheus operator: what to scrape, and the rules of config/prometheus. Written by \`make pages\`.
# With security.tokens add \`authorization\` to the endpoint: a secret with a token that has the role \`read\`.
`;

const LABELS = { 'app.kubernetes.io/name': 'headgate' };

const SERVICE_MONITOR = {
  apiVersion: 'monitoring.coreos.com/v1',
  kind: 'ServiceMonitor',
  metadata: { name: 'headgate', labels: LABELS },
  spec: {
    // Rules and dashboards go by this name.
    jobLabel: 'app.kubernetes.io/name',
    selector: { matchLabels: { 'headgate.dev/scrape': 'true' } },
    endpoints: [
      {
        port: 'http',
        path: '/metrics',
        interval: '5s',
        scrapeTimeout: '4s',
        relabelings: [
          { sourceLabels: ['__meta_kubernetes_pod_label_headgate_dev_region'], targetLabel: 'node_region' },
          { sourceLabels: ['__meta_kubernetes_pod_name'], targetLabel: 'node' },
        ],
      },
    ],
  },
};

/** `config/kubernetes/monitoring.yaml`: the same rules as an object of the Prometheus operator, with what it is to scrape. */
export function operatorPage(): Page {
  const rule = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'headgate', labels: LABELS },
    spec: { groups: ruleGroups() },
  };
  const documents = [SERVICE_MONITOR, rule].map((each) => stringify(each, { lineWidth: 0 }));
  return { path: 'config/kubernetes/monitoring.yaml', text: INTRODUCTION + documents.join('---\n') };
}
