import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Operation } from '../../src/cluster/operation.ts';
import { recordOf } from '../chaos/suite/record.ts';
import { openTown } from '../support/town.ts';
import type { Town } from '../support/town.ts';
import { startTraceReceiver } from '../support/trace-receiver.ts';
import type { ReceivedSpan, TraceReceiver } from '../support/trace-receiver.ts';

const LONG = 240_000;

describe('an operation that fails and is retried, over four processes', () => {
  let town: Town;
  let receiver: TraceReceiver;
  let operation: Operation;
  let spans: readonly ReceivedSpan[];

  beforeAll(async () => {
    receiver = await startTraceReceiver();
    town = await openTown({ idle: true });
    Object.assign(town.env, {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20of-the-receiver',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
      // As an .env that was copied and not filled in.
      OTEL_SERVICE_NAME: '',
      OTEL_TRACES_SAMPLER: '',
    });
    const { faults } = town.world.alibaba.cloud;
    faults.plan({ action: 'CreateVSwitch', when: 'before', kind: 'throttle', skip: 1, matches: isReal });
    const refusal = { when: 'before', kind: 'code', code: 'Forbidden.RAM', status: 403 } as const;
    const refused = faults.plan({
      action: 'CreateLoadBalancer',
      ...refusal,
      times: Number.POSITIVE_INFINITY,
      matches: isReal,
    });
    await town.start('bot');
    const planner = await town.start('worker');

    const plan = await town.plan('create-cluster live --origin 1');
    expect(await planner.stop()).toBe(0);
    const second = await town.start('worker');
    await town.alex.click(plan, 'Approve');
    const failed = await town.until(plan, /^Failed/);
    expect(await second.stop()).toBe(0);
    refused.cancel();
    await town.start('worker');
    await town.alex.click(failed, 'Retry');
    await town.until(plan, /^Done/);
    for (const product of town.products) await product.stop();

    ({ operation } = (await recordOf(town, plan)).view);
    spans = receiver.spans;
  }, LONG);

  afterAll(async () => {
    await town?.close();
    await receiver?.close();
  });

  const named = (name: string) => spans.filter((span) => span.name === name);

  const only = (name: string) => single(spans, name);

  /** A busy worker may lose the lock of a job, which is then done once more: each time has its place. */
  function expectAll(name: string, ...wanted: readonly (readonly string[])[]): void {
    expect(named(name).length, name).toBeGreaterThan(0);
    for (const span of named(name)) expect(wanted).toContainEqual(path(span));
  }

  /** The names from the root to a span. */
  function path(span: ReceivedSpan): readonly string[] {
    const parent = spans.find((each) => each.spanId === span.parentId);
    return [...(parent ? path(parent) : []), span.name];
  }

  it('is one trace with one root, in which no span lacks its parent and none is told twice', () => {
    const known = new Set(spans.map((span) => span.spanId));

    expect(new Set(spans.map((span) => span.traceId)).size).toBe(1);
    expect(spans.filter((span) => span.parentId === '').map((span) => span.name)).toEqual(['request create']);
    expect(spans.filter((span) => span.parentId !== '' && !known.has(span.parentId)).map(path)).toEqual([]);
    // A job that is handed out again while it ends tells the stop of its step again.
    const stops = spans.filter((span) => span.facts['ams.outcome'] === 'stopped');
    const others = spans.filter((span) => !stops.includes(span));
    expect(new Set(others.map((span) => span.spanId)).size).toBe(others.length);
    expect(new Set(spans.map((span) => span.resource['service.instance.id'])).size).toBe(4);
    expect(new Set(spans.map((span) => span.resource['service.name']))).toEqual(new Set(['ams-chatops']));
    expect(spans[0]?.resource['deployment.environment.name']).toBe('test');
  });

  it('tells request, plan, wait for approval, click, start, runs and retry, each where it belongs', () => {
    const facts = { 'ams.operation': operation.id, 'ams.cluster': 'live', 'ams.wish': 'create' };
    const [root] = named('request create');

    expect(root?.facts).toEqual({ ...facts, 'slack.delivery': 'command' });
    // On a busy computer the sweeper may add a job before who asked for it does.
    expectAll(
      'plan',
      ['request create', 'add asks.plan', 'process asks', 'plan'],
      ['request create', 'plan'],
    );
    expect(path(only('wait for approval'))).toEqual(['request create', 'wait for approval']);
    expect(only('wait for approval').facts).toEqual({ ...facts, 'ams.outcome': 'approved' });
    expect(path(only('approve'))).toEqual(['request create', 'approve']);
    expect(only('approve').facts['slack.delivery']).toBe('block_actions');
    expectAll(
      'start',
      ['request create', 'approve', 'add asks.start', 'process asks', 'start'],
      ['request create', 'start'],
    );
    expect(path(only('retry'))).toEqual(['request create', 'retry']);
    const runs = named('run create').toSorted((one, other) => one.startedAt - other.startedAt);
    expect(runs.map((run) => [run.facts['ams.run'], run.facts['ams.outcome'], run.failed])).toEqual([
      [1, 'failed', true],
      [2, 'succeeded', false],
    ]);
    expect(runs.map(path)).toEqual([
      ['request create', 'run create'],
      ['request create', 'run create'],
    ]);
    expect(runs[0]?.endedAt).toBeLessThanOrEqual(runs[1]?.startedAt ?? 0);
    expect(only('wait for approval').startedAt).toBe(operation.plannedAt);
  });

  it('tells each step of the plan once as done, with its visits in it', () => {
    const steps = operation.plan?.steps ?? [];
    const done = spans.filter(
      (span) => span.name.startsWith('step ') && span.facts['ams.outcome'] === 'done',
    );

    expect(steps.length).toBeGreaterThan(20);
    expect(done.map((span) => span.facts['ams.step']).toSorted()).toEqual(
      steps.map((step) => step.id).toSorted(),
    );
    for (const { id, kind, part } of steps) {
      const span = single(done, `step ${id}`);
      expect(span.facts).toMatchObject({ 'ams.kind': kind, 'ams.part': part });
      expect(path(span)).toEqual(['request create', 'run create', `step ${id}`]);
      const visits = spans.filter((each) => each.name === `visit ${id}`);
      for (const visit of visits) {
        expect(path(visit)).toEqual([
          'request create',
          'run create',
          `step ${id}`,
          'process steps',
          `visit ${id}`,
        ]);
        expect(visit.facts).toMatchObject({ 'ams.step': id, 'ams.kind': kind, 'ams.part': part });
      }
      expect(visits.filter((visit) => visit.facts['ams.outcome'] === 'done')).toHaveLength(1);
    }
  });

  it('tells what went wrong by its class, on call, visit, step and run', () => {
    const [throttled] = named('vpc CreateVSwitch').filter((span) => span.failed);
    const visit = spans.find((span) => span.spanId === throttled?.parentId);
    const refused = named('alb CreateLoadBalancer').filter((span) => span.failed);
    // One that was taken over meanwhile ends as that.
    const last = named('visit load-balancer').find((span) => span.facts['ams.outcome'] === 'failed');
    const step = named('step load-balancer').find((span) => span.failed);

    expect(throttled?.facts).toMatchObject({ 'error.type': 'throttled', 'alibaba.code': 'Throttling.User' });
    expect(visit).toMatchObject({ failed: true, facts: { 'ams.kind': 'vswitch' } });
    expect(['throttled', 'StepTaken']).toContain(visit?.facts['error.type']);
    expect(refused.map((span) => span.parentId)).toContain(last?.spanId);
    expect(refused[0]?.facts).toMatchObject({
      'error.type': 'permission',
      'alibaba.code': 'Forbidden.RAM',
      'http.response.status_code': 403,
    });
    expect(last).toMatchObject({
      failed: true,
      facts: { 'error.type': 'permission', 'ams.outcome': 'failed', 'ams.run': 1 },
    });
    expect(step?.facts).toMatchObject({ 'ams.outcome': 'failed', 'ams.run': 1 });
  });

  it('tells each call that the cloud took, once, in a visit or in what looks before', () => {
    const { requests, dryRuns } = town.world.alibaba.cloud;
    const told = spans.filter((span) => 'alibaba.action' in span.facts);
    const known = new Set([
      'plan',
      'start',
      ...(operation.plan?.steps ?? []).map((step) => `visit ${step.id}`),
    ]);

    expect(
      told.map((span) => `${span.facts['alibaba.action']} ${span.facts['alibaba.request_id']}`).toSorted(),
    ).toEqual([...requests, ...dryRuns].map(({ action, requestId }) => `${action} ${requestId}`).toSorted());
    expect(told.filter((span) => !known.has(path(span).at(-2) ?? '')).map(path)).toEqual([]);
    const vpc = named('vpc CreateVpc').find((span) => span.facts['alibaba.code'] === 'ok');
    expect(vpc && path(vpc).at(-2)).toBe('visit vpc');
    expect(vpc?.facts).toMatchObject({
      'alibaba.product': 'vpc',
      'cloud.region': 'eu-central-1',
      'http.response.status_code': 200,
    });
  });

  it('tells each command on a machine by its name', () => {
    const commands = spans.filter((span) => span.name.startsWith('ssh '));

    expect(commands.map((span) => span.facts['ams.program'])).toEqual(
      expect.arrayContaining(['connect', 'cloud-init status', 'systemctl is-active', 'wget', 'mongosh']),
    );
    expect(commands.filter((span) => !path(span).at(-2)?.startsWith('visit '))).toEqual([]);
    for (const { name } of commands) expect(name).toMatch(/^ssh [a-z][\w-]*(?: [a-z-]+)?$/);
  });

  it('came with the headers that were asked for, of which no log speaks', () => {
    const log = town.products.flatMap((product) => product.output).join('\n');

    expect(receiver.requests.length).toBeGreaterThan(3);
    for (const { headers, url } of receiver.requests) {
      expect(headers.authorization).toBe('Bearer of-the-receiver');
      expect(url).toBe('/v1/traces');
    }
    expect(log).toContain('operations are traced');
    expect(log).not.toContain('of-the-receiver');
  });
});

/** A call that does something, and does not only ask whether it would work. */
function isReal(params: Readonly<Record<string, unknown>>): boolean {
  return String(params['DryRun']) !== 'true';
}

function single(from: readonly ReceivedSpan[], name: string): ReceivedSpan {
  const found = from.filter((span) => span.name === name);
  expect(found, name).toHaveLength(1);
  return found[0] as ReceivedSpan;
}
