import type { EChartsCoreOption } from 'echarts/core';
import type { Role } from '../../cluster/names.ts';
import type { Chart, ChartGroup } from './chart.ts';

/** Size of the picture as it is meant to be seen, in pixels. */
export const SIZE = { width: 640, height: 280 } as const;
/** Of the font that the picture is drawn with. */
export const FONT = 'Inter';

/** Told apart by everybody, whatever colours they see; the marks differ in shape, the lines in width, besides. */
const LOOKS: Readonly<
  Record<Role, { color: string; symbol: string; radius: number; width: number; mark: number }>
> = {
  origin: { color: '#0072b2', symbol: 'circle', radius: 6, width: 4.5, mark: 15 },
  edge: { color: '#d55e00', symbol: 'rect', radius: 1, width: 2.25, mark: 10 },
};
const INK = '#1d1c1d';
const PALE_INK = '#5b5d63';
const RULE = '#e3e5e8';
const MINUTE_MS = 60_000;
/** Values further apart than this, with none in between, are not joined. */
const GAP_MS = 16 * MINUTE_MS;

interface Panel {
  readonly name: string;
  readonly lines: readonly Line[];
  readonly axis: object;
  /** A step from value to value instead of a slope. */
  readonly step?: 'start';
  readonly share: number;
}

interface Line {
  readonly role: Role;
  readonly points: readonly { readonly at: number; readonly value: number }[];
  /** The newest value in words. */
  readonly now: string;
  readonly target?: number;
}

/** What ECharts draws: CPU above, nodes below, over the same hours; only one of them when the other is not known. */
export function chartOption(chart: Chart): EChartsCoreOption {
  const panels = [cpuPanel(chart), sizePanel(chart)].filter((one) => one.lines.length > 0);
  const shares = panels.reduce((sum, one) => sum + one.share, 0);
  const free = SIZE.height - 36 - panels.length * 40;
  let top = 8;
  const places = panels.map((panel) => {
    const place = { titleTop: top, gridTop: top + 34, height: (free * panel.share) / shares };
    top = place.gridTop + place.height + 10;
    return place;
  });
  const hours = timeAxis(chart);
  return {
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: FONT, fontSize: 16, color: INK },
    title: panels.map((panel, at) => heading(panel, places[at]?.titleTop ?? 0)),
    grid: places.map(({ gridTop, height }) => ({ left: 66, right: 34, top: gridTop, height })),
    xAxis: panels.map((_panel, at) => ({
      ...hours,
      gridIndex: at,
      axisLabel: { ...hours.axisLabel, show: at === panels.length - 1 },
    })),
    yAxis: panels.map((panel, at) => ({
      type: 'value',
      gridIndex: at,
      axisLabel: { color: PALE_INK, fontSize: 16 },
      axisLine: { show: false },
      axisTick: { show: false },
      splitLine: { lineStyle: { color: RULE } },
      ...panel.axis,
    })),
    series: panels.flatMap((panel, at) => [
      ...targetLines(panel, at, hours.min),
      ...panel.lines.map((line) => series(line, panel, at, chart.to)),
    ]),
  };
}

function cpuPanel({ groups }: Chart): Panel {
  return {
    name: 'CPU',
    share: 3,
    axis: {
      min: 0,
      max: 100,
      interval: 50,
      axisLabel: { color: PALE_INK, fontSize: 16, formatter: '{value} %' },
    },
    lines: groups.flatMap(({ role, cpu, cpuTarget }) => {
      const last = cpu.at(-1);
      if (!last) return [];
      const points = cpu.map(({ at, percent }) => ({ at, value: percent }));
      const most = Math.round(Math.max(...cpu.map((one) => one.percent)));
      const now = `${Math.round(last.percent)} %, ${most} % at most`;
      return [{ role, points, now, ...(cpuTarget === undefined ? {} : { target: cpuTarget }) }];
    }),
  };
}

function sizePanel({ groups }: Chart): Panel {
  const most = Math.max(1, ...groups.flatMap((one) => one.sizes).map((one) => one.nodes));
  // One line in the middle, and air above the highest.
  const interval = roundUp((most + 0.5) / 2);
  return {
    name: 'Nodes',
    share: 2,
    step: 'start',
    axis: { min: 0, max: interval * 2, interval },
    lines: groups.flatMap(({ role, sizes }: ChartGroup) => {
      const last = sizes.at(-1);
      if (!last) return [];
      return [{ role, points: sizes.map(({ at, nodes }) => ({ at, value: nodes })), now: `${last.nodes}` }];
    }),
  };
}

/** To a number that reads well on an axis: 7, 15, 200. */
function roundUp(value: number): number {
  if (value <= 10) return Math.ceil(value);
  const size = 10 ** Math.floor(Math.log10(value));
  return (Math.ceil((value / size) * 2) / 2) * size;
}

/** The name of a panel, and each group with its mark and newest value: a legend that says the numbers. */
function heading({ name, lines }: Panel, top: number): object {
  const mark = ({ color, radius }: (typeof LOOKS)[Role]): object => ({
    width: 13,
    height: 13,
    backgroundColor: color,
    borderRadius: radius,
  });
  const words = lines.map(({ role, now }) => `{gap|}{${role}|}{words| ${role} ${now}}`);
  return {
    text: `{name|${name}}${words.join('')}`,
    left: 10,
    top,
    padding: 0,
    textStyle: {
      rich: {
        name: { fontSize: 18, fontWeight: 600, color: INK, fontFamily: FONT },
        words: { fontSize: 17, fontWeight: 400, color: INK, fontFamily: FONT },
        gap: { width: 22 },
        origin: mark(LOOKS.origin),
        edge: mark(LOOKS.edge),
      },
    },
  };
}

/** Minutes before now, in round steps: readers live in many time zones. */
function timeAxis({ from, to }: Chart) {
  const span = Math.max(1, (to - from) / MINUTE_MS);
  const interval = [5, 10, 15, 30, 60].find((each) => span / each <= 5) ?? 60;
  return {
    type: 'value',
    min: -Math.ceil(span / interval - 0.1) * interval,
    max: 0,
    interval,
    axisLine: { onZero: false, lineStyle: { color: PALE_INK } },
    axisTick: { show: false },
    splitLine: { show: false },
    axisLabel: { color: PALE_INK, fontSize: 16, formatter: agoWords },
  } as const;
}

function agoWords(minutes: number): string {
  if (minutes === 0) return 'now';
  return minutes % 60 === 0 ? `${-minutes / 60} h ago` : `${-minutes} min ago`;
}

function series({ role, points }: Line, { step }: Panel, axis: number, to: number): object {
  const { color, symbol, width, mark } = LOOKS[role];
  const data: unknown[] = [];
  let before: number | undefined;
  for (const { at, value } of points) {
    if (before !== undefined && at - before > GAP_MS) data.push([(before - to) / MINUTE_MS, null]);
    // Only the newest value bears a mark.
    const isLast = at === points.at(-1)?.at;
    data.push({ value: [(at - to) / MINUTE_MS, value], symbolSize: isLast ? mark : 0 });
    before = at;
  }
  return {
    name: role,
    type: 'line',
    xAxisIndex: axis,
    yAxisIndex: axis,
    data,
    step: step ?? false,
    symbol,
    showSymbol: true,
    showAllSymbol: true,
    lineStyle: { color, width, cap: 'round', join: 'round' },
    itemStyle: { color, borderColor: '#ffffff', borderWidth: 1.5 },
  };
}

/** What Auto Scaling holds the CPU at: one line where the groups agree, else each in its colour. */
function targetLines({ lines }: Panel, axis: number, start: number): object[] {
  const targets = [...new Set(lines.flatMap((line) => line.target ?? []))].toSorted((a, b) => b - a);
  return targets.map((target, index) => {
    const role = lines.find((line) => line.target === target)?.role ?? 'origin';
    const color = targets.length === 1 ? PALE_INK : LOOKS[role].color;
    const label = {
      show: true,
      // The higher one above its line, the lower one below.
      position: [4, index === 0 ? -19 : 5],
      formatter: `scales to hold ${target} %`,
      fontSize: 15,
      color,
      backgroundColor: '#ffffffd0',
      fontFamily: FONT,
    };
    return {
      name: `target ${target}`,
      type: 'line',
      xAxisIndex: axis,
      yAxisIndex: axis,
      symbolSize: 0,
      lineStyle: { color, width: 1.5, type: [5, 4] },
      data: [{ value: [start, target], label }, { value: [0, target] }],
    };
  });
}
