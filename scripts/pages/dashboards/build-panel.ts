import {
  BigValueColorMode,
  BigValueGraphMode,
  type DataSourceRef,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  MappingType,
  type Panel,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StatesBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { PanelRow } from './panel.ts';

/** The Prometheus that whoever looks has chosen. */
export const SOURCE: DataSourceRef = { type: 'prometheus', uid: '$' + '{datasource}' };

/** How wide a panel is, of 24, and how high, in Grafana's grid. */
const SIZES = { time: [12, 8], stack: [12, 8], stat: [4, 4], states: [24, 7], table: [12, 8] } as const;

type Builders = TimeBuilder | StatBuilder | StatesBuilder | TableBuilder;

/** One panel of its row, with what all panels have. */
export function buildPanel(row: PanelRow): { readonly build: () => Panel } {
  const builder = bare(row);
  const [width, height] = SIZES[row.kind];
  builder
    .title(row.title)
    .description(row.about)
    .datasource(SOURCE)
    .span(row.width ?? width)
    .height(height)
    .thresholds(thresholds(row));
  if (row.unit !== undefined) builder.unit(row.unit);
  if (row.words !== undefined) builder.mappings([words(row.words)]);
  row.queries.forEach(([expr, legend], at) => {
    const target = new DataqueryBuilder()
      .refId(String.fromCharCode(65 + at))
      .expr(expr)
      .legendFormat(legend);
    if (row.kind === 'table') target.instant().format(PromQueryFormat.Table);
    else if (row.kind === 'stat') target.instant();
    else target.range();
    builder.withTarget(target);
  });
  return builder;
}

function bare(row: PanelRow): Builders {
  switch (row.kind) {
    case 'time':
      return lines(row);
    case 'stack':
      return lines(row).stacking(new StackingConfigBuilder().mode(StackingMode.Normal)).fillOpacity(30);
    case 'stat':
      return new StatBuilder()
        .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
        .graphMode(BigValueGraphMode.None)
        .colorMode(
          row.warn === undefined && row.words === undefined
            ? BigValueColorMode.None
            : BigValueColorMode.Background,
        );
    case 'states':
      return new StatesBuilder().mergeValues(true).showValue(VisibilityMode.Never);
    case 'table':
      return new TableBuilder();
  }
}

function lines({ warn }: PanelRow): TimeBuilder {
  const builder = new TimeBuilder()
    .min(0)
    .fillOpacity(8)
    .showPoints(VisibilityMode.Never)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi));
  if (warn === undefined) return builder;
  return builder.thresholdsStyle(
    new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed),
  );
}

function thresholds({ warn, wrong, words }: PanelRow): ThresholdsConfigBuilder {
  const steps: { value: number | null; color: string }[] = [{ value: null, color: 'green' }];
  if (words?.good === 0) steps.push({ value: 1, color: 'red' });
  if (words?.good === 1) steps.splice(0, 1, { value: null, color: 'red' }, { value: 1, color: 'green' });
  if (warn !== undefined) steps.push({ value: warn, color: 'orange' });
  if (wrong !== undefined) steps.push({ value: wrong, color: 'red' });
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps);
}

function words({ good, 0: no, 1: yes }: NonNullable<PanelRow['words']>): ValueMapping {
  const color = (value: number) => (value === good ? 'green' : 'red');
  return {
    type: MappingType.ValueToText,
    options: { 0: { text: no, color: color(0), index: 0 }, 1: { text: yes, color: color(1), index: 1 } },
  };
}
