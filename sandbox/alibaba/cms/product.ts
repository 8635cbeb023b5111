import { ApiError, invalidParameter } from '../api-error.ts';
import { needText, number, text } from '../call.ts';
import type { Call } from '../call.ts';
import type { Handler, Product } from '../product.ts';
import { cpuOf, sizesOf } from './metrics.ts';
import type { Metric } from './metrics.ts';

const METRICS: Readonly<Record<string, Metric>> = {
  'acs_ecs_dashboard/CPUUtilization': cpuOf,
  'acs_ess_dashboard/TotalInstanceCount': sizesOf,
};
const MOST_DIMENSIONS = 50;
const DEFAULT_SPAN_MS = 3_600_000;
const TOKEN = /^next-(\d+)$/;

/**
 * DescribeMetricList: the CPU of instances and the sizes of scaling groups, one value a period since each was there.
 * StartTime is not included, EndTime is. Source: api-cms-2019-01-01-describemetriclist, Appendix 1: Metrics.
 */
const describeMetricList: Handler = (call, cloud) => {
  const { params } = call;
  const namespace = needText(params, 'Namespace');
  const name = needText(params, 'MetricName');
  const metric = METRICS[`${namespace}/${name}`];
  if (metric === undefined)
    throw new ApiError('ResourceNotFound', 404, `The metric ${name} of ${namespace} is not found.`);
  const period = number(params, 'Period') ?? 60;
  if (![60, 300, 900].includes(period)) throw invalidParameter('Period', period, '60, 300 or 900');
  const length = number(params, 'Length') ?? 1_000;
  if (length < 1 || length > 1_440) throw invalidParameter('Length', length, '1 to 1440');
  const to = timeOf(call, 'EndTime') ?? Date.now();
  const from = timeOf(call, 'StartTime') ?? to - DEFAULT_SPAN_MS;
  if (from >= to) throw invalidParameter('StartTime', from, 'a time before EndTime');
  const token = text(params, 'NextToken');
  const start = token === undefined ? 0 : Number(TOKEN.exec(token)?.[1] ?? Number.NaN);
  if (Number.isNaN(start)) throw invalidParameter('NextToken', token);
  const span = { from, to: Math.min(to, Date.now()), stepMs: period * 1_000 };
  const all = metric(cloud, namedIn(call), { ...span, regionId: call.regionId });
  const sorted = all.toSorted((a, b) => a.timestamp - b.timestamp);
  const end = start + length;
  return {
    Code: '200',
    Success: true,
    Period: String(period),
    Datapoints: JSON.stringify(
      sorted.slice(start, end).map((point) => Object.assign({ userId: call.accountId }, point)),
    ),
    ...(end < sorted.length ? { NextToken: `next-${end}` } : {}),
  };
};

/** Milliseconds since 1970, or a time as text. */
function timeOf({ params }: Call, name: string): number | undefined {
  const given = text(params, name);
  if (given === undefined) return undefined;
  const at = /^\d{13}$/.test(given) ? Number(given) : Date.parse(given.replace(' ', 'T'));
  if (Number.isNaN(at)) throw invalidParameter(name, given, 'YYYY-MM-DD hh:mm:ss or milliseconds');
  return at;
}

/** Ids named in Dimensions; undefined: all of the region. An unknown one has no values. */
function namedIn(call: Call): readonly string[] | undefined {
  const given = text(call.params, 'Dimensions');
  if (given === undefined) return undefined;
  const named = parsed(given);
  const isRight = (one: unknown): one is { instanceId: string } =>
    typeof one === 'object' &&
    one !== null &&
    typeof (one as { instanceId?: unknown }).instanceId === 'string';
  if (!Array.isArray(named) || named.length > MOST_DIMENSIONS || !named.every(isRight))
    throw invalidParameter('Dimensions', given, `JSON, at most ${MOST_DIMENSIONS} of {"instanceId": "i-…"}`);
  return named.map((one) => one.instanceId);
}

function parsed(given: string): unknown {
  try {
    return JSON.parse(given);
  } catch {
    return undefined;
  }
}

/** CloudMonitor, 2019-01-01: what instances and scaling groups measured. */
export const cms: Product = {
  name: 'CMS',
  version: '2019-01-01',
  actions: { DescribeMetricList: describeMetricList },
  model: (action) =>
    action === 'DescribeMetricList'
      ? {
          fields: {
            RegionId: 'string',
            Namespace: 'string',
            MetricName: 'string',
            Period: 'string',
            StartTime: 'string',
            EndTime: 'string',
            Dimensions: 'string',
            NextToken: 'string',
            Length: 'string',
            Express: 'string',
          },
          rules: { required: ['Namespace', 'MetricName'] },
        }
      : undefined,
};
