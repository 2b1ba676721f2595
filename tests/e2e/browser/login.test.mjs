// A person with a real browser: sign-in and consent at the lab's server, and Moat's page at the end.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { clients } from '../lab/clients.mjs';
import { Home, exit, unhurried } from '../lab/moat.mjs';
import { root, roots } from '../lab/paths.mjs';
import { startLab } from '../lab/server.mjs';

const folder = `${root}/build/screenshots`;
let lab;
let browser;
before(async () => {
  mkdirSync(folder, { recursive: true });
  lab = await startLab();
  // Chromium's own sandbox does not start for root, as which CI machines run.
  const args = process.getuid() === 0 ? ['--no-sandbox'] : [];
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args, timeout: unhurried });
});
after(async () => {
  await browser.close();
  lab.stop();
  assert.deepEqual(lab.errors, []);
});

async function newPage(t, options = {}) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, ...options });
  context.setDefaultTimeout(unhurried);
  t.after(() => context.close());
  // The pages of oidc-provider ask for fonts from elsewhere; nothing leaves this machine.
  await context.route(
    (address) => address.hostname !== 'localhost',
    (route) => route.abort(),
  );
  return context.newPage();
}

/** `moat login`, and a page of the browser at its URL. */
async function begin(t, options = {}) {
  const home = new Home(t);
  const { id, secret } = clients.post;
  await home.ok('init', [
    ...['--provider', 'entra', '--authorize-url', lab.authorizeUrl, '--token-url', lab.tokenUrl],
    ...['--client-id', id, '--secret-file', home.secretFile(secret), '--ca', roots],
  ]);
  const login = home.start(['login', home.name], { open: true });
  const [url] = await login.until(/^https:\S+$/m);
  const page = await newPage(t, options);
  const problems = []; // of Moat's own page
  page.on('console', (message) => {
    if (message.type() === 'error' && message.location().url.startsWith('http://'))
      problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  await page.goto(url);
  return { home, login, page, problems };
}

/** Another device at work: nothing of it comes back to this machine but by the server. */
test('the device code, entered on the page that the terminal names', async (t) => {
  const home = new Home(t);
  await home.init(lab, { auth: 'none', more: ['--device-url', lab.deviceUrl] });
  const login = home.start(['login', home.name, '--device'], { open: true });
  const [, uri, code] = await login.until(/^ {2}(https:\S+)$[^]*?^ {2}(\S+)$/m);
  const page = await newPage(t);
  await page.goto(uri);
  await page.fill('input[name=user_code]', code);
  await page.click('button[type=submit]');
  await page.getByText(code).waitFor();
  await page.screenshot({ path: `${folder}/device-confirm.png` });
  await page.click('button[type=submit]');
  await signIn(page);
  await page.click('button[type=submit]');
  await page.getByRole('heading', { name: 'The device is signed in' }).waitFor();
  const { code: status, err } = await login.finished;
  assert.equal(status, exit.done, err);
  await home.ok('token');
});

async function signIn(page) {
  await page.fill('input[name=login]', 'alice');
  await page.fill('input[name=password]', 'any');
  await page.click('button[type=submit]');
}

/** What a person can read: the contrast of text to what is behind it (WCAG 2.1, 1.4.3). */
const contrasts = (page) =>
  page.evaluate(() => {
    const rgb = (text) => text.match(/[\d.]+/g).map(Number);
    const light = (text) => {
      const [r, g, b] = rgb(text)
        .slice(0, 3)
        .map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = light(getComputedStyle(document.querySelector('main')).backgroundColor);
    return ['h1', 'p', 'footer'].map((name) => {
      const of = light(getComputedStyle(document.querySelector(name)).color);
      return (Math.max(of, behind) + 0.05) / (Math.min(of, behind) + 0.05);
    });
  });

async function assertReadable(page) {
  for (const ratio of await contrasts(page)) assert.ok(ratio >= 4.5, `a contrast of ${ratio}`);
  const [needed, width] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    window.innerWidth,
  ]);
  assert.ok(needed <= width, `${needed} pixels wide on a screen of ${width}`);
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'en');
}

const screens = {
  light: { colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  dark: { colorScheme: 'dark', viewport: { width: 1280, height: 800 } },
  phone: { colorScheme: 'light', viewport: { width: 360, height: 640 }, isMobile: true },
};

const backgrounds = {};
for (const [screen, options] of Object.entries(screens)) {
  test(`signed in, ${screen}`, async (t) => {
    const { home, login, page, problems } = await begin(t, options);
    await signIn(page);
    await page.click('button[type=submit]'); // consent
    await page.waitForURL(/^http:\/\/localhost:/);
    assert.equal(await page.title(), 'You are signed in');
    assert.match(await page.textContent('main'), /You can close this window/);
    await assertReadable(page);
    await page.screenshot({ path: `${folder}/signed-in-${screen}.png` });
    backgrounds[screen] = await page.evaluate(
      () => getComputedStyle(document.body).backgroundColor,
    );
    assert.equal((await login.finished).code, exit.done);
    assert.deepEqual(problems, []);
    await home.ok('token');
  });
}

test('light and dark differ', () => {
  assert.notEqual(backgrounds.light, backgrounds.dark);
});

for (const [screen, options] of Object.entries(screens)) {
  test(`the person says no, ${screen}`, async (t) => {
    const { login, page, problems } = await begin(t, options);
    await page.click('a[href*=abort]');
    await page.waitForURL(/^http:\/\/localhost:/);
    assert.equal(await page.title(), 'The sign-in failed');
    assert.match(await page.textContent('main'), /access_denied[\s\S]*moat login drive/);
    await assertReadable(page);
    await page.screenshot({ path: `${folder}/refused-${screen}.png` });
    assert.equal((await login.finished).code, exit.signIn);
    assert.deepEqual(
      problems.filter((text) => !/status of 400/.test(text)),
      [],
    );
  });
}
