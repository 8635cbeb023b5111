// Takes the pictures of the sandbox page for the README: docs/page-*.png. Needs Chromium.
//   node scripts/setup.mjs && node scripts/screenshots.mjs [folder]
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const BUILT = resolve('dist/sandbox');
const folder = process.argv[2] ?? 'docs';
const from = (file) => import(pathToFileURL(join(BUILT, file)).href);

const { findChromium } = await from('page/chromium.js');
const { startRedis } = await from('redis.js');
const { PAST_MS, startWorld } = await from('world.js');
const { startCrew } = await from('page/crew.js');
const { startPage } = await from('page/server.js');

const redis = await startRedis();
const world = await startWorld({ timeScale: 0.02, alibaba: { pastMs: PAST_MS } });
const crew = await startCrew(await world.environment({ redisUrl: redis.url }), world.timeScale);
const page = await startPage(world, crew);
const browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox'] });

async function open(options) {
  const tab = await browser.newPage({ reducedMotion: 'reduce', ...options });
  tab.on('console', (message) => {
    if (message.type() === 'error') process.stderr.write(`console: ${message.text()}\n`);
  });
  tab.on('pageerror', (error) => process.stderr.write(`page: ${error.stack}\n`));
  await tab.goto(page.url);
  return tab;
}

async function shoot(tab, name) {
  await tab.screenshot({ path: join(folder, `page-${name}.png`) });
  process.stdout.write(`${join(folder, `page-${name}.png`)}\n`);
}

const wide = { viewport: { width: 1280, height: 800 } };
const narrow = { viewport: { width: 400, height: 800 }, deviceScaleFactor: 2 };

try {
  const tab = await open({ ...wide, colorScheme: 'light' });
  const line = tab.getByLabel(/^Message #/);
  await line.waitFor();
  await line.fill('/ams create-cluster');
  await line.press('Enter');
  await tab.getByLabel('Name').waitFor();
  await tab.getByLabel('Name').fill('Live EU!');
  await tab.getByRole('button', { name: 'Plan it' }).click();
  await tab.locator('.field-error').first().waitFor();
  await shoot(tab, 'form');
  await tab.getByRole('button', { name: 'Cancel' }).click();
  await tab.getByRole('dialog').waitFor({ state: 'detached' });
  await line.fill('/ams create-cluster live --edge 3 --edge-min 2');
  await line.press('Enter');
  await tab.getByRole('button', { name: 'Approve' }).waitFor({ timeout: 30_000 });
  await shoot(tab, 'plan');
  await tab.getByRole('radio', { name: /Alex/ }).click();
  await tab.getByRole('radio', { name: /Alex/, checked: true }).waitFor();
  await tab.getByRole('button', { name: 'Approve' }).click();
  await tab.locator('.machine:not(.ghost)').nth(1).waitFor({ timeout: 60_000 });
  await tab
    .getByText(/nodes are (starting|in service)/)
    .first()
    .waitFor({ timeout: 60_000 });
  await shoot(tab, 'running');
  await tab.getByText('Done:').first().waitFor({ timeout: 120_000 });
  const phone = await open({ ...narrow, colorScheme: 'dark' });
  await phone.getByRole('button', { name: /Cloud/ }).click();
  await phone.locator('.machine.ready').nth(4).waitFor({ timeout: 30_000 });
  await shoot(phone, 'phone');
  const dark = await open({ ...wide, colorScheme: 'dark' });
  await dark.getByLabel(/^Message #/).fill('/ams status');
  await dark.getByLabel(/^Message #/).press('Enter');
  await dark.getByText('is working').last().waitFor({ timeout: 30_000 });
  await dark.getByRole('img', { name: /^CPU and nodes/ }).waitFor({ timeout: 60_000 });
  const status = dark.locator('.message').filter({ hasText: 'is working' }).last();
  await status.evaluate((message) => message.scrollIntoView());
  await dark.getByRole('button', { name: 'Newest' }).waitFor();
  await shoot(dark, 'status');
} catch (error) {
  process.stderr.write(`${error.stack}\n${crew.output().slice(-30).join('\n')}\n`);
  process.exitCode = 1;
} finally {
  await browser.close();
  await page.close();
  await crew.close();
  await world.close();
  await redis.close();
}
