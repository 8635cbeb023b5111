import { WebClient } from '@slack/web-api';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PEOPLE } from '../../sandbox/world.ts';
import { openSite } from './visitor.ts';
import type { Site, Visitor } from './visitor.ts';

let site: Site;
let wide: Visitor;
let narrow: Visitor;
let app: WebClient;

beforeAll(async () => {
  site = await openSite({ withProduct: false });
  [wide, narrow] = await Promise.all([site.visit(1280), site.visit(400)]);
  const { slack } = site.world;
  app = new WebClient(slack.settings.botToken, { slackApiUrl: slack.apiUrl });
});

afterAll(() => site.close());

afterEach(async () => {
  expect([...wide.complaints, ...narrow.complaints]).toEqual([]);
  expect(await narrow.overflows()).toBe(false);
  expect(await narrow.cutOff()).toEqual([]);
});

/** Run in the browser. */
const HIDE = 'void Object.defineProperty(document, "hidden", { configurable: true, get: () => true })';
const HEAR_KEYS = `addEventListener('keydown', (event) =>
  setTimeout(() => { globalThis.isKept = event.defaultPrevented; }));`;
const SHOW = 'void (delete document.hidden, document.dispatchEvent(new Event("visibilitychange")))';

describe('the sandbox page, of what people and apps write,', () => {
  it.each([
    '<img src=x onerror="document.body.remove()">',
    '<script>document.body.remove()</script>',
    '[click](javascript:alert(1)) or ![picture](picture.png)',
    '[1]: a note',
    '# no heading',
    '---',
    '&lt;b&gt; &amp; <b>',
    'from $5 to $6, a|b',
    'import a from "b"',
    '<!channel> <@U0ALEX0001>',
  ])('shows what somebody typed as it was typed: %s', async (line) => {
    await wide.type(line);

    const message = wide.message(line);
    await message.waitFor();
    expect(await message.locator('.body').innerText()).toContain(line);
    expect(await message.locator('a, img, script, h1, hr, .slack_user, .slack_broadcast').count()).toBe(0);
  });

  it('makes no mark of what an app wrote as entities, in code neither, and leaves Slack’s own marks', async () => {
    await app.chat.postMessage({
      channel: PEOPLE.channel,
      text: 'Both kinds',
      blocks: [
        { type: 'header', text: { type: 'plain_text', text: '*Not bold*, <b>' } },
        {
          type: 'section',
          text: {
            type: 'mrkdwn',
            text:
              'No &lt;https://evil.example|click&gt; &lt;!channel&gt;, type `/ams status &lt;cluster&gt;` or ' +
              '`[click](https://evil.example)`',
          },
        },
        {
          type: 'section',
          text: {
            type: 'mrkdwn',
            text: '*Bold* <https://good.example/a_b?c=1&amp;d=2|good> <@U0ALEX0001> :gear:\n&gt; quoted',
          },
        },
      ],
    });

    const message = wide.message('Not bold');
    await message.waitFor();
    const words = await message.innerText();
    expect(words).toContain('*Not bold*, <b>');
    expect(words).toContain('No <https://evil.example|click> <!channel>, type');
    expect(words).toContain('/ams status <cluster>');
    expect(await message.getByRole('link', { name: 'click' }).count()).toBe(0);
    expect(await message.locator('strong').allInnerTexts()).toEqual(['Bold']);
    expect(await message.getByRole('link', { name: 'good', exact: true }).getAttribute('href')).toBe(
      'https://good.example/a_b?c=1&d=2',
    );
    expect(await message.locator('.slack_user').allInnerTexts()).toEqual(['@alex']);
    expect(await message.getByLabel('gear').count()).toBe(1);
    expect(words).toContain('quoted');
    expect(words).not.toContain('> quoted');
  });

  it('shows all of what is very long', async () => {
    const typed = 'x'.repeat(9_000);
    await narrow.type(typed);
    await app.chat.postMessage({ channel: PEOPLE.channel, text: 'y'.repeat(39_000) });

    for (const visitor of [wide, narrow]) await visitor.message('yyyy').waitFor();
    const { slack } = site.world;
    expect(slack.messages(PEOPLE.channel).some((message) => message.text === typed)).toBe(true);
    expect((await narrow.message('yyyy').innerText()).match(/y/g)?.length).toBeGreaterThanOrEqual(39_000);
  });

  it('offers commands only while somebody types', async () => {
    const { page } = wide;
    const line = page.getByRole('combobox', { name: /^Message / });
    const offers = page.getByRole('listbox', { name: 'Commands' });
    await line.fill('/ams ');
    await offers.waitFor();

    await page.getByRole('log').focus();
    await offers.waitFor({ state: 'detached' });

    await line.focus();
    await offers.waitFor();
    await line.fill('');
  });

  it('lets the keyboard go through a choice that an app offers', async () => {
    const option = (value: string) => ({ text: { type: 'plain_text' as const, text: value }, value });
    await app.chat.postMessage({
      channel: PEOPLE.channel,
      text: 'Which one?',
      blocks: [
        { type: 'section', text: { type: 'mrkdwn', text: 'Which one?' } },
        {
          type: 'actions',
          elements: [
            { type: 'radio_buttons', action_id: 'one', options: [option('First'), option('Second')] },
          ],
        },
      ],
    });
    const choices = wide.message('Which one?').getByRole('radio');

    await choices.first().press('Space');
    await choices.first().press('ArrowDown');

    await expect.poll(() => choices.nth(1).isChecked()).toBe(true);
  });

  it('goes from person to person by the arrow keys, as in any choice of one', async () => {
    const { page } = wide;
    const isNow = (name: RegExp) => page.getByRole('radio', { name, checked: true }).waitFor();
    await page.getByRole('radio', { name: /Dana/ }).press('ArrowDown');
    await isNow(/Alex/);
    await page.keyboard.press('ArrowDown');
    await isNow(/Kim/);

    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');

    await isNow(/Dana/);
  });

  it('keeps from the browser the key by which one becomes another person', async () => {
    const { page } = wide;
    await page.evaluate(HEAR_KEYS);
    await page.keyboard.press('Alt+Digit2');
    await page.getByRole('radio', { name: /Alex/, checked: true }).waitFor();

    await expect.poll(() => page.evaluate('globalThis.isKept')).toBe(true);
    await wide.actAs('Dana');
  });

  it('counts as unread what the app says to somebody who looks at its home', async () => {
    const { page } = wide;
    const user = PEOPLE.requester;
    const blocks = [{ type: 'section' as const, text: { type: 'mrkdwn' as const, text: 'At home' } }];
    await app.views.publish({ user_id: user, view: { type: 'home', blocks } });
    await page.getByRole('button', { name: /▶ ams/ }).click();
    await page.getByRole('region', { name: 'Home' }).getByText('At home').waitFor();
    await app.chat.postMessage({ channel: user, text: 'For your eyes alone' });
    // Once this is seen to have come, so has what was said before it.
    await narrow.actAs('Alex');
    await narrow.type('Said to all');
    await narrow.actAs('Dana');
    await page.getByRole('button', { name: /#events.*unread/ }).click();

    await page.getByRole('button', { name: /▶ ams.*1 unread/ }).click();

    await wide.message('For your eyes alone').waitFor();
    await page.getByRole('button', { name: '#events' }).click();
  });

  it('draws a line above what is new to somebody who comes back', async () => {
    await narrow.type('Kim reads this');
    await wide.message('Kim reads this').waitFor();
    for (const name of ['Kim', 'Dana']) await wide.actAs(name);
    await narrow.type('Kim was away');
    await wide.message('Kim was away').waitFor();

    await wide.actAs('Kim');

    await wide.page.locator('.new-line + .message', { hasText: 'Kim was away' }).waitFor();
    await wide.actAs('Dana');
  });

  it('knows what another window of the same browser has read and chosen', async () => {
    const { page } = wide;
    const unread = page.getByRole('radio', { name: /Sam/ }).locator('.dot');
    const [other] = await Promise.all([
      page.waitForEvent('popup'),
      page.evaluate('void open(location.href)'),
    ]);
    await other.getByRole('radio', { name: /Sam/ }).click();
    await other.getByRole('radio', { name: /Sam/, checked: true }).waitFor();
    await other.evaluate(HIDE);
    await narrow.actAs('Alex');
    await narrow.type('While Sam looks elsewhere');
    await other.getByText('While Sam looks elsewhere').waitFor();
    await unread.waitFor();

    await other.evaluate(SHOW);
    await unread.waitFor({ state: 'detached' });
    await other.getByRole('button', { name: 'Dark or light' }).click();

    await expect.poll(() => page.evaluate('document.documentElement.dataset.theme')).toBe('dark');
    await other.close();
  });
});
