import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type ConsoleMessage, chromium, type Page, type Request } from 'playwright-core';
import type { RunnerTestCase } from 'vitest';
import { ROOT } from '../../../scripts/support/paths.mjs';
import { browserCommand } from './chromium.ts';

/** Milliseconds for which a page is waited for: on a busy machine the viewer takes half a minute to start. */
export const PATIENCE = 120_000;

/** @param more switches of Chromium */
export async function launchBrowser(more: readonly string[] = []): Promise<Browser> {
  const { executablePath, args, env } = browserCommand();
  const browser = await chromium.launch({ executablePath, args: [...args, ...more], env, headless: true });
  const newContext = browser.newContext.bind(browser);
  browser.newContext = async (options) => {
    const context = await newContext(options);
    context.setDefaultTimeout(PATIENCE);
    return context;
  };
  return browser;
}

/** The errors of a page since it was opened. */
export interface Complaints {
  /** Requests to the page's own origin that failed, were refused, or were answered with an error. */
  readonly requests: string[];
  /** Console errors and uncaught exceptions. */
  readonly errors: string[];
  /** Requests that left the page's own origin. */
  readonly foreign: string[];
}

/**
 * Records every error of a page. It does not count requests that the page itself aborted: OHIF aborts requests that it
 * no longer needs whenever the user leaves a page (net::ERR_ABORTED).
 */
export function watch(page: Page, origin: string): Complaints {
  const complaints: Complaints = { requests: [], errors: [], foreign: [] };
  const say = (request: Request, what: string | number) => `${what} ${request.method()} ${request.url()}`;
  page.on('request', (request) => {
    if (/^https?:/.test(request.url()) && !request.url().startsWith(origin)) complaints.foreign.push(request.url());
  });
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.requests.push(say(response.request(), response.status()));
  });
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? 'failed';
    if (reason !== 'net::ERR_ABORTED') complaints.requests.push(say(request, reason));
  });
  page.on('console', (message: ConsoleMessage) => {
    if (message.type() === 'error') complaints.errors.push(`${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => complaints.errors.push(`uncaught: ${error.stack ?? error.message}`));
  return complaints;
}

/** Collects the answers that a page gets from now on: URL, headers and body as Latin-1. @param part of their URLs */
export function answersOf(page: Page, part: string): readonly Promise<string>[] {
  const answers: Promise<string>[] = [];
  page.on('response', (answer) => {
    if (!answer.url().includes(part)) return;
    const about = `${answer.url()} ${JSON.stringify(answer.headers())} `;
    const body = answer.body().catch(() => Buffer.of());
    answers.push(body.then((bytes) => about + bytes.toString('latin1')));
  });
  return answers;
}

/** Saves a picture of the page in test-results/. */
export async function screenshot(page: Page, name: string): Promise<void> {
  const folder = join(ROOT, 'test-results');
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

/**
 * Saves a picture of the page after a test that has failed; with SCREENSHOTS=all, after every test.
 * @param prefix of the file's name
 */
export async function screenshotAfter(task: Readonly<RunnerTestCase>, page: Page, prefix = ''): Promise<void> {
  if (task.result?.state !== 'fail' && process.env.SCREENSHOTS !== 'all') return;
  await screenshot(page, `${prefix}${task.name.replace(/\W+/g, '-')}`);
}
