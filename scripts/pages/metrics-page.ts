import { OWN_METRICS, type OwnMetric } from '../../src/adapters/telemetry/metrics.ts';
import type { Page } from './page.ts';

const INTRODUCTION = `# Metrics

What every coordinator exports at \`/metrics\`: Prometheus' text format or, to a scraper whose \`Accept\` prefers it, OpenMetrics, in which a bucket of
\`headgate_check_duration_seconds\` and a count of denied checks show the trace of a request that is part of them, if it came with a sampled
\`traceparent\` or was traced here. A counter begins at 0 with each process.

Labels are bounded: names of limits (a thousand of them; what is beyond is told in one sum, as \`(others)\`), regions, and words. Never a key. A number
that was not measured has no sample. What a coordinator says, it says of itself: it knows its peers, not what they export. The scrape adds where a
sample comes from, as \`node_region\` and \`node\` ([prometheus](prometheus/prometheus.yml)).

This page is written by \`make pages\`.
`;

const SECTIONS = [
  ['What runs', ['build']],
  ['Decisions and limits', ['checks', 'limits']],
  ['Peers', ['peers']],
  ['The coordinator', ['node']],
  ['The journal, where one is kept', ['journal']],
  ['The store, where nodes of a region share one', ['store']],
] as const;

/** `config/METRICS.md`: every metric of Headgate's own, by what it is about. */
export function metricsPage(): Page {
  const sections = SECTIONS.map(([title, groups]) => {
    const rows = OWN_METRICS.filter(({ group }) => groups.some((each) => each === group)).map(row);
    return `\n## ${title}\n\n| Metric | Type | Labels | What it is |\n| --- | --- | --- | --- |\n${rows.join('')}`;
  });
  return { path: 'config/METRICS.md', text: INTRODUCTION + sections.join('') + NODE };
}

function row({ name, type, labels, help }: OwnMetric): string {
  const told = labels.filter((label) => label !== 'le').map((label) => `\`${label}\``);
  return `| \`${name}\` | ${type} | ${told.join(', ')} | ${help} |\n`.replaceAll('  |', ' |');
}

const NODE = `
## Node's own

\`process_*\` (CPU, memory, file descriptors, start time) and \`nodejs_*\` (event loop lag, heap, garbage collection, handles), as
[prom-client](https://github.com/siimon/prom-client) measures them.
`;
