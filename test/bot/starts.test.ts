import { expect, it, onTestFinished } from 'vitest';
import { startProduct } from '../../sandbox/product.ts';
import { openTown } from '../support/town.ts';

it('answers what was typed before Slack has told the bot who it is', async () => {
  const town = await openTown({ idle: true });
  onTestFinished(() => town.close());
  town.world.slack.faults.set('auth.test', { kind: 'slow', ms: 1_000 }, 1);
  const started = town.start('bot');
  await town.world.slack.waitForSockets(2, 60_000);

  const typed = await town.dana.command('help', { channel: town.channel });

  expect(typed.acked).toBe(true);
  await expect.poll(() => town.whispered(town.dana.id), { timeout: 20_000 }).toContain('create-cluster');
  await started;
}, 120_000);

it.each([
  ['SLACK_BOT_TOKEN', 'xoxb-wrong', 'Slack refused the bot token: invalid_auth.'],
  ['SLACK_APP_TOKEN', 'xapp-wrong', 'Slack refused the app token: invalid_auth.'],
])(
  'ends at once when Slack refuses %s, and says so',
  async (name, token, words) => {
    const town = await openTown({ idle: true });
    onTestFinished(() => town.close());

    await expect(startProduct('bot', { ...town.env, [name]: token })).rejects.toThrow(words);
  },
  120_000,
);
