import type { WebClient } from '@slack/web-api';
import { beforeAll, describe, expect, test } from 'vitest';
import type { SlackServer } from '../../sandbox/slack/server.ts';
import { slackBench } from './slack-api-bench.ts';

const own = slackBench();
let slack: SlackServer;
let client: WebClient;

beforeAll(() => {
  ({ slack, client } = own);
});

test('a file is uploaded in three steps and shown in the channel', async () => {
  await client.filesUploadV2({
    channel_id: 'C1',
    filename: 'log.txt',
    content: 'one line',
    initial_comment: 'the log',
  });

  const [message] = slack.messages('ops');
  expect(message).toMatchObject({
    text: 'the log',
    files: [{ name: 'log.txt', content: Buffer.from('one line').toString('base64') }],
  });
});

describe('a picture in the blocks of a message', () => {
  const png = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
    'base64',
  );
  const show = (id: string) =>
    client.chat.postEphemeral({
      channel: 'C1',
      user: 'UA',
      text: 'a picture',
      blocks: [{ type: 'image', alt_text: 'a dot', slack_file: { id } }],
    });
  const refused = {
    data: {
      error: 'invalid_blocks',
      response_metadata: { messages: ['[ERROR] invalid slack file [json-pointer:/blocks/0/slack_file]'] },
    },
  };

  async function upload(bytes: Buffer, complete = true): Promise<string> {
    const { upload_url: url = '', file_id: id = '' } = await client.files.getUploadURLExternal({
      filename: 'dot.png',
      length: bytes.length,
    });
    await fetch(url, { method: 'POST', body: new Uint8Array(bytes) });
    if (complete) await client.files.completeUploadExternal({ files: [{ id }] });
    return id;
  }

  test('is shown once Slack has looked through it', async () => {
    const id = await upload(png);

    await expect(show(id)).rejects.toMatchObject(refused);
    await expect
      .poll(() =>
        show(id).then(
          ({ ok }) => ok,
          () => false,
        ),
      )
      .toBe(true);
    expect(slack.files()).toEqual([id]);
  });

  test('is refused when it is unknown, not complete, or no image', async () => {
    const begun = await upload(png, false);
    const words = await upload(Buffer.from('no picture'));
    const good = await upload(png);
    await expect
      .poll(() =>
        show(good).then(
          ({ ok }) => ok,
          () => false,
        ),
      )
      .toBe(true);

    for (const id of ['F0NOTHING', begun, words]) await expect(show(id)).rejects.toMatchObject(refused);
  });
});
