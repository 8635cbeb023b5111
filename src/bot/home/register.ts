import type { App } from '@slack/bolt';
import type { BotParts } from '../parts.ts';

/** Shows its home to whoever opens it. Slack delivers at least once: the second time changes nothing. */
export function registerHome(app: App, parts: BotParts): void {
  app.event('app_home_opened', async ({ event }) => {
    if (event.tab !== 'home') return;
    await parts.homeOpened(event.user, event.view === undefined);
  });
}
