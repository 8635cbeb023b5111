import { describe, expect, it } from 'vitest';
import { clip, duration, escape, lines, markup, money, when } from '../../src/bot/views/text.ts';
import { EVIL, NOW } from './samples.ts';

describe('texts', () => {
  it('cannot ping anybody with foreign text', () => {
    expect(escape(EVIL)).not.toContain('<');
    expect(markup('Ask <@U0BOB00001> or <!subteam^S123>, not <!channel>')).toBe(
      'Ask <@U0BOB00001> or <!subteam^S123>, not &lt;!channel>',
    );
  });

  it('are cut without leaving half a mention', () => {
    expect(clip(`${'x'.repeat(20)}<@U0BOB00001>`, 25)).toBe(`${'x'.repeat(20)}…`);
    expect(clip('short', 10)).toBe('short');
  });

  it('count what did not fit', () => {
    const blocks = lines(
      Array.from({ length: 1_000 }, (_, at) => `line ${at} ${'x'.repeat(50)}`),
      2,
    );

    expect(blocks).toHaveLength(2);
    expect(blocks.at(-1)?.text?.text).toMatch(/…and \d+ more$/);
  });

  it('read like a person writes', () => {
    expect(duration(45_000)).toBe('45 s');
    expect(duration(4_800_000)).toBe('1 h 20 min');
    expect(money('USD', 1234.5)).toBe('USD 1,234.50');
    expect(when(NOW)).toContain('|2026-05-01 12:00 UTC>');
  });
});
