import type { App } from '@slack/bolt';
import type { BotParts } from '../parts.ts';
import { lookAtShown } from './read-home.ts';

/**
 * Shows its home to whoever opens it, at once as it was read last, and has it read anew. Slack delivers at least once:
 * the second time changes nothing.
 */
export function registerHome(app: App, parts: BotParts): void {
  app.event('app_home_opened', async ({ event }) => {
    if (event.tab !== 'home') return;
    await parts.homeOpened(event.user, event.view === undefined);
    await lookAtShown(event.user, parts);
  });
}
