import { chromium } from 'playwright-core';
import type { Browser, Locator, Page } from 'playwright-core';
import { findChromium } from '../../sandbox/page/chromium.ts';
import { startCrew } from '../../sandbox/page/crew.ts';
import { startPage } from '../../sandbox/page/server.ts';
import { startRedis } from '../../sandbox/redis.ts';
import { PAST_MS, startWorld } from '../../sandbox/world.ts';
import type { World } from '../../sandbox/world.ts';

/** Bounds every wait on the page; far beyond what any of them takes. Milliseconds. */
const PATIENCE_MS = 100_000;

/** The sandbox with its page, and a browser to look at it. */
export interface Site {
  readonly world: World;
  readonly url: string;
  readonly browser: Browser;
  /** A window of this width; whatever its console complains of is kept. */
  visit(width: number): Promise<Visitor>;
  close(): Promise<void>;
}

/** A person in front of one window. */
export interface Visitor {
  readonly page: Page;
  /** Errors of the console and of scripts. */
  readonly complaints: string[];
  actAs(name: string): Promise<void>;
  /** Types a line and presses Enter. */
  type(line: string): Promise<void>;
  /** The newest message with these words. */
  message(words: string | RegExp): Locator;
  /** In a narrow window, one of the two is shown. */
  show(half: 'Slack' | 'Cloud'): Promise<void>;
  /** True when something makes the page wider than its window. */
  overflows(): Promise<boolean>;
  /** What of the messages shown lies outside of its column, where nobody can read it. */
  cutOff(): Promise<string[]>;
  /** How far the newest message is from being shown. Pixels. */
  fromEnd(): Promise<number>;
}

/** Runs in the browser. */
const CUT_OFF = `[...document.querySelectorAll('.message .body')].flatMap((column) => {
  const { right } = column.getBoundingClientRect();
  return [...column.querySelectorAll('*')]
    .filter((one) => one.getBoundingClientRect().right > right + 1)
    .map((one) => one.tagName + ' ' + one.textContent);
})`;
const FROM_END = `(() => {
  const { scrollHeight, scrollTop, clientHeight } = document.querySelector('.stream');
  return scrollHeight - scrollTop - clientHeight;
})()`;

/**
 * @param options `withProduct`: unless false, bot and worker run there
 * @throws Error saying what to install when there is no Chromium
 */
export async function openSite(options: { readonly withProduct?: boolean } = {}): Promise<Site> {
  const executablePath = findChromium();
  const redis = options.withProduct === false ? undefined : await startRedis();
  const world = await startWorld({ timeScale: 0.01, alibaba: { pastMs: PAST_MS } });
  const crew = redis && (await startCrew(await world.environment({ redisUrl: redis.url }), world.timeScale));
  const served = await startPage(world, crew);
  // Containers have no user namespaces for the browser's own walls.
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  return {
    world,
    url: served.url,
    browser,
    async visit(width) {
      const page = await browser.newPage({ viewport: { width, height: 800 }, reducedMotion: 'reduce' });
      page.setDefaultTimeout(PATIENCE_MS);
      const complaints: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(String(error)));
      await page.goto(served.url);
      const line = page.getByRole('combobox', { name: /^Message / });
      await line.waitFor();
      return {
        page,
        complaints,
        async actAs(name) {
          await page.getByRole('radio', { name: new RegExp(name) }).click();
          await page.getByRole('radio', { name: new RegExp(name), checked: true }).waitFor();
        },
        async type(text) {
          await line.fill(text);
          await line.press('Enter');
        },
        message: (words) => page.locator('.message').filter({ hasText: words }).last(),
        async show(half) {
          const button = page.getByRole('button', { name: half, exact: false }).last();
          if (width < 980) await button.click();
        },
        overflows: () =>
          page.evaluate<boolean>(
            'document.documentElement.scrollWidth > document.documentElement.clientWidth',
          ),
        cutOff: () => page.evaluate<string[]>(CUT_OFF),
        fromEnd: () => page.evaluate<number>(FROM_END),
      };
    },
    async close() {
      await browser.close();
      await served.close();
      await crew?.close();
      await world.close();
      await redis?.close();
    },
  };
}
