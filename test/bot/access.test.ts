import { expect, it } from 'vitest';
import { Access } from '../../src/bot/access.ts';
import { Settings } from '../../src/cluster/settings.ts';
import type { Log } from '../../src/jobs/log.ts';

const quiet: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet };
let now = 1_000_000;

function access(settings: object, groups: Record<string, readonly string[]>) {
  const reads: string[] = [];
  const it = new Access({
    settings: Settings.parse(settings),
    log: quiet,
    now: () => now,
    membersOf: async (group) => {
      reads.push(group);
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
