import { BarChart } from 'echarts/charts';
import { GridComponent, LegendComponent, MarkLineComponent, TitleComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

/** Bars side by side for each group, on a scale that begins at zero. */
export interface Chart {
  readonly title: string;
  readonly series: readonly string[];
  readonly groups: readonly { readonly name: string; readonly values: readonly number[] }[];
  /** A line across all bars: what is to be reached. */
  readonly goal?: { readonly at: number; readonly name: string };
}

use([BarChart, GridComponent, LegendComponent, MarkLineComponent, TitleComponent, SVGRenderer]);

const COLOURS = ['#8a94a6', '#0072b2', '#009e73'];
const GOAL = '#d55e00';
const INK = '#39414f';
const ROW = 20;
const WIDTH = 760;

/** The chart as an SVG document. */
export function svg(chart: Chart): string {
  const { title, series, groups, goal } = chart;
  const most = Math.max(...groups.flatMap((group) => group.values), goal?.at ?? 0);
  const height = 96 + groups.length * (series.length * ROW + 14);
  const drawing = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  drawing.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    color: COLOURS,
    textStyle: { fontFamily: 'system-ui, sans-serif', color: INK },
    title: { text: title, left: 12, top: 10, textStyle: { fontSize: 14, color: INK } },
    legend: { data: [...series], left: 120, top: 34, itemWidth: 12, itemHeight: 12 },
    grid: { left: 120, right: 60, top: 66, bottom: goal ? 28 : 12 },
    xAxis: { type: 'value', min: 0, max: most, show: false },
    yAxis: {
      type: 'category',
      inverse: true,
      data: groups.map((group) => group.name),
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: { color: INK },
    },
    series: series.map((name, at) => ({
      name,
      type: 'bar',
      barWidth: ROW - 5,
      barGap: '30%',
      data: groups.map((group) => group.values[at] ?? 0),
      label: { show: true, position: 'right', color: INK, formatter: valueWords },
      ...(goal && at === 0 ? { markLine: goalLine(goal) } : {}),
    })),
  });
  const text = drawing.renderToSVGString();
  drawing.dispose();
  return text;
}

function valueWords({ value }: { readonly value: number }): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(2);
}

function goalLine({ at, name }: { readonly at: number; readonly name: string }): object {
  return {
    symbol: 'none',
    silent: true,
    lineStyle: { color: GOAL, type: [4, 3] },
    // The first group is on top, so the line ends below the bars.
    label: { position: 'end', formatter: name, color: GOAL },
    data: [{ xAxis: at }],
  };
}
