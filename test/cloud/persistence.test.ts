import { afterEach, describe, expect, it } from 'vitest';
import { withAnswersSince, withFreshAnswers } from '../../src/cloud/calling/answers.ts';
import { CloudError } from '../../src/cloud/errors.ts';
import { withPersistence } from '../../src/cloud/calling/persistence.ts';
import type { Persistence } from '../../src/cloud/calling/persistence.ts';
import { json, refuse, wireServer } from './wire-server.ts';
import type { Reply } from './wire-server.ts';

const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

/** Refuses the first so many of each action, then answers with nothing found. */
async function serve(refused: Readonly<Record<string, number>>, code = 'Throttling.User', status = 400) {
  const left = new Map(Object.entries(refused));
  const reply: Reply = ({ action }, response) => {
    const more = left.get(action) ?? 0;
    left.set(action, more - 1);
    if (more > 0) return refuse(response, status, code);
    json(response, 200, { RequestId: 'r', TotalCount: 0, Vpcs: { Vpc: [] }, VSwitches: { VSwitch: [] } });
  };
  const server = await wireServer(reply);
  open.push(server);
  const asked = (action: string): number => server.seen.filter((call) => call.action === action).length;
  const { vpc } = server.cloud().in('ap-southeast-1');
  return { vpc, asked };
}

function patient(more: Partial<Persistence> = {}): Persistence & { readonly attempts: number[] } {
  const attempts: number[] = [];
  const delayMs = (_error: CloudError, attempt: number): number => {
    attempts.push(attempt);
    return 1;
  };
  const { signal } = new AbortController();
  return { most: 4, until: performance.now() + 60_000, delayMs, signal, attempts, ...more };
}

describe('work that persists in its reads', () => {
  it('makes the refused one again, and no other', async () => {
    const { vpc, asked } = await serve({ DescribeVSwitches: 3 });
    const how = patient();

    await withPersistence(how, () =>
      withFreshAnswers(async () => {
        await Promise.all([
          vpc.listVpcs({ tags: { 'ams-cluster': 'live' } }),
          vpc.listVSwitches({ vpcId: 'vpc-1' }),
        ]);
      }),
    );

    expect(asked('DescribeVpcs')).toBe(1);
    expect(asked('DescribeVSwitches')).toBe(4);
    expect(how.attempts).toEqual([0, 1, 2]);
  });

  it('gives up after so many, with the last error', async () => {
    const { vpc, asked } = await serve({ DescribeVpcs: 99 });

    const read = withPersistence(patient({ most: 2 }), () => vpc.listVpcs({}));

    await expect(read).rejects.toMatchObject({ errorClass: 'throttled' });
    expect(asked('DescribeVpcs')).toBe(3);
  });

  it('does not wait beyond its time', async () => {
    const { vpc, asked } = await serve({ DescribeVpcs: 99 });

    const read = withPersistence(patient({ delayMs: () => 60_001 }), () => vpc.listVpcs({}));

    await expect(read).rejects.toMatchObject({ errorClass: 'throttled' });
    expect(asked('DescribeVpcs')).toBe(1);
  });

  it('ends with the process', async () => {
    const { vpc, asked } = await serve({ DescribeVpcs: 99 });
    const ending = new AbortController();
    const delayMs = (): number => {
      setImmediate(() => ending.abort());
      return 50_000;
    };

    const read = withPersistence(patient({ delayMs, signal: ending.signal }), () => vpc.listVpcs({}));

    await expect(read).rejects.toMatchObject({ errorClass: 'throttled' });
    expect(asked('DescribeVpcs')).toBe(1);
  });

  it('takes a refusal for good as one', async () => {
    const { vpc, asked } = await serve({ DescribeVpcs: 99 }, 'Forbidden.RAM', 403);

    await expect(withPersistence(patient(), () => vpc.listVpcs({}))).rejects.toMatchObject({
      errorClass: 'permission',
    });
    expect(asked('DescribeVpcs')).toBe(1);
  });

  it('never makes a change again', async () => {
    const { vpc, asked } = await serve({ CreateVpc: 99 });

    const change = withPersistence(patient(), () =>
      vpc.createVpc({ name: 'n', cidr: '10.0.0.0/16', tags: {}, token: 't' }),
    );

    await expect(change).rejects.toMatchObject({ errorClass: 'throttled' });
    expect(asked('CreateVpc')).toBe(1);
  });
});

describe('other work', () => {
  it('makes no read again by itself', async () => {
    const { vpc, asked } = await serve({ DescribeVpcs: 1 });

    await expect(vpc.listVpcs({})).rejects.toMatchObject({ errorClass: 'throttled' });
    expect(asked('DescribeVpcs')).toBe(1);
  });
});

describe('a read that work of both kinds shares', () => {
  const share = <Answer>(work: () => Promise<Answer>): Promise<Answer> => withAnswersSince(0, work);

  it('is made again for work that persists, whoever began it', async () => {
    const { vpc, asked } = await serve({ DescribeVpcs: 1 });

    const impatient = share(() => vpc.listVpcs({}));
    const persistent = withPersistence(patient(), () => share(() => vpc.listVpcs({})));

    await expect(impatient).rejects.toMatchObject({ errorClass: 'throttled' });
    expect(await persistent).toEqual([]);
    expect(asked('DescribeVpcs')).toBe(2);
  });

  it('does not hold other work until it is made again', async () => {
    const { vpc, asked } = await serve({ DescribeVpcs: 1 });
    const ending = new AbortController();
    const how = patient({ delayMs: () => 50_000, signal: ending.signal });

    const persistent = withPersistence(how, () => share(() => vpc.listVpcs({})));
    const impatient = share(() => vpc.listVpcs({}));

    await expect(impatient).rejects.toMatchObject({ errorClass: 'throttled' });
    ending.abort();
    await expect(persistent).rejects.toMatchObject({ errorClass: 'throttled' });
    expect(asked('DescribeVpcs')).toBe(1);
  });
});
