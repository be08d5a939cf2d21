import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { type FrontDoor, scratchFolder, startFrontDoor } from '../server/front-door';
import { type Complaints, launchBrowser, screenshotAfter, watch } from './browser';

/** The viewer of a file's tests: what `npm start` starts, and a browser. Its parts can be used in tests and their hooks. */
export interface Viewer {
  readonly door: FrontDoor;
  readonly browser: Browser;
  /** The page that was opened last. */
  readonly page: Page;
  /** What went wrong on that page. */
  readonly complaints: Complaints;
  /** A folder for files of the tests. */
  readonly folder: string;
  /** Closes the page, and opens another one of that size. Its browser has the viewer's scripts already. */
  open(viewport: { readonly width: number; readonly height: number }): Promise<void>;
}

/**
 * Starts a front door and a browser before the tests, and ends them afterwards. A test that fails leaves a picture of the page.
 * @param args of `npm start`
 * @param switches of Chromium
 */
export function withViewer(args: readonly string[], switches: readonly string[] = []): Viewer {
  const scratch = scratchFolder();
  let door: FrontDoor;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page | undefined;
  let complaints: Complaints;

  beforeAll(async () => {
    [door, browser] = await Promise.all([
      startFrontDoor({ data: join(scratch.path, 'archive'), args }),
      launchBrowser(switches),
    ]);
    context = await browser.newContext();
  });
  afterEach(async ({ task }) => {
    if (page !== undefined) await screenshotAfter(task, page);
  });
  afterAll(async () => {
    await browser?.close();
    // SIGTERM is a usual way to end it, and no error.
    expect(await door?.end('SIGTERM')).toBe(0);
    scratch.remove();
  });

  return {
    get door() {
      return door;
    },
    get browser() {
      return browser;
    },
    get page() {
      if (page === undefined) throw new Error('No page was opened.');
      return page;
    },
    get complaints() {
      return complaints;
    },
    folder: scratch.path,
    async open(viewport) {
      await page?.close();
      page = await context.newPage();
      await page.setViewportSize(viewport);
      complaints = watch(page, door.origin);
    },
  };
}
