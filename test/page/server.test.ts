import { connect } from 'node:net';
import { WebClient } from '@slack/web-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPage } from '../../sandbox/page/server.ts';
import type { Page } from '../../sandbox/page/server.ts';
import { readWish } from '../../sandbox/page/wish.ts';
import type { Wish } from '../../sandbox/page/wish.ts';
import { PEOPLE, startWorld } from '../../sandbox/world.ts';
import type { World } from '../../sandbox/world.ts';

let world: World;
let page: Page;

beforeAll(async () => {
  world = await startWorld();
  page = await startPage(world);
});

afterAll(async () => {
  await page.close();
  await world.close();
});

async function ask(wish: Wish): Promise<unknown> {
  const response = await fetch(`${page.url}do`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(wish),
  });
  return { status: response.status, answer: await response.json() };
}

describe('the server of the page', () => {
  it('answers a click on what has changed meanwhile, and is no error of the browser', async () => {
    const { slack } = world;
    const app = new WebClient(slack.settings.botToken, { slackApiUrl: slack.apiUrl });
    const channel = PEOPLE.channel;
    const blocks = (value: string) => [
      {
        type: 'actions' as const,
        block_id: 'decide',
        elements: [
          {
            type: 'button' as const,
            action_id: 'approve',
            text: { type: 'plain_text' as const, text: 'Approve' },
            value,
          },
        ],
      },
    ];
    const { ts = '' } = await app.chat.postMessage({ channel, text: 'Plan', blocks: blocks('first') });
    await app.chat.update({ channel, ts, text: 'Plan', blocks: blocks('second') });
    const click = (value: string, of = ts): Promise<unknown> =>
      ask({
        do: 'click',
        as: PEOPLE.approver,
        channel,
        ts: of,
        block: 'decide',
        action: 'approve',
        value,
      });
    const refused = (error: string) => ({ status: 200, answer: { ok: false, error } });

    expect(await click('first')).toEqual(refused('This has changed meanwhile. Look again?'));
    expect(await click('second', '1.000001')).toEqual(refused('This message is gone.'));
    // It reaches for the app, and there is none.
    expect(await click('second')).toEqual(refused('We had some trouble connecting. Try again?'));
  });

  it('says what was typed as text', async () => {
    await ask({ do: 'say', as: PEOPLE.requester, channel: PEOPLE.channel, text: '<@U0ALEX0001> & all' });

    expect(world.slack.messages(PEOPLE.channel).at(-1)?.text).toBe('&lt;@U0ALEX0001&gt; &amp; all');
  });

  it('leaves it to a field to say that something is too long for it', () => {
    const reason = 'x'.repeat(50_000);

    const wish = readWish(JSON.stringify({ do: 'submit', as: 'U1', view: 'V1', values: { reason } }));

    expect(wish).toMatchObject({ values: { reason } });
  });

  it('lets a page go that leaves everything unread', async () => {
    const { host, port } = new URL(page.url);
    const reader = connect(Number(port), '127.0.0.1');
    reader.on('error', () => undefined);
    const gone = new Promise((done) => reader.once('close', done));
    const begun = new Promise((done) => reader.once('readable', done));
    reader.write(`GET /news?as=${PEOPLE.requester} HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
    await begun;

    const long = 'x'.repeat(1_000_000);
    for (let count = 0; count < 80; count += 1)
      await world.slack.as(PEOPLE.approver).sendMessage(PEOPLE.channel, long);

    reader.resume();
    await gone;
  });
});
