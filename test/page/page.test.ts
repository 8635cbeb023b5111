import type { Locator } from 'playwright-core';
import { WebClient } from '@slack/web-api';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { HINTS } from '../../sandbox/page/client/hints.ts';
import { createCloud } from '../../src/cloud/cloud.ts';
import { albOf } from '../../sandbox/alibaba/alb/lookup.ts';
import { PEOPLE } from '../../sandbox/world.ts';
import { openSite } from './visitor.ts';
import type { Site, Visitor } from './visitor.ts';

let site: Site;
let wide: Visitor;
let narrow: Visitor;

beforeAll(async () => {
  site = await openSite();
  [wide, narrow] = await Promise.all([site.visit(1280), site.visit(400)]);
});

afterAll(() => site.close());

afterEach(async () => {
  expect([...wide.complaints, ...narrow.complaints]).toEqual([]);
  expect(await wide.overflows()).toBe(false);
  expect(await narrow.overflows()).toBe(false);
  expect(await narrow.cutOff()).toEqual([]);
});

/** Run in the browser. */
const TOO_WIDE = `[...document.querySelectorAll('.diagram .listeners, .diagram .cells')]
  .filter((one) => one.scrollWidth > one.clientWidth + 1)
  .map((one) => one.className)`;
const SHOW_NAME = '(fields) => { fields.scrollTop = 0; }';
const focusOn = (one: Locator): Promise<void> => one.and(one.page().locator(':focus')).waitFor();

/** The tests tell one story, in this order, in one town. */
describe('the sandbox page', () => {
  it('offers the commands that the bot knows, and completes them with the keyboard', async () => {
    const { page } = wide;
    await page.keyboard.press('/');
    await page.getByRole('option', { name: /^.ams create-cluster/ }).waitFor();
    await page.keyboard.type('ams hel');
    await page.keyboard.press('Tab');
    expect(await page.getByLabel(/^Message /).inputValue()).toBe('/ams help ');

    await page.keyboard.press('Enter');
    const help = wide.message('Only visible to you');
    await help.waitFor();

    const known = [...(await help.innerText()).matchAll(/\/ams ([a-z-]+)/g)].map((match) => match[1]);
    expect([...new Set(known)].sort()).toEqual(HINTS.map((hint) => hint.name).sort());
  });

  it('shows what is wrong with a form at its field, and takes it once it is right', async () => {
    const { page } = narrow;
    // Before the form opens: it opens in both windows, which are the same person's.
    await wide.page.getByRole('switch', { name: 'Throttle' }).click();
    await wide.page.getByText('refused as one too many').waitFor();
    await narrow.type('/ams create-cluster');
    const form = page.getByRole('dialog', { name: 'Create a cluster' });

    await form.getByLabel('Name', { exact: true }).fill('Not A Name');
    await form.getByRole('button', { name: 'Plan it' }).click();

    await form.getByText('"Not A Name" cannot be the name of a cluster.').waitFor();
    expect(await form.getByLabel('Name', { exact: true }).getAttribute('aria-invalid')).toBe('true');
    await form.getByLabel('Name', { exact: true }).fill('live');
    // A message below its field must be seen, too, where the field was at the end of what is shown.
    const wrong = form.getByLabel('Edge: to begin with');
    await wrong.fill('many');
    await form.locator('.fields').evaluate(SHOW_NAME);
    await form.getByRole('button', { name: 'Plan it' }).click();
    const told = await form.getByText('Please enter a number.').boundingBox();
    const footer = await form.locator('footer').boundingBox();
    expect((told?.y ?? 0) + (told?.height ?? 0)).toBeLessThanOrEqual(footer?.y ?? 0);
    for (const label of ['Edge: to begin with', 'Edge: never fewer than'])
      await form.getByLabel(label).fill('1');
    await form.getByRole('button', { name: 'Plan it' }).click();
    await form.waitFor({ state: 'detached' });
    await focusOn(page.getByLabel(/^Message /));
    await narrow.message('Needs 1 approval').waitFor();
    await wide.page.getByRole('switch', { name: /Throttle · [1-9]/ }).click();
  });

  it('makes a cluster that another person approves, though the cloud loses an answer', async () => {
    const { page } = wide;
    await page.getByRole('switch', { name: 'Lose an answer' }).click();
    await page.getByText('cut after the next CreateLoadBalancer').waitFor();
    await wide.message('Needs 1 approval').waitFor();

    await wide.actAs('Alex');
    await wide.message('Needs 1 approval').getByRole('button', { name: 'Approve' }).click();
    await wide.message('Running: ').waitFor();
    await wide.message('Done: create cluster live').waitFor();

    const { cloud } = site.world.alibaba;
    await page.getByText('Answer was lost').waitFor();
    expect(albOf(cloud).loadBalancers.size).toBe(1);
    expect(await page.locator('.listener.ready').allInnerTexts()).toHaveLength(4);
    expect(await page.locator('.machine.ready').count()).toBe(3);
    expect(await page.locator('.calls li').count()).toBeGreaterThan(20);
    await page.getByText(/^All \d+ resources/).click();
    const list = await page.getByRole('list', { name: 'Resources' }).innerText();
    for (const id of albOf(cloud).loadBalancers.keys()) expect(list).toContain(id);
    expect(list.match(/i-gw/g)).toHaveLength(3);
    expect(list.match(/^Listener HTTPS? \d+/gm)).toHaveLength(4);
  });

  it('keeps to one person what is for their eyes alone', async () => {
    await wide.message(/You approved op-/).waitFor();
    expect(await wide.message(/You approved op-/).innerText()).toContain('Only visible to you');

    await wide.actAs('Dana');
    await wide.message('Done: create cluster live').waitFor();

    expect(await wide.message(/You approved op-/).count()).toBe(0);
    await wide.page.getByRole('button', { name: /ams.*unread/ }).click();
    await wide.message('password').waitFor();
    await wide.page.getByRole('button', { name: '#events' }).click();
  });

  it('scales in a narrow window though the worker is killed meanwhile, and the picture follows', async () => {
    const { page } = narrow;
    await narrow.type('/ams scale edge 2');
    await narrow.message('Needs 1 approval').waitFor();
    await narrow.actAs('Alex');
    await narrow.message('Needs 1 approval').getByRole('button', { name: 'Approve' }).click();
    await narrow.message('Running: ').waitFor();
    await wide.page.getByRole('button', { name: 'Kill worker' }).click();
    await wide.page.getByText('Worker dead…').waitFor();
    await narrow.message('Done: scale').waitFor();
    await wide.page.getByRole('button', { name: 'Kill worker · 1' }).waitFor();

    await narrow.show('Cloud');
    await expect.poll(() => page.locator('.row.edge .machine.ready').count()).toBe(2);
    // Who chooses a conversation wants to see it.
    await page.getByRole('button', { name: '#events' }).click();
    await narrow.message('Done: scale').waitFor();
  });

  it('keeps the picture within its frame in a window that is neither wide nor narrow', async () => {
    const { page } = wide;
    await page.setViewportSize({ width: 1000, height: 800 });
    expect(await page.evaluate(TOO_WIDE)).toEqual([]);
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  it('shows the status', async () => {
    await narrow.type('/ams status');

    const status = narrow.message('live is working');
    await status.waitFor();
    expect(await status.innerText()).toContain('2 of 2 serving');
    for (const visitor of [wide, narrow]) {
      const picture = visitor.message('live is working').getByRole('img', { name: /^CPU and nodes of live/ });
      await picture.waitFor();
      const size = await picture.evaluate((image) => {
        const { complete, naturalWidth, clientWidth } = image as unknown as Record<string, number | boolean>;
        return { complete, naturalWidth, clientWidth };
      });
      expect(size).toMatchObject({ complete: true, naturalWidth: 1280 });
      expect(size.clientWidth).toBeGreaterThan(240);
    }
  });

  it('follows what comes, a picture too, until somebody scrolls up, and again once they send something', async () => {
    for (const visitor of [wide, narrow]) await expect.poll(() => visitor.fromEnd()).toBeLessThan(4);
    await narrow.type('/ams clusters');
    for (const visitor of [wide, narrow]) {
      await visitor.message('1 cluster').waitFor();
      await expect.poll(() => visitor.fromEnd()).toBeLessThan(4);
    }

    await wide.page.getByRole('log').hover();
    await wide.page.mouse.wheel(0, -30);
    await wide.page.getByRole('button', { name: 'Newest' }).waitFor();
    await narrow.type('/ams test-fly live');
    await wide.message('Media ports').waitFor();
    expect(await wide.fromEnd()).toBeGreaterThan(200);

    await wide.type('/ams help');
    await expect.poll(() => wide.fromEnd()).toBeLessThan(4);
  });

  it('cuts nothing off in a narrow window', async () => {
    const { page } = narrow;
    await narrow.type('/ams help create-cluster');
    await narrow.message('--mongo-type').waitFor();
    expect(await narrow.cutOff()).toEqual([]);

    await narrow.message('Done: create cluster live').getByText('View thread').click();
    await page.getByRole('heading', { name: 'Thread' }).waitFor();
    expect(await narrow.cutOff()).toEqual([]);
    await page.getByRole('button', { name: 'Back to the channel' }).click();

    await narrow.actAs('Dana');
    await page.getByRole('button', { name: /▶ ams/ }).click();
    await narrow.message('Publish').waitFor();
    expect(await narrow.cutOff()).toEqual([]);
    await page.getByRole('button', { name: '#events' }).click();
  });

  it('takes no command in a thread, as Slack does not, and counts the replies that are left', async () => {
    const { page } = wide;
    const { slack } = site.world;
    const app = new WebClient(slack.settings.botToken, { slackApiUrl: slack.apiUrl });
    const post = async (text: string, under?: string): Promise<string> => {
      const { ts } = await app.chat.postMessage({
        channel: PEOPLE.channel,
        text,
        ...(under === undefined ? {} : { thread_ts: under }),
      });
      return ts ?? '';
    };
    const parent = await post('A thread of two');
    const reply = await post('The first reply', parent);
    await post('The second reply', parent);
    const replies = wide.message('A thread of two').getByRole('button', { name: 'View thread' });
    await expect.poll(() => replies.innerText()).toContain('2 replies');

    await app.chat.delete({ channel: PEOPLE.channel, ts: reply });

    await expect.poll(() => replies.innerText()).toContain('1 reply');
    await replies.click();
    await focusOn(page.getByLabel('Reply…'));
    await page.getByLabel('Reply…').fill('/ams status');
    await page.keyboard.press('Enter');
    await page.getByText('/ams is not supported in threads.').waitFor();
    await page.getByRole('button', { name: 'Back to the channel' }).click();
    await focusOn(replies);
  });

  it('shows at home what waits for a person to whom the app has said nothing yet', async () => {
    const { page } = wide;
    await wide.type('/ams scale edge 3');
    await wide.message('Needs 1 approval').waitFor();
    await wide.actAs('Kim');
    await page.getByRole('button', { name: /▶ ams/ }).click();

    const home = page.getByRole('region', { name: 'Home' });
    await home.getByRole('button', { name: 'Approve' }).waitFor();
    await page.getByRole('button', { name: '#events' }).click();
  });

  it('rejects with a reason, which must be given', async () => {
    await wide.actAs('Alex');
    await wide.page.getByLabel(/^Message /).fill('/ams reject ');
    await wide.page.getByRole('option', { name: /^op-.*scale/ }).waitFor();
    await wide.page.getByLabel(/^Message /).fill('');
    await wide.message('Needs 1 approval').getByRole('button', { name: 'Reject…' }).click();
    const form = wide.page.getByRole('dialog', { name: 'Reject the plan' });

    await form.getByRole('button', { name: 'Reject' }).click();
    await form.getByText('Please complete this required field.').waitFor();
    await form.getByRole('textbox').fill('Two are enough for tonight.');
    await form.getByRole('button', { name: 'Reject' }).click();

    await form.waitFor({ state: 'detached' });
    await wide.message('Two are enough for tonight.').waitFor();
    const said = JSON.stringify(site.world.slack.messages(PEOPLE.channel));
    expect(said).toContain('Two are enough for tonight.');
  });

  it('shows what any app of Slack may send: a picture, a menu, a form', async () => {
    const { page } = wide;
    const { slack } = site.world;
    const app = new WebClient(slack.settings.botToken, { slackApiUrl: slack.apiUrl });
    const dot = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
      'base64',
    );
    const text = (words: string) => ({ type: 'plain_text' as const, text: words });
    const options = [
      { text: text('One'), value: '1' },
      { text: text('Two'), value: '2' },
    ];
    await app.filesUploadV2({ channel_id: PEOPLE.channel, file: dot, filename: 'nodes.png', title: 'Nodes' });
    await app.chat.postMessage({
      channel: PEOPLE.channel,
      text: 'All of it',
      blocks: [
        {
          type: 'section',
          text: { type: 'mrkdwn', text: 'At 10:30:15 see <https://a.example:8080/x_y_z|this> :gear:' },
          accessory: { type: 'overflow', action_id: 'more', options },
        },
        {
          type: 'actions',
          elements: [
            { type: 'static_select', action_id: 'pick', placeholder: text('Pick one'), options },
            { type: 'checkboxes', action_id: 'check', options },
            { type: 'datepicker', action_id: 'day' },
          ],
        },
      ],
    });

    const picture = page.getByRole('img', { name: 'Nodes', exact: true });
    await expect
      .poll(() => picture.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth))
      .toBe(1);
    const message = wide.message('At 10:30:15 see');
    expect(await message.getByRole('link', { name: 'this' }).getAttribute('href')).toBe(
      'https://a.example:8080/x_y_z',
    );
    expect(await message.getByLabel('gear').count()).toBe(1);
    expect(await message.getByRole('combobox').allInnerTexts()).toHaveLength(2);
    expect(await message.getByRole('checkbox').count()).toBe(2);
  });

  it('shows the app’s home, with buttons that work', async () => {
    for (const { page } of [wide, narrow]) {
      await page.getByRole('button', { name: /▶ ams/ }).click();
      await page.getByRole('button', { name: 'Home', exact: true }).click();
      const home = page.getByRole('region', { name: 'Home' });
      await home.getByText('/ams help').waitFor();

      const create = home.getByRole('button', { name: 'Create a cluster…' });
      await create.press('Enter');
      await page.getByRole('dialog', { name: 'Create a cluster' }).getByLabel('Channel').waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await focusOn(create);

      await home.getByRole('button', { name: 'Scale…' }).first().click();
      await page.getByRole('dialog').getByRole('radiogroup', { name: 'Group' }).waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await page.getByRole('button', { name: '#events' }).click();
    }
  });

  it('removes the cluster once its name is typed, though Slack is down meanwhile', async () => {
    const { page } = narrow;
    await narrow.actAs('Dana');
    await narrow.type('/ams destroy-cluster live');
    const form = page.getByRole('dialog', { name: 'Remove a cluster' });
    await form.getByRole('textbox').fill('life');
    await form.getByRole('button', { name: 'Plan the removal' }).click();
    await form.getByRole('alert').waitFor();
    await form.getByRole('textbox').fill('live');
    await form.getByRole('button', { name: 'Plan the removal' }).click();
    await form.waitFor({ state: 'detached' });
    const plan = wide.message('Plan: remove cluster live');
    await plan.getByRole('button', { name: 'Approve' }).click();
    await wide.message('Running: remove cluster live').waitFor();
    const switches = wide.page.getByRole('group', { name: 'Time and faults' });
    const calm = await switches.boundingBox();
    await wide.page.getByRole('switch', { name: 'Slack down' }).click();
    await wide.page.getByText('Nothing gets through to Slack').waitFor();
    await wide.page.getByText('Not while Slack is down.').waitFor();
    expect(await wide.page.getByRole('slider').isDisabled()).toBe(true);
    expect(await switches.boundingBox()).toEqual(calm);

    const { cloud } = site.world.alibaba;
    await expect.poll(() => albOf(cloud).loadBalancers.size, { timeout: 100_000 }).toBe(0);
    await wide.page.getByRole('switch', { name: 'Slack down' }).click();
    for (const one of [wide, narrow]) await one.message('Done: remove cluster live').waitFor();
    await wide.page.getByText('an empty account').waitFor();
  });

  it('draws what was made last, until somebody chooses', async () => {
    const { page } = wide;
    const credentials = { accessKeyId: 'sandbox-key-id', accessKeySecret: 'sandbox-key-secret' };
    const { vpc } = createCloud({ endpoint: site.world.alibaba.url, credentials }).in('eu-central-1');
    const make = (name: string): Promise<string> =>
      vpc.createVpc({ name, cidr: '10.20.0.0/16', tags: {}, token: name });
    const drawn = (name: string): Promise<void> =>
      page.getByRole('button', { name, exact: true, pressed: true }).waitFor();

    await make('first');
    await make('second');
    await drawn('second');

    await page.getByRole('button', { name: 'first', exact: true }).click();
    await make('third');
    await page.getByRole('button', { name: 'third', exact: true, pressed: false }).waitFor();
    await drawn('first');
    for (const name of ['a-cluster-with-a-long-name', 'one-more-with-a-long-name', 'the-last-of-these'])
      await make(name);
    await page.getByRole('button', { name: 'the-last-of-these', exact: true }).waitFor();
    const [head, switches] = await Promise.all([
      page.locator('.cloud .tabs').boundingBox(),
      page.getByRole('group', { name: 'Time and faults' }).boundingBox(),
    ]);
    expect((head?.y ?? 0) + (head?.height ?? 0)).toBeLessThan(switches?.y ?? 0);
  });

  it('runs as fast as the time slider says, also when it is moved on before the first answer comes', async () => {
    const { page } = wide;
    await page.getByRole('slider').focus();
    const answered = page.waitForResponse('**/do');
    await page.keyboard.press('End');
    await page.keyboard.down('ArrowLeft');
    await answered;
    await page.keyboard.up('ArrowLeft');
    await page.getByText('283×').waitFor();
    await expect.poll(() => site.world.timeScale).toBeCloseTo(1 / 283, 5);

    await page.keyboard.press('End');
    await page.getByText('300×').waitFor();

    await expect.poll(() => site.world.timeScale).toBeCloseTo(1 / 300, 5);
  });

  it('leaves each window its own person and what others have read', async () => {
    const { page } = wide;
    await wide.actAs('Dana');
    const [other] = await Promise.all([
      page.waitForEvent('popup'),
      page.evaluate('void open(location.href)'),
    ]);
    await other.getByRole('radio', { name: /Sam/ }).click();
    await other.getByRole('radio', { name: /Sam/, checked: true }).waitFor();
    await narrow.actAs('Alex');
    await narrow.type('Good morning');
    await other.getByText('Good morning').waitFor();
    await wide.message('Good morning').waitFor();

    for (const one of [page, other]) await one.reload();

    await page.getByRole('radio', { name: /Dana/, checked: true }).waitFor();
    await other.getByRole('radio', { name: /Sam/, checked: true }).waitFor();
    expect(await page.getByRole('radio', { name: /Sam/ }).locator('.dot').count()).toBe(0);
    await other.close();
  });

  it('is dark or light as one likes', async () => {
    const { page } = wide;
    const theme = (): Promise<unknown> => page.evaluate('document.documentElement.dataset.theme');
    expect(await theme()).toBe('light');

    await page.getByRole('button', { name: 'Dark or light' }).click();

    await expect.poll(theme).toBe('dark');
  });

  it('answers to its own address alone', async () => {
    const body = JSON.stringify({ do: 'kill-worker' });
    const headers = { 'content-type': 'application/json', origin: 'https://elsewhere.example' };

    const foreign = await fetch(`${site.url}do`, { method: 'POST', headers, body });
    const outside = await fetch(`${site.url}..%2f..%2fpackage.json`);

    expect(foreign.status).toBe(403);
    expect(outside.status).toBe(404);
  });
});
