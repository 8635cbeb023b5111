import { errorOfCode } from './errors.ts';
import type { Line } from './calling/line.ts';

/** One value of a series; `at` is the end of its period, milliseconds since 1970. */
export interface Sample {
  readonly at: number;
  readonly value: number;
}

/** From when to when, milliseconds since 1970, and how fine. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly periodSeconds: 60 | 300 | 900;
}

/** CloudMonitor (CMS 2019-01-01), called through the SDK's core since it has no package among ours. */
export interface Monitor {
  /**
   * CPU of instances in percent as the host measures it, which needs no agent inside (DescribeMetricList,
   * CPUUtilization of acs_ecs_dashboard). Instances without values are left out. @throws CloudError
   */
  cpu(instanceIds: readonly string[], span: Span): Promise<ReadonlyMap<string, readonly Sample[]>>;
  /**
   * How many instances scaling groups had (DescribeMetricList, TotalInstanceCount of acs_ess_dashboard, whose
   * dimension `instanceId` is the group; CloudMonitor notes it every five minutes). Groups without values are left
   * out. @throws CloudError
   */
  groupSizes(scalingGroupIds: readonly string[], span: Span): Promise<ReadonlyMap<string, readonly Sample[]>>;
}

/** Most resources that one call may name. */
const MAX_DIMENSIONS = 50;
/** Most values in one answer. */
const MAX_LENGTH = 1_440;
const MAX_PAGES = 20;

export function createMonitor(line: Line<'cms'>): Monitor {
  async function read(
    metric: { readonly Namespace: string; readonly MetricName: string },
    ids: readonly string[],
    { from, to, periodSeconds }: Span,
  ): Promise<ReadonlyMap<string, readonly Sample[]>> {
    const found = new Map<string, Sample[]>();
    for (let at = 0; at < ids.length; at += MAX_DIMENSIONS) {
      const named = ids.slice(at, at + MAX_DIMENSIONS);
      let nextToken: string | undefined;
      for (let page = 0; page < MAX_PAGES; page += 1) {
        const answer = await line.callByForm('DescribeMetricList', {
          ...metric,
          Dimensions: JSON.stringify(named.map((instanceId) => ({ instanceId }))),
          Period: String(periodSeconds),
          StartTime: String(from),
          EndTime: String(to),
          Length: String(MAX_LENGTH),
          NextToken: nextToken,
        });
        collect(answer, found);
        const token = answer['NextToken'];
        nextToken = typeof token === 'string' && token !== '' ? token : undefined;
        if (nextToken === undefined) break;
      }
    }
    for (const samples of found.values()) samples.sort((a, b) => a.at - b.at);
    return found;
  }

  return {
    cpu: (ids, span) => read({ Namespace: 'acs_ecs_dashboard', MetricName: 'CPUUtilization' }, ids, span),
    groupSizes: (ids, span) =>
      read({ Namespace: 'acs_ess_dashboard', MetricName: 'TotalInstanceCount' }, ids, span),
  };
}

/** The values come as JSON text inside of the answer. */
function collect(answer: Readonly<Record<string, unknown>>, found: Map<string, Sample[]>): void {
  // Failures may come with HTTP 200.
  if (answer['Success'] === false) {
    const [code, requestId] = [answer['Code'], answer['RequestId']].map((one) =>
      typeof one === 'string' ? one : undefined,
    );
    throw errorOfCode({ product: 'cms', action: 'DescribeMetricList' }, code, requestId);
  }
  const points = answer['Datapoints'];
  const parsed: unknown = typeof points === 'string' && points !== '' ? JSON.parse(points) : [];
  for (const point of Array.isArray(parsed) ? parsed : []) {
    const { instanceId, timestamp, Average } = point as Readonly<Record<string, unknown>>;
    if (typeof instanceId !== 'string' || typeof timestamp !== 'number' || typeof Average !== 'number')
      continue;
    const samples = found.get(instanceId) ?? [];
    samples.push({ at: timestamp, value: Average });
    found.set(instanceId, samples);
  }
}
