import { LineChart } from 'echarts/charts';
import { GridComponent, MarkAreaComponent, MarkLineComponent, MarkPointComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { html } from 'ghtml';

use([LineChart, GridComponent, MarkAreaComponent, MarkLineComponent, MarkPointComponent, SVGRenderer]);

/** A picture and what it says, for those who do not see it. */
export type Drawing = {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly width: number;
  readonly height: number;
  readonly option: EChartsCoreOption;
};

/** Draws a chart as SVG that stands on its own in a page: colours are the page's variables, and nothing is loaded. */
export function draw({ id, title, description, width, height, option }: Drawing): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  chart.setOption({ animation: false, ...option });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return withName(stripped(svg), { id, title, description });
}

/** Leaves out what only matters to a file of its own or to a pointer: namespaces, hover styles, handles for scripts. */
function stripped(svg: string): string {
  return svg
    .replace(/<style[\s\S]*?<\/style>/g, '')
    .replace(/ (xmlns(:xlink)?|version|baseProfile|class|pointer-events|xml:space|ecmeta_\w+)="[^"]*"/g, '');
}

function withName(
  svg: string,
  { id, title, description }: Pick<Drawing, 'id' | 'title' | 'description'>,
): string {
  const named = html`<svg role="img" aria-labelledby="${id}-title ${id}-description"`;
  const words = html`<title id="${id}-title">${title}</title><desc id="${id}-description">${description}</desc>`;
  return svg.replace(/<svg\b([^>]*)>/, (_, attributes: string) => `${named}${attributes}>${words}`);
}
