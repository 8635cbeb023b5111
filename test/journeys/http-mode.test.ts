import { expect, it } from 'vitest';
import { freePort } from '../../sandbox/redis.ts';
import { PEOPLE } from '../../sandbox/world.ts';
import { openTown } from '../support/town.ts';

it('the whole job goes over signed HTTP requests as well, bot and worker being processes of their own', async () => {
  const port = await freePort();
  const { requester, approver, approvers, channel } = PEOPLE;
  const town = await openTown({
    idle: true,
    slack: {
      users: [
        { id: requester, name: 'dana', realName: 'Dana Diaz' },
        { id: approver, name: 'alex', realName: 'Alex Arden' },
        { id: PEOPLE.secondApprover, name: 'kim', realName: 'Kim Klein' },
        { id: PEOPLE.outsider, name: 'sam', realName: 'Sam Stone' },
      ],
      userGroups: [{ id: approvers, handle: 'stream-leads', users: [approver] }],
      channels: [{ id: channel, name: 'events', members: [requester, approver] }],
      signingSecret: 'sandbox-signing-secret',
      requestUrl: `http://127.0.0.1:${port}/slack/events`,
    },
  });
  delete town.env['SLACK_APP_TOKEN'];
  town.env['SLACK_SIGNING_SECRET'] = 'sandbox-signing-secret';
  town.env['PORT'] = String(port);
  await town.start('bot');
  await town.start('worker');

  const done = await town.run('create-cluster live --origin 1');

  expect(done.text).toContain('Done: create cluster live');
  await town.close();
}, 120_000);
