import type { ClusterStatus, CpuPoint, GroupStatus, SizePoint } from '../../cluster/answers.ts';
import type { Role } from '../../cluster/names.ts';
import { duration, plural } from '../views/text.ts';

/** The last hours of a cluster as its picture shows them: plain numbers. */
export interface Chart {
  readonly cluster: string;
  /** First and last moment, milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  readonly groups: readonly ChartGroup[];
}

export interface ChartGroup {
  readonly role: Role;
  readonly cpu: readonly CpuPoint[];
  readonly sizes: readonly SizePoint[];
  readonly cpuTarget?: number;
}

/** Slack takes no more characters. */
const MAX_ALT = 2_000;

/** What there is to draw of a cluster; undefined when it has no past yet. */
export function chartOf(status: ClusterStatus): Chart | undefined {
  const groups = status.groups.map(chartGroup).filter((one) => one.cpu.length > 0 || one.sizes.length > 0);
  const moments = groups.flatMap((one) => [...one.cpu, ...one.sizes]).map((one) => one.at);
  if (moments.length === 0) return undefined;
  return { cluster: status.cluster, from: Math.min(...moments), to: status.readAt, groups };
}

/** A line needs two points. */
function chartGroup({ role, cpu = [], sizes = [], cpuTarget }: GroupStatus): ChartGroup {
  return {
    role,
    cpu: cpu.length < 2 ? [] : cpu,
    sizes: sizes.length < 2 ? [] : sizes,
    ...(cpuTarget === undefined ? {} : { cpuTarget }),
  };
}

/** The picture in words, for those who do not see it. */
export function altText(chart: Chart): string {
  const groups = chart.groups.map(({ role, cpu, sizes, cpuTarget }) => {
    const parts = [...cpuWords(cpu, cpuTarget), ...sizeWords(sizes)];
    return `${role === 'origin' ? 'Origin' : 'Edge'}: ${parts.join('; ')}.`;
  });
  const title = `CPU and nodes of ${chart.cluster} over the last ${duration(chart.to - chart.from)}.`;
  return [title, ...groups].join(' ').slice(0, MAX_ALT);
}

function cpuWords(cpu: readonly CpuPoint[], target: number | undefined): string[] {
  const last = cpu.at(-1);
  if (last === undefined) return [];
  const all = cpu.map((one) => Math.round(one.percent));
  const held = target === undefined ? '' : `, scales to hold ${target} %`;
  return [
    `CPU ${Math.round(last.percent)} % now, between ${Math.min(...all)} % and ${Math.max(...all)} %${held}`,
  ];
}

function sizeWords(sizes: readonly SizePoint[]): string[] {
  const last = sizes.at(-1);
  if (last === undefined) return [];
  const all = sizes.map((one) => one.nodes);
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const range = least === most ? 'all the time' : `now, between ${least} and ${most}`;
  return [`${plural(last.nodes, 'node')} ${range}`];
}
