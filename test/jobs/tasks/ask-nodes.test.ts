import { afterEach, describe, expect, it } from 'vitest';
import { askNodes, isAsking } from '../../../src/jobs/tasks/nodes/ask-nodes.ts';
import type { Asking } from '../../../src/jobs/tasks/nodes/ask-nodes.ts';
import { wireServer } from '../../cloud/wire-server.ts';

const QUESTIONS = [
  { instanceId: 'i-1', command: 'date' },
  { instanceId: 'i-2', command: 'uptime' },
];

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** How the cloud refuses what is asked of a node in such a state. */
const REFUSALS: Readonly<Record<string, readonly [status: number, code: string]>> = {
  refused: [403, 'Forbidden.RAM'],
  throttled: [400, 'Throttling.User'],
};

/**
 * A step whose visits ask two nodes. `states`: how the command on each stands, `refused` where it may not be asked,
 * `throttled` where the cloud takes no more calls.
 */
async function step(states: Record<string, string>) {
  const server = await wireServer(({ action, form, query }, response) => {
    const node = form['InstanceId.1'] ?? query['InstanceId'] ?? '';
    const InvocationStatus = states[node] ?? '';
    const refusal = REFUSALS[InvocationStatus];
    const result = { InstanceId: node, InvocationStatus, ExitCode: 0, Output: `${node} says so` };
    response
      .writeHead(refusal?.[0] ?? 200, { 'content-type': 'application/json' })
      .end(
        JSON.stringify(
          refusal
            ? { Code: refusal[1], Message: 'not allowed', RequestId: 'r' }
            : action === 'RunCommand'
              ? { InvokeId: `t-${node}` }
              : { Invocation: { InvocationResults: { InvocationResult: [result] } } },
        ),
      );
  });
  ends.push(() => server.close());
  let now = 0;
  const memory: Record<string, string | number> = {};
  const ctx: Asking = {
    region: server.cloud().in('eu-central-1'),
    memory,
    remember: async (facts) => void Object.assign(memory, facts),
    now: () => now,
    startedAt: 0,
    timeScale: 1,
  };
  const actions = (): readonly string[] => server.seen.map(({ action }) => action);
  return {
    memory,
    visit: (startedAt = 0) => askNodes({ ...ctx, startedAt }, QUESTIONS, 'asked'),
    actions,
    count: (action: string) => actions().filter((one) => one === action).length,
    pass: (ms: number) => (now += ms),
  };
}

describe('asking nodes', () => {
  it('ends the visit that asks, reads the answers in a later one, and asks anew after that', async () => {
    const states = { 'i-1': 'Success', 'i-2': 'Running' };
    const { visit, count } = await step(states);

    expect(await visit()).toMatchObject({ why: 'asked', phase: 'commands' });
    expect(count('DescribeInvocationResults')).toBe(0);
    expect(await visit()).toMatchObject({ why: 'asked' });
    states['i-2'] = 'Success';
    expect(await visit()).toEqual({
      answers: [
        { exitCode: 0, output: 'i-1 says so' },
        { exitCode: 0, output: 'i-2 says so' },
      ],
    });
    expect(count('RunCommand')).toBe(2);
    expect(await visit()).toMatchObject({ why: 'asked' });
    expect(count('RunCommand')).toBe(4);
  });

  it('tells whether answers are still to be read', async () => {
    const { visit, memory } = await step({ 'i-1': 'Success', 'i-2': 'Success' });

    expect(isAsking({ memory })).toBe(false);
    await visit();
    expect(isAsking({ memory })).toBe(true);
    await visit();
    expect(isAsking({ memory })).toBe(false);
  });

  it('asks anew once somebody has pressed Retry: what was true before may not be any more', async () => {
    const { visit, count } = await step({ 'i-1': 'Success', 'i-2': 'Success' });

    await visit();
    expect(await visit(1_000)).toMatchObject({ why: 'asked' });
    expect(count('RunCommand')).toBe(4);
  });

  it('has no answer of a node that does not end within its time, and those of the others', async () => {
    const { visit, pass } = await step({ 'i-1': 'Pending', 'i-2': 'Success' });

    await visit();
    pass(19_999);
    expect(await visit()).toMatchObject({ why: 'asked' });
    pass(1);
    expect(await visit()).toEqual({ answers: [undefined, { exitCode: 0, output: 'i-2 says so' }] });
  });

  it('does not wait for nodes that it may not ask', async () => {
    const { visit, actions } = await step({ 'i-1': 'refused', 'i-2': 'refused' });

    expect(await visit()).toEqual({ answers: [undefined, undefined] });
    expect(actions()).toEqual(['RunCommand', 'RunCommand']);
  });

  it('takes no throttling for the silence of a node: asks until the cloud takes it, each node once', async () => {
    const states = { 'i-1': 'Success', 'i-2': 'throttled' };
    const { visit, count, pass } = await step(states);

    for (let nth = 0; nth < 2; nth += 1) {
      await expect(visit()).rejects.toMatchObject({ errorClass: 'throttled' });
      pass(60_000);
    }
    states['i-2'] = 'Success';
    expect(await visit()).toMatchObject({ why: 'asked' });
    expect(count('RunCommand')).toBe(4);
    states['i-2'] = 'throttled';
    pass(60_000);
    await expect(visit()).rejects.toMatchObject({ errorClass: 'throttled' });
    states['i-2'] = 'Success';

    expect(await visit()).toEqual({
      answers: [
        { exitCode: 0, output: 'i-1 says so' },
        { exitCode: 0, output: 'i-2 says so' },
      ],
    });
    expect(count('RunCommand')).toBe(4);
  });

  it('has no answers where the account turns out not to be allowed, once the cloud takes calls again', async () => {
    const states = { 'i-1': 'refused', 'i-2': 'throttled' };
    const { visit, memory } = await step(states);

    await expect(visit()).rejects.toMatchObject({ errorClass: 'throttled' });
    states['i-2'] = 'refused';

    expect(await visit()).toEqual({ answers: [undefined, undefined] });
    expect(isAsking({ memory })).toBe(false);
  });
});
