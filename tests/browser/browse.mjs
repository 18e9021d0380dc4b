// Drives Chromium over the status page: reads a plan (JSON) from standard input, a list of steps that each
// open an address, and prints what each of them saw (JSON). One browser for all steps.
//
// step: { url, scheme: "light" | "dark", script: bool, width, screenshot: FILE, do: [ACTION, ...] }
// action: { fill: LABEL, text } | { press: KEY } | { click: NAME }; pressing and clicking submit a form.
import { readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';

const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const TIMEOUT_MS = 60_000;

// The keyboard does not wait for the page it asked for, so the wait begins before the key or the click.
async function submit(page, how) {
  const arrived = page.waitForEvent('framenavigated');
  await how();
  await arrived;
  await page.waitForLoadState();
}

async function act(page, action) {
  if (action.fill) await page.getByLabel(action.fill).fill(action.text);
  if (action.press) await submit(page, () => page.keyboard.press(action.press));
  const button = page.getByRole('button', { name: action.click, exact: true });
  if (action.click) await submit(page, () => button.click());
}

// What has the focus after each press of Tab, until it comes round.
async function tabStops(page) {
  const stops = [];
  for (let i = 0; i < 60; ++i) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return null;
      const outline = getComputedStyle(element).outlineStyle;
      return { name: element.getAttribute('aria-label') ?? element.textContent, outline };
    });
    if (stop === null) break;
    stops.push(stop);
  }
  return stops;
}

async function take(browser, step) {
  const context = await browser.newContext({
    colorScheme: step.scheme ?? 'light',
    javaScriptEnabled: step.script ?? true,
    viewport: { width: step.width ?? 1280, height: 900 },
  });
  const page = await context.newPage();
  page.setDefaultTimeout(TIMEOUT_MS);
  const seen = { console: [], dialogs: [], requests: [] };
  page.on('console', message => seen.console.push(message.text()));
  page.on('pageerror', error => seen.console.push(String(error)));
  page.on('dialog', dialog => { seen.dialogs.push(dialog.message()); dialog.accept(); });
  page.on('request', request => seen.requests.push(request.url()));
  const answer = await page.goto(step.url);
  seen.policy = answer.headers()['content-security-policy'] ?? '';
  for (const action of step.do ?? []) await act(page, action);
  seen.text = await page.innerText('body');
  seen.title = await page.title();
  if (step.script ?? true) {
    seen.pwned = await page.evaluate(() => window.pwned ?? null);
    seen.background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    seen.overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    seen.cut = await page.evaluate(() => [...document.querySelectorAll('.scroll')]
      .filter(e => e.scrollWidth > e.clientWidth).map(e => e.innerText));
    seen.unnamed = await page.evaluate(() => [...document.querySelectorAll('button,input,svg,progress')]
      .filter(e => !(e.getAttribute('aria-label') || e.textContent.trim())).map(e => e.outerHTML));
  }
  // For a picture Playwright adds a style of its own, which the policy blocks: not the page's doing, and it is
  // said some time later.
  page.removeAllListeners('console');
  if (step.screenshot) await page.screenshot({ path: step.screenshot, fullPage: true });
  if (step.tabs) seen.tabs = await tabStops(page);
  await context.close();
  return seen;
}

const plan = JSON.parse(readFileSync(0, 'utf8'));
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ARGUMENTS });
try {
  const results = [];
  for (const step of plan) results.push(await take(browser, step));
  console.log(JSON.stringify(results));
} finally {
  await browser.close();
}
