import { parser } from '@prometheus-io/lezer-promql';

/** What a query asks of one metric. */
export type Selection = { readonly metric: string; readonly labels: readonly string[] };

/** What a query consists of; `problems` are the parts that are not PromQL. */
export type Parsed = {
  readonly selections: readonly Selection[];
  /** Labels that results are grouped or joined by. */
  readonly grouping: readonly string[];
  readonly problems: readonly string[];
};

/** Takes a query apart by the grammar that Prometheus' own pages use. */
export function parsePromql(query: string): Parsed {
  const selections: Selection[] = [];
  const grouping: string[] = [];
  const problems: string[] = [];
  parser.parse(query).iterate({
    enter: ({ type, from, to, node }) => {
      const text = query.slice(from, to);
      if (type.isError) problems.push(`at ${from}: ${query.slice(from, from + 20) || 'the end'}`);
      if (type.name === 'VectorSelector') {
        const name = node.getChild('Identifier');
        const matchers = node.getChild('LabelMatchers');
        const labels: string[] = [];
        matchers?.cursor().iterate((inner) => {
          if (inner.name === 'LabelName') labels.push(query.slice(inner.from, inner.to));
        });
        selections.push({ metric: name === null ? '' : query.slice(name.from, name.to), labels });
      }
      if (type.name === 'GroupingLabels') grouping.push(...(text.match(/[a-zA-Z_]\w*/g) ?? []));
    },
  });
  return { selections, grouping, problems };
}
