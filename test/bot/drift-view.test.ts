import { describe, expect, it } from 'vitest';
import type { DriftRecord } from '../../src/cluster/answers.ts';
import { driftView } from '../../src/bot/views/drift.ts';

const record: DriftRecord = {
  cluster: 'live',
  number: 3,
  state: 'drifted',
  findings: ['origin group: it is disabled, must be enabled', 'TCP 22 from <!here> is allowed.'],
  at: Date.UTC(2026, 4, 1),
  channel: 'C0EVENTS01',
  user: 'U0DANA0001',
};

describe('the message about drift', () => {
  it('tells each difference, offers Repair, and calls nobody by foreign words', () => {
    const { text, blocks } = driftView(record);
    const all = JSON.stringify(blocks);

    expect(text).toBe('live differs from what it should be. origin group: it is disabled, must be enabled');
    expect(all).toContain('TCP 22 from &lt;!here&gt; is allowed.');
    expect(all).toContain('"action_id":"ams_repair","value":"live"');
  });

  it('keeps within the limits of Slack however much differs', () => {
    const findings = Array.from({ length: 900 }, (_, at) => `part-${at} is missing: ${'x'.repeat(200)}`);
    const { blocks } = driftView({ ...record, findings });

    expect(blocks.length).toBeLessThan(50);
    expect(JSON.stringify(blocks)).toMatch(/…and \d+ more/);
    for (const block of blocks)
      if (block.type === 'section') expect(block.text?.text.length).toBeLessThanOrEqual(3_000);
  });

  it('is one line when all is well again', () => {
    expect(driftView({ ...record, state: 'well', findings: [] })).toMatchObject({
      text: 'live is again as it should be.',
      blocks: [{ type: 'section' }],
    });
  });
});
