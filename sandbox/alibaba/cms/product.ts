import { ApiError, invalidParameter } from '../api-error.ts';
import { needText, number, text } from '../call.ts';
import type { Call } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import { ecsState } from '../ecs/state.ts';
import type { InstanceEntry } from '../ecs/state.ts';
import type { Handler, Product } from '../product.ts';

const NAMESPACE = 'acs_ecs_dashboard';
const METRIC = 'CPUUtilization';
const MOST_DIMENSIONS = 50;
const DEFAULT_SPAN_MS = 3_600_000;
const TOKEN = /^next-(\d+)$/;

interface Point {
  readonly timestamp: number;
  readonly userId: string;
  readonly instanceId: string;
  readonly Minimum: number;
  readonly Average: number;
  readonly Maximum: number;
}

/**
 * DescribeMetricList: the CPU of instances, one value a period since each was started. StartTime is not included,
 * EndTime is. Source: api-cms-2019-01-01-describemetriclist.
 */
const describeMetricList: Handler = (call, cloud) => {
  const { params } = call;
  const namespace = needText(params, 'Namespace');
  const metric = needText(params, 'MetricName');
  if (namespace !== NAMESPACE || metric !== METRIC) {
    throw new ApiError('ResourceNotFound', 404, `The metric ${metric} of ${namespace} is not found.`);
  }
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
  const all = instancesOf(call, cloud).flatMap((one) =>
    pointsOf(one, { from, to: Math.min(to, Date.now()), period }, call.accountId),
  );
  const sorted = all.toSorted((a, b) => a.timestamp - b.timestamp);
  const end = start + length;
  return {
    Code: '200',
    Success: true,
    Period: String(period),
    Datapoints: JSON.stringify(sorted.slice(start, end)),
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

/** Those named in Dimensions, or all of the region. An unknown one has no values. */
function instancesOf(call: Call, cloud: Cloud): InstanceEntry[] {
  const { instances } = ecsState(cloud);
  const given = text(call.params, 'Dimensions');
  if (given === undefined) return [...instances.values()].filter((one) => one.regionId === call.regionId);
  const named = parsed(given);
  const isRight = (one: unknown): one is { instanceId: string } =>
    typeof one === 'object' &&
    one !== null &&
    typeof (one as { instanceId?: unknown }).instanceId === 'string';
  if (!Array.isArray(named) || named.length > MOST_DIMENSIONS || !named.every(isRight))
    throw invalidParameter('Dimensions', given, `JSON, at most ${MOST_DIMENSIONS} of {"instanceId": "i-…"}`);
  return named.flatMap(({ instanceId }) => instances.get(instanceId) ?? []);
}

function parsed(given: string): unknown {
  try {
    return JSON.parse(given);
  } catch {
    return undefined;
  }
}

function pointsOf(
  entry: InstanceEntry,
  { from, to, period }: { from: number; to: number; period: number },
  userId: string,
): Point[] {
  const step = period * 1_000;
  const since = Math.max(from, entry.startedAt?.getTime() ?? to);
  const points: Point[] = [];
  for (let at = (Math.floor(since / step) + 1) * step; at <= to; at += step) {
    const average = load(entry.id, at);
    const [Minimum, Maximum] = [average * 0.8, Math.min(100, average * 1.3)].map(rounded);
    points.push({
      timestamp: at,
      userId,
      instanceId: entry.id,
      Minimum: Minimum ?? 0,
      Average: rounded(average),
      Maximum: Maximum ?? 0,
    });
  }
  return points;
}

/** Always the same for the same instance and time: a slow wave, a little apart for each. */
function load(id: string, at: number): number {
  const phase = Buffer.from(id).reduce((sum, byte) => sum + byte, 0) % 60;
  return 30 + 22 * Math.sin((at / 60_000 + phase) / 25) + (phase % 7);
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

/** CloudMonitor, 2019-01-01: what instances measured. */
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
