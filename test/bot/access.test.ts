import { WebAPIPlatformError, WebAPIRateLimitedError } from '@slack/web-api';
import { describe, expect, it } from 'vitest';
import { Access } from '../../src/bot/access.ts';
import { Settings } from '../../src/cluster/settings.ts';
import { silentLog } from '../support/silent-log.ts';

let now = 1_000_000;
/** What Slack answers instead of the members. */
let refusal: Error | undefined;

function access(settings: object, groups: Record<string, readonly string[]>) {
  const reads: string[] = [];
  const it = new Access({
    settings: Settings.parse(settings),
    log: silentLog,
    now: () => now,
    membersOf: async (group) => {
      reads.push(group);
      if (refusal) throw refusal;
      const members = groups[group];
      if (!members) throw new Error('missing_scope');
      return members;
    },
  });
  return { it, reads };
}

it('counts members of a user group as approvers, asking Slack once in a while', async () => {
  const { it: who, reads } = access({ approval: { approvers: ['UBOB1', 'SADMIN'] } }, { SADMIN: ['UCAROL'] });

  expect(await who.isApprover('UBOB1')).toBe(true);
  expect(await who.isApprover('UCAROL')).toBe(true);
  expect(await who.isApprover('UEVE1')).toBe(false);
  expect(reads).toEqual(['SADMIN']);
  now += 31_000;
  await who.isApprover('UEVE1');
  expect(reads).toHaveLength(2);
});

describe('who decides is asked of Slack anew', () => {
  const approval = { approvers: ['SADMIN'] };

  it('so that nothing counts of somebody who has left the group a moment ago', async () => {
    const groups = { SADMIN: ['UCAROL'] };
    const { it: who } = access({ approval }, groups);

    expect(await who.isApproverNow('UCAROL')).toBe(true);
    groups.SADMIN = ['UDAVE1'];
    expect(await who.isApprover('UCAROL')).toBe(true);
    expect(await who.isApproverNow('UCAROL')).toBe(false);
    expect(await who.isApproverNow('UDAVE1')).toBe(true);
  });

  it('once for all who decide at the same moment', async () => {
    const { it: who, reads } = access({ approval }, { SADMIN: ['UCAROL'] });

    const answers = await Promise.all(['UCAROL', 'UEVE1', 'UCAROL'].map((user) => who.isApproverNow(user)));

    expect(answers).toEqual([true, false, true]);
    expect(reads).toEqual(['SADMIN']);
  });

  it('and remembered for a while when Slack is away or asked too often, not when it refuses', async () => {
    const { it: who } = access({ approval }, { SADMIN: ['UCAROL'] });
    await who.isApproverNow('UCAROL');

    for (const troubled of [new WebAPIRateLimitedError(30), new Error('connect ECONNREFUSED')]) {
      refusal = troubled;
      expect(await who.isApproverNow('UCAROL')).toBe(true);
      expect(await who.isApproverNow('UEVE1')).toBe(false);
    }
    refusal = new WebAPIPlatformError({ ok: false, error: 'missing_scope' });
    await expect(who.isApproverNow('UCAROL')).rejects.toThrow('<!subteam^SADMIN>');
    await expect(who.isApprover('UCAROL')).rejects.toThrow('(missing_scope)');
    refusal = undefined;
    await who.isApproverNow('UCAROL');
    now += 31_000;
    refusal = new WebAPIRateLimitedError(30);
    await expect(who.isApproverNow('UCAROL')).rejects.toThrow('<!subteam^SADMIN>');
    refusal = undefined;
  });
});

it('never takes a group that cannot be read for a yes, and says so', async () => {
  const { it: who } = access({ approval: { approvers: ['SGONE', 'SADMIN'] } }, { SADMIN: ['UCAROL'] });

  await expect(who.isApprover('UEVE1')).rejects.toThrow('<!subteam^SGONE>');
  expect(await who.isApprover('UCAROL')).toBe(true);
});

it('lets approvers in whose group of requesters cannot be read', async () => {
  const { it: who } = access(
    { access: { requesters: ['SGONE'] }, approval: { approvers: ['UBOB1', 'SADMIN'] } },
    { SADMIN: ['UCAROL'] },
  );

  await expect(who.checkMayUse('UBOB1', 'COPS1')).resolves.toBeUndefined();
  await expect(who.checkMayUse('UCAROL', undefined)).resolves.toBeUndefined();
  await expect(who.checkMayUse('UEVE1', 'COPS1')).rejects.toThrow('<!subteam^SGONE>');
});

it('keeps strangers and other channels out', async () => {
  const { it: who } = access(
    { access: { requesters: ['UALICE'], channels: ['COPS1'] }, approval: { approvers: ['UBOB1'] } },
    {},
  );

  await expect(who.checkMayUse('UALICE', 'COPS1')).resolves.toBeUndefined();
  await expect(who.checkMayUse('UBOB1', 'COPS1')).resolves.toBeUndefined();
  await expect(who.checkMayUse('UALICE', 'CELSE')).rejects.toThrow('This channel');
  await expect(who.checkMayUse('UEVE1', 'COPS1')).rejects.toThrow('not among those');
});

it('keeps the home, which everybody has, to approvers where only channels are named', async () => {
  const channels = ['COPS1'];
  const approval = { approvers: ['UBOB1'] };
  const byChannel = access({ access: { channels }, approval }, {}).it;
  const byPerson = access({ access: { channels, requesters: ['UALICE'] }, approval }, {}).it;
  const open = access({ approval }, {}).it;

  await expect(byChannel.checkMayUse('UEVE1', undefined)).rejects.toThrow('certain channels');
  await expect(byChannel.checkMayUse('UBOB1', undefined)).resolves.toBeUndefined();
  await expect(byChannel.checkMayUse('UEVE1', 'COPS1')).resolves.toBeUndefined();
  await expect(byPerson.checkMayUse('UALICE', undefined)).resolves.toBeUndefined();
  await expect(byPerson.checkMayUse('UEVE1', undefined)).rejects.toThrow('not among those');
  await expect(open.checkMayUse('UEVE1', undefined)).resolves.toBeUndefined();
});
