import { describe, expect, it } from 'vitest';
import type { DriftRecord, ExpiryRecord } from '../../src/cluster/answers.ts';
import { readLetter, urgencyOf } from '../../src/bot/outbox/letter.ts';
import { Pace } from '../../src/bot/outbox/pace.ts';
import { driftView, expiryView } from '../../src/bot/views/drift.ts';
import { read } from '../docs/markdown.ts';
import { fine } from './samples.ts';

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

const expiry: ExpiryRecord = {
  cluster: 'live',
  number: 7,
  domain: 'live.example.com',
  endsAt: Date.UTC(2026, 4, 21),
  daysLeft: 20,
  at: Date.UTC(2026, 4, 1),
  channel: 'C0EVENTS01',
  user: 'U0DANA0001',
};

describe('the message about a certificate', () => {
  it.each([
    [20, 'expires in 20 days.'],
    [1, 'expires in 1 day.'],
    [0, 'expires in less than a day.'],
    [-1, 'has expired.'],
  ])('with %i days left says that it %s', (daysLeft, words) => {
    const view = expiryView({ ...expiry, daysLeft });

    expect(view.text).toContain(`The certificate of live (live.example.com) ${words}`);
    expect(fine(view)).toContain(`*The certificate of live (live.example.com) ${words}*`);
  });

  it('names the place where the way to change it is told, and offers no repair, which renews nothing', () => {
    const all = fine(expiryView(expiry));
    const told = /`(docs\/\w+\.md)` says how, under \\"([^"\\]+)\\"/.exec(all);

    expect(read(told?.[1] ?? '')).toContain(`\n## ${told?.[2] ?? '?'}\n`);
    expect(all).not.toContain('"button"');
  });

  it('goes to the channel once, beside that about drift; one that was overtaken is not sent any more', async () => {
    const known = { told: record, certificate: { told: expiry, marks: [] } };
    const reader = {
      operation: () => Promise.resolve(undefined),
      asked: () => Promise.resolve(undefined),
      drift: () => Promise.resolve(known),
      wasShown: () => Promise.resolve(false),
      tellRequester: true,
      now: () => 0,
      timeScale: 1,
    };
    const place = { to: { kind: 'channel', channel: 'C0EVENTS01' }, requester: 'U0DANA0001', once: true };

    expect(await readLetter('expiry:live:7', reader)).toMatchObject({ ...place, view: expiryView(expiry) });
    expect(await readLetter('drift:live:3', reader)).toMatchObject({ ...place, view: driftView(record) });
    expect(await readLetter('expiry:live:6', reader)).toBeUndefined();
    expect(await readLetter('expiry:live:3', reader)).toBeUndefined();
  });

  it('leaves turns in its channel to plans, however many clusters share a certificate', () => {
    const pace = new Pace(() => 0);
    const lane = 'post:C0EVENTS01';
    const [view, to] = [expiryView(expiry), { kind: 'channel', channel: 'C0EVENTS01' } as const];
    const letter = { view, to, requester: 'U0DANA0001', since: 0, once: true, next: [] };
    const post = (key: 'expiry:live:7' | 'drift:live:3' | 'op:op-7k3m9q2x') =>
      pace.take(lane, urgencyOf(key, letter));
    for (let nth = 0; nth < 20; nth += 1) post('expiry:live:7');

    expect(post('drift:live:3')).toBeGreaterThan(0);
    expect(post('op:op-7k3m9q2x')).toBe(0);
  });
});
