import { describe, expect, it } from 'vitest';
import { withAnswersSince } from '../../src/cloud/calling/answers.ts';
import { json, wireServers } from './wire-server.ts';

const serve = wireServers();

describe('shared reads', () => {
  it('sends equal reads that are under way once, and reads again after a write', async () => {
    const waiting: (() => void)[] = [];
    const server = await serve((seen, response) => {
      if (seen.action !== 'DescribeVpcs') return json(response, 200, { VpcId: 'vpc-1' });
      waiting.push(() => json(response, 200, { Vpcs: { Vpc: [] }, TotalCount: 0 }));
    });
    const { vpc } = server.cloud().in('cn-beijing');
    const countOf = (action: string) => server.seen.filter((call) => call.action === action).length;

    const since = performance.now();
    const before = withAnswersSince(since, () =>
      Promise.all([vpc.listVpcs({}), vpc.listVpcs({}), vpc.listVpcs({})]),
    );
    await expect.poll(() => waiting.length).toBe(1);
    const after = withAnswersSince(since, async () => {
      await vpc.createVpc({ name: 'n', cidr: 'c', tags: {}, token: 't' });
      return vpc.listVpcs({});
    });
    await expect.poll(() => countOf('CreateVpc')).toBe(1);
    waiting[0]?.();
    await before;
    await expect.poll(() => waiting.length).toBe(2);
    waiting[1]?.();
    await after;

    expect(countOf('DescribeVpcs')).toBe(2);
  });
});
