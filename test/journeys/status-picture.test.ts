import { afterAll, beforeAll, expect, it } from 'vitest';
import { essOf } from '../../sandbox/alibaba/ess/lookup.ts';
import { PAST_MS } from '../../sandbox/world.ts';
import { dumpRedis, openTown } from '../support/town.ts';
import type { Message, Town } from '../support/town.ts';

let town: Town;

beforeAll(async () => {
  town = await openTown({ alibaba: { pastMs: PAST_MS } });
  await town.run('create-cluster live --origin 1 --origin-min 1 --edge 2 --edge-min 1');
});
afterAll(() => town.close());

async function status(): Promise<Message> {
  await town.dana.command('status live', { channel: town.channel });
  return town.next((message) => message.text.startsWith('live is '));
}

function pictureIn(message: Message | undefined) {
  return message?.blocks?.find((block) => block['type'] === 'image') as
    | { readonly slack_file: { readonly id: string }; readonly alt_text: string }
    | undefined;
}

it('a status gets a picture of the last hours', async () => {
  const { slack } = town.world;
  const posted = await status();
  expect(pictureIn(posted)).toBeUndefined();

  const shown = await slack.waitForMessage(
    (message) => message.ts === posted.ts && pictureIn(message) !== undefined,
    { channel: town.channel, timeoutMs: 100_000 },
  );

  const picture = pictureIn(shown);
  expect(picture?.alt_text).toMatch(
    /^CPU and nodes of live over the last (2 h 5\d min|3 h)\. Origin: CPU \d+ % now, .*; 1 node .*Edge: CPU .*; 2 nodes /,
  );
  const file = slack.file(picture?.slack_file.id ?? '');
  expect(file?.bytes.subarray(1, 4).toString()).toBe('PNG');
  expect([file?.bytes.readUInt32BE(16), file?.bytes.readUInt32BE(20)]).toEqual([1280, 560]);
  expect(slack.files()).toHaveLength(1);
  // Bytes that are no text would be U+FFFD, the signature of a PNG image is in it either way.
  expect(await dumpRedis(town.redis.url)).not.toMatch(/PNG\r\n|iVBORw0KGgo/);
});

it('a status stands without it while Slack takes no files', async () => {
  const { slack } = town.world;
  const undo = slack.faults.set('files.getUploadURLExternal', { kind: 'refuse', code: 'missing_scope' });

  const posted = await status();
  const quiet = town.products.flatMap((product) => product.output);
  await expect
    .poll(
      () =>
        town.products
          .flatMap((product) => product.output)
          .slice(quiet.length)
          .join('\n'),
      {
        timeout: 60_000,
      },
    )
    .toContain('a status stays without its picture');

  const message = slack.messages(town.channel).find((one) => one.ts === posted.ts);
  expect(pictureIn(message)).toBeUndefined();
  expect(JSON.stringify(message?.blocks)).toContain('CPU of edge nodes, last');
  undo();
});

it('what the cloud does not tell is missing in no status', async () => {
  const { cloud } = town.world.alibaba;
  const origin = [...essOf(cloud).groups.values()].find((one) => one.name.includes('origin'));
  const throttle = { when: 'before', kind: 'throttle', times: Infinity } as const;
  const ask = async (): Promise<string> => {
    await town.dana.command('status live', { channel: town.channel });
    return JSON.stringify(await town.next((message) => /^live (is|could)/.test(message.text)));
  };

  cloud.faults.plan({
    ...throttle,
    action: 'DescribeScalingInstances',
    matches: (params) => params['ScalingGroupId'] === origin?.id,
  });
  const withoutOrigin = await ask();
  cloud.faults.clear();
  cloud.faults.plan({ ...throttle, action: 'ListLoadBalancers' });
  const withoutDoor = await ask();
  cloud.faults.clear();

  expect(withoutOrigin).toContain('live could not be judged (edge 2/2).');
  expect(withoutOrigin).toContain('*Origin scaling group*  :white_circle: could not be read');
  expect(withoutDoor).toContain('live could not be judged.');
  expect(withoutDoor).toContain('*Listeners*  :white_circle: could not be read');
  expect(`${withoutOrigin} ${withoutDoor}`).not.toMatch(/missing|0 of/);
});
