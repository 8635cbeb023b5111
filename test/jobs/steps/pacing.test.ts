import { describe, expect, it } from 'vitest';
import type { StepWait } from '../../../src/cluster/operation.ts';
import { Keys } from '../../../src/jobs/store/keys.ts';
import { LearnedWaits } from '../../../src/jobs/steps/learned-waits.ts';
import { Pacing } from '../../../src/jobs/steps/pacing.ts';
import { ownRedis } from '../../support/own-redis.ts';

const REGION = 'eu-central-1';

const own = ownRedis();

describe('a wait that little is known of', () => {
  it('is looked at by how long it took in operations of other kinds', async () => {
    const learned = new LearnedWaits(own.redis, new Keys('elsewhere'));
    const pacing = new Pacing({ learned, timeScale: 1, now: () => 1_000_000 });
    const pause = async () => {
      const visit = { kind: 'scale.nodes.check.serving', lookedAt: 999_000, usualMs: 5_000 };
      return (await pacing.pause(REGION, { state: 'running' }, visit)).ms;
    };
    expect(await pause()).toBeLessThan(8_000);
    await learned.add(REGION, 'create.nodes.check.serving', { lasted: 100_000, over: 120_000 });
    await learned.add(REGION, 'create.nodes.check.other', { lasted: 100_000, over: 300_000 });

    const later = await pause();

    expect(later).toBe(110_000);
    // As long as little is seen of its own kind, the others' count too, unless it turns out to be another wait.
    await learned.add(REGION, 'scale.nodes.check.serving', { lasted: 60_000, over: 116_000 });
    expect(await pause()).toBe(108_000);
    await learned.add(REGION, 'scale.nodes.check.serving', { lasted: 60_000, over: 70_000 });
    expect(await pause()).toBe(65_000);
  });

  it('is looked at by itself once others only ever kept it from being seen earlier', async () => {
    const learned = new LearnedWaits(own.redis, new Keys('unproven'));
    const pacing = new Pacing({ learned, timeScale: 1, now: () => 1_000_000 });
    const kind = 'scale.nodes.check.serving';
    const pause = async () =>
      (await pacing.pause(REGION, { state: 'running' }, { kind, lookedAt: 999_000, usualMs: 5_000 })).ms;
    await learned.add(REGION, 'create.nodes.check.serving', { lasted: 99_900, over: 100_000 });
    await learned.add(REGION, kind, { lasted: 0, over: 100_400 });

    const second = await pause();
    await learned.add(REGION, kind, { lasted: 0, over: 100_400 });

    expect(second).toBe(100_400);
    expect(await pause()).toBe(75_300);
  });

  it('is looked at when another one of its kind is that began right before', async () => {
    const learned = new LearnedWaits(own.redis, new Keys('beat'));
    let now = 1_048_676;
    const pacing = new Pacing({ learned, timeScale: 1, now: () => now });
    const due = async () => {
      const visit = {
        kind: 'create.server-group.create.ready-1',
        lookedAt: now,
        usualMs: 1_000,
        typicalMs: 3_000,
      };
      return now + (await pacing.pause(REGION, { state: 'running' }, visit)).ms;
    };

    const first = await due();
    now += 40;
    const second = await due();

    expect(first - now).toBeGreaterThanOrEqual(1_460);
    expect(second).toBe(first);
  });
});

describe('a wait that began before anybody saw it', () => {
  it('is looked at by what is learned of its kind, and teaches nothing', async () => {
    const learned = new LearnedWaits(own.redis, new Keys('adopted'));
    const pacing = new Pacing({ learned, timeScale: 1, now: () => 1_010_000 });
    const kind = 'create.load-balancer.create.ready-1';
    await learned.add(REGION, kind, { lasted: 13_000, over: 14_000 });
    const visit = { kind, lookedAt: 1_009_900, usualMs: 60_000, since: 1_000_000, isAdopted: true };

    const { ms, wait } = await pacing.pause(REGION, { state: 'running' }, visit);
    const again = await pacing.pause(
      REGION,
      { state: 'running', ...(wait ? { wait } : {}) },
      { kind, lookedAt: 1_010_000, usualMs: 60_000 },
    );
    await pacing.ended(REGION, { state: 'waiting', ...(again.wait ? { wait: again.wait } : {}) }, 1_014_000);

    // In the middle of what is learned, counted from where it began at the earliest.
    expect(ms).toBe(3_500);
    expect(again.wait?.since).toBe(1_000_000);
    expect(await learned.of(REGION, kind)).toEqual([{ lasted: 13_000, over: 14_000 }]);
  });

  it('is never looked at later than after the usual interval', async () => {
    const pacing = new Pacing({
      learned: new LearnedWaits(own.redis, new Keys('adopted-long-ago')),
      timeScale: 1,
      now: () => 1_600_000,
    });
    const kind = 'create.load-balancer.create.ready-1';
    const visit = { kind, lookedAt: 1_599_000, usualMs: 5_000, typicalMs: 60_000, since: 1_000_000 };

    const { ms } = await pacing.pause(REGION, { state: 'running' }, { ...visit, isAdopted: true });

    expect(ms).toBeLessThanOrEqual(5_600);
  });
});

describe('a wait of which a clock tells nothing', () => {
  const kind = 'create.nodes.check.serving';
  const known = { lasted: 99_000, over: 100_000 };

  it('since somebody let its operation go on hours after it began, is looked at often and teaches nothing', async () => {
    const learned = new LearnedWaits(own.redis, new Keys('gone-on'));
    const now = 20_000_000;
    const pacing = new Pacing({ learned, timeScale: 1, now: () => now });
    await learned.add(REGION, kind, known);
    const visit = { kind, lookedAt: now - 100, usualMs: 5_000, since: now - 10_800_000 };

    const { ms, wait } = await pacing.pause(
      REGION,
      { state: 'running' },
      { ...visit, notBefore: now - 1_000 },
    );
    await pacing.ended(REGION, { state: 'waiting', ...(wait ? { wait } : {}) }, now + 100_000);

    expect(ms).toBeLessThanOrEqual(5_600);
    expect(await learned.of(REGION, kind)).toEqual([known]);
  });

  it('since the clock was set back, begins anew and teaches nothing', async () => {
    const learned = new LearnedWaits(own.redis, new Keys('set-back'));
    const now = 20_000_000;
    const pacing = new Pacing({ learned, timeScale: 1, now: () => now });
    await learned.add(REGION, kind, known);
    const since = now + 600_000;
    const before: StepWait = { kind, since, seenAt: since, looks: 0, likely: true };

    const { ms, wait } = await pacing.pause(
      REGION,
      { state: 'waiting', wait: before },
      { kind, lookedAt: now - 100, usualMs: 5_000 },
    );
    await pacing.ended(REGION, { state: 'waiting', ...(wait ? { wait } : {}) }, now + 30_000);
    await pacing.ended(REGION, { state: 'waiting', wait: before }, now);

    expect(ms).toBeLessThanOrEqual(5_600);
    expect(wait?.since).toBe(now);
    expect(await learned.of(REGION, kind)).toEqual([known]);
  });
});

describe('a wait that has time', () => {
  const kind = 'destroy.load-balancer.remove.gone';
  const known = { lasted: 19_950, over: 20_000 };

  it('is looked at late, which teaches nothing when it is over by then', async () => {
    const learned = new LearnedWaits(own.redis, new Keys('late'));
    let now = 1_000_000;
    const pacing = new Pacing({ learned, timeScale: 1, now: () => now });
    await learned.add(REGION, kind, known);
    const pause = (wait: StepWait | undefined) =>
      pacing.pause(
        REGION,
        { state: 'running', ...(wait ? { wait } : {}) },
        { kind, lookedAt: now, usualMs: 5_000, slackMs: 240_000, mayBeLate: true },
      );

    const first = await pause(undefined);
    now += first.ms;
    await pacing.ended(REGION, { state: 'waiting', ...(first.wait ? { wait: first.wait } : {}) }, now);
    const after = await learned.of(REGION, kind);
    const second = await pause(first.wait);
    now += second.ms;
    await pacing.ended(REGION, { state: 'waiting', ...(second.wait ? { wait: second.wait } : {}) }, now);

    expect(first.ms).toBe(21_000);
    expect(after).toEqual([known]);
    // It lasted still at the late look: that is learned.
    expect(await learned.of(REGION, kind)).toEqual([{ lasted: 21_000, over: 21_000 + second.ms }, known]);
  });
});
