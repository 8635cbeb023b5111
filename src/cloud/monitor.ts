import { errorOfCode } from './errors.ts';
import type { Line } from './line.ts';

/** One value of a series; `at` is the end of its period, milliseconds since 1970. */
export interface Sample {
  readonly at: number;
  readonly percent: number;
}

/** CloudMonitor (CMS 2019-01-01), called through the SDK's core since it has no package among ours. */
export interface Monitor {
  /**
   * CPU of instances as the host measures it, which needs no agent inside (DescribeMetricList, CPUUtilization of
   * acs_ecs_dashboard). Times in milliseconds since 1970. Instances without values are left out. @throws CloudError
   */
  cpu(
    instanceIds: readonly string[],
    span: { readonly from: number; readonly to: number; readonly periodSeconds: 60 | 300 | 900 },
  ): Promise<ReadonlyMap<string, readonly Sample[]>>;
}

/** Most resources that one call may name. */
const MAX_DIMENSIONS = 50;
/** Most values in one answer. */
const MAX_LENGTH = 1_440;
const MAX_PAGES = 20;

export function createMonitor(line: Line<'cms'>): Monitor {
  return {
    async cpu(instanceIds, { from, to, periodSeconds }) {
      const found = new Map<string, Sample[]>();
      for (let at = 0; at < instanceIds.length; at += MAX_DIMENSIONS) {
        const ids = instanceIds.slice(at, at + MAX_DIMENSIONS);
        let nextToken: string | undefined;
        for (let page = 0; page < MAX_PAGES; page += 1) {
          const answer = await line.callByForm('DescribeMetricList', {
            Namespace: 'acs_ecs_dashboard',
            MetricName: 'CPUUtilization',
            Dimensions: JSON.stringify(ids.map((instanceId) => ({ instanceId }))),
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
    },
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
    samples.push({ at: timestamp, percent: Average });
    found.set(instanceId, samples);
  }
}
