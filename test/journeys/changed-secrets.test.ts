import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { holdingsOf } from '../support/holdings.ts';
import { dumpRedis, offers, openTown } from '../support/town.ts';
import type { Town } from '../support/town.ts';

/** A secret in the nodes' user data that is another one now than when the cluster was made. */
let town: Town;
const folder = mkdtempSync(join(tmpdir(), 'ams-licence-'));
const licence = join(folder, 'licence');
const lines: string[] = [];
/** How late lists may show what is new, simulated. */
const LATE_MS = 30_000;
const own = () => holdingsOf(town.world, 'live');

beforeAll(async () => {
  writeFileSync(licence, 'FIRST-LICENCE-0001\n');
  town = await openTown({
    settings: { nodes: { licenceKey: `file:${licence}` } },
    alibaba: { quotas: { launchTemplateVersions: 3 } },
    onLine: (line) => void lines.push(line),
  });
  await town.run('create-cluster live --edge 1 --edge-min 1');
}, 150_000);

afterAll(async () => {
  await town?.close();
  rmSync(folder, { recursive: true });
});

async function repair(): Promise<string> {
  await town.dana.command('plan repair live', { channel: town.channel });
  const answer = await town.next((message) => /^(Nothing|Plan: )/.test(message.text));
  return town.world.slack.render(answer).replace(/\s+/g, ' ');
}

describe('a licence key that was replaced', () => {
  it('is no difference as long as it is the same', async () => {
    expect(await repair()).toContain('Nothing of live differs');
  });

  it('is put into the templates by a repair, and nobody can read it there who could not before', async () => {
    writeFileSync(licence, 'SECOND-LICENCE-0002\n');

    const text = await repair();
    expect(text).toContain('new origin nodes: the licence key is another one than ams.yaml names');
    expect(text).toContain('Nodes that run keep their old settings');
    await town.dana.command('repair live', { channel: town.channel });
    const plan = await town.next((message) => offers(message, 'Approve'));
    // However late lists show it, one new version is written.
    const { settings } = town.world.alibaba.cloud;
    const usualMs = settings.visibleAfterMs;
    settings.visibleAfterMs = LATE_MS;
    await town.approve(plan);
    settings.visibleAfterMs = usualMs;
    await new Promise((resolve) => setTimeout(resolve, LATE_MS * town.world.timeScale));

    for (const role of ['origin', 'edge'] as const) {
      expect(own().userData(role)).toContain('SECOND-LICENCE-0002');
      const { versions, latest } = own().template(role);
      expect([...versions.keys()]).toEqual([1, 2]);
      const { data: _data, ...rest } = versions.get(latest) ?? { data: {} };
      expect(JSON.stringify(rest)).not.toContain('SECOND-LICENCE');
      expect(own().scalingGroup(role).templateVersion).toBe(String(latest));
    }
    expect(await repair()).toContain('Nothing of live differs');
    const channel = town.world.slack.transcript(town.channel);
    for (const where of [channel, lines.join('\n'), await dumpRedis(town.redis.url)])
      expect(where).not.toMatch(/(FIRST|SECOND)-LICENCE/);
  }, 150_000);

  it('takes the place of the oldest version that nobody needs, once there may be no more', async () => {
    for (const key of ['THIRD-LICENCE-0003', 'FOURTH-LICENCE-0004']) {
      writeFileSync(licence, `${key}\n`);
      await town.run('repair live');
    }

    for (const role of ['origin', 'edge'] as const) {
      expect([...own().template(role).versions.keys()]).toEqual([1, 3, 4]);
      expect(own().scalingGroup(role).templateVersion).toBe('4');
      expect(own().userData(role)).toContain('FOURTH-LICENCE');
    }
  }, 150_000);

  it('that cannot be read now is no difference: nobody can tell', async () => {
    rmSync(licence);

    expect(await repair()).toContain('Nothing of live differs');
  });
});
