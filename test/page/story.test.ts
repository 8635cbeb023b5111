import { WebClient } from '@slack/web-api';
import { describe, expect, it } from 'vitest';
import { playStory } from '../../sandbox/demo/story.ts';
import { takeLine } from '../../sandbox/demo/talk.ts';
import { startCrew } from '../../sandbox/page/crew.ts';
import { startRedis } from '../../sandbox/redis.ts';
import { PEOPLE, startWorld } from '../../sandbox/world.ts';

describe('the demo', () => {
  it('ends its story when somebody at the page cancels what it waits for', async () => {
    const redis = await startRedis();
    const world = await startWorld({ timeScale: 0.1 });
    const crew = await startCrew(await world.environment({ redisUrl: redis.url }), world.timeScale);
    const { slack } = world;
    const story = playStory(world, () => undefined, 600_000);
    const running = await slack.waitForMessage((message) => message.text.startsWith('Running:'), {
      timeoutMs: 60_000,
    });

    await slack.as(PEOPLE.approver).click(running, 'Cancel');

    expect((await story).went).toBe(false);
    await crew.close();
    await world.close();
    await redis.close();
  });

  it('leaves to others what others ask for meanwhile', async () => {
    const redis = await startRedis();
    const world = await startWorld();
    const crew = await startCrew(await world.environment({ redisUrl: redis.url }), world.timeScale);
    const { slack } = world;
    const printed: string[] = [];
    const clicks: unknown[] = [];
    slack.onEvent((event) => {
      if (event.type === 'click') clicks.push(event.user);
    });
    const kim = slack.as(PEOPLE.secondApprover);
    const dana = slack.as(PEOPLE.requester);
    const planOf = (cluster: string) =>
      slack.waitForMessage(({ text }) => text.startsWith(`Plan: create cluster ${cluster}.`), {
        timeoutMs: 60_000,
      });

    // Theirs is there first.
    await kim.command('create-cluster mine --edge 2');
    const theirs = await planOf('mine');
    const story = playStory(world, (line) => printed.push(line), 600_000);
    await planOf('live-eu');
    await dana.command('create-cluster ours --edge 2');
    const ours = await planOf('ours');
    await slack.as(PEOPLE.approver).click(ours, 'Approve');

    expect((await story).went).toBe(true);
    const now = (ts: string) => slack.messages(PEOPLE.channel).find((one) => one.ts === ts)?.text;
    expect(now(theirs.ts)).toMatch(/^Plan: create cluster mine\./);
    expect(clicks).toEqual([PEOPLE.approver, PEOPLE.approver, PEOPLE.approver]);
    expect(printed.join('\n')).toContain('Dana types /ams scale edge 5 live-eu.');
    expect(slack.messages(PEOPLE.channel).some(({ text }) => /^live-eu is .*edge 5\/5/.test(text))).toBe(
      true,
    );
    await crew.close();
    await world.close();
    await redis.close();
  });

  it('approves at the terminal the newest plan that waits, whatever was said since', async () => {
    const world = await startWorld();
    const { slack } = world;
    const say = (text: string) => slack.as(PEOPLE.requester).sendMessage(PEOPLE.channel, text);
    const clicks: unknown[] = [];
    slack.onEvent((event) => {
      if (event.type === 'click') clicks.push([event.user, event.action['value']]);
    });

    await say('Good morning');
    expect(await takeLine(world, 'alex: approve')).toBe('There is no plan to approve.\n');
    await new WebClient(slack.settings.botToken, { slackApiUrl: slack.apiUrl }).chat.postMessage({
      channel: PEOPLE.channel,
      text: 'Plan',
      blocks: [
        {
          type: 'actions',
          elements: [
            {
              type: 'button',
              action_id: 'approve',
              text: { type: 'plain_text', text: 'Approve' },
              value: 'op-1',
            },
          ],
        },
      ],
    });
    await say('Who may Approve that?');
    expect(await takeLine(world, 'alex: approve')).toBe('');

    expect(clicks).toEqual([[PEOPLE.approver, 'op-1']]);
    await world.close();
  });
});
