import { expect, test } from 'vitest';
import { settle } from '../../sandbox/slack/settings.ts';
import { workspace } from '../../sandbox/world.ts';
import { manifest, manifestScopes } from '../docs/slack-manifest.ts';

test('the app of the simulated workspace has what the manifest asks for, and nothing else', () => {
  const { scopes, events, command } = settle(workspace());

  expect(scopes.toSorted()).toEqual(manifestScopes.toSorted());
  expect(events.toSorted()).toEqual(manifest.settings.event_subscriptions.bot_events.toSorted());
  expect(command).toBe(manifest.features.slash_commands[0]?.command);
});
