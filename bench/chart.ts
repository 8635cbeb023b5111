import { createElement as make } from 'react';
import type { ReactElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';

/** Bars side by side for each group, on a scale that begins at zero. */
export interface Chart {
  readonly title: string;
  readonly series: readonly string[];
  readonly groups: readonly { readonly name: string; readonly values: readonly number[] }[];
  /** A line across all bars: what is to be reached. */
  readonly goal?: { readonly at: number; readonly name: string };
}

const COLOURS = ['#8a94a6', '#2f6fde', '#1f9d6b'];
const ROW = 20;
const LEFT = 120;
const WIDTH = 760;

/** The chart as an SVG document. */
export function svg(chart: Chart): string {
  const most = Math.max(...chart.groups.flatMap((group) => group.values), chart.goal?.at ?? 0);
  const x = (value: number): number => LEFT + (value / most) * (WIDTH - LEFT - 70);
  const groupHeight = chart.series.length * ROW + 14;
  const height = 70 + chart.groups.length * groupHeight;
  const text = (at: { x: number; y: number }, words: string, more: object = {}): ReactElement =>
    make('text', { ...at, key: `${words}${at.x}${at.y}`, fontSize: 12, fill: '#39414f', ...more }, words);
  const bars = chart.groups.flatMap((group, nth) =>
    group.values.flatMap((value, at) => {
      const y = 54 + nth * groupHeight + at * ROW;
      return [
        make('rect', {
          key: `${group.name}${at}`,
          x: LEFT,
          y,
          width: Math.max(1, x(value) - LEFT),
          height: ROW - 5,
          fill: COLOURS[at % COLOURS.length],
        }),
        text({ x: x(value) + 6, y: y + 12 }, value >= 100 ? value.toFixed(0) : value.toFixed(2)),
      ];
    }),
  );
  const names = chart.groups.map((group, nth) =>
    text({ x: LEFT - 10, y: 66 + nth * groupHeight + ((chart.series.length - 1) * ROW) / 2 }, group.name, {
      textAnchor: 'end',
    }),
  );
  const legend = chart.series.flatMap((name, at) => [
    make('rect', { key: name, x: LEFT + at * 190, y: 30, width: 12, height: 12, fill: COLOURS[at] }),
    text({ x: LEFT + 18 + at * 190, y: 40 }, name),
  ]);
  const goal = chart.goal && [
    make('line', {
      key: 'goal',
      x1: x(chart.goal.at),
      x2: x(chart.goal.at),
      y1: 48,
      y2: height - 18,
      stroke: '#c0392b',
      strokeDasharray: '4 3',
    }),
    text({ x: x(chart.goal.at), y: height - 4 }, chart.goal.name, { textAnchor: 'middle', fill: '#c0392b' }),
  ];
  return renderToStaticMarkup(
    make(
      'svg',
      {
        xmlns: 'http://www.w3.org/2000/svg',
        viewBox: `0 0 ${WIDTH} ${height}`,
        fontFamily: 'system-ui, sans-serif',
        role: 'img',
      },
      make('rect', { width: WIDTH, height, fill: '#ffffff' }),
      text({ x: 16, y: 18 }, chart.title, { fontSize: 14, fontWeight: 600 }),
      legend,
      names,
      bars,
      goal,
    ),
  );
}
