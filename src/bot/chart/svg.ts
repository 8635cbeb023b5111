import { createRequire } from 'node:module';
import type * as Echarts from 'echarts/core';
import type { Chart } from './chart.ts';
import { chartOption, SIZE } from './option.ts';

/** All of it in one file: its hundreds of modules take ten times as long to load. */
const { init } = createRequire(import.meta.url)('echarts/dist/echarts.common.min.js') as typeof Echarts;

/** The picture as an SVG document. */
export function svgOf(chart: Chart): string {
  const drawing = init(null, null, { renderer: 'svg', ssr: true, ...SIZE });
  try {
    drawing.setOption(chartOption(chart));
    return drawing.renderToSVGString();
  } finally {
    drawing.dispose();
  }
}
