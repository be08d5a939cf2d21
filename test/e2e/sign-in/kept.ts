import type { BrowserContext, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { screenshot } from '../../support/viewer/browser';
import { drawTool, type OhifWindow, PATIENTLY, settled, untilPainted } from '../../support/viewer/ohif';

/** The tab of the viewer, and what the tests of a sign-in do in it. */
export interface SignedInTab {
  page(): Page;
  context(): BrowserContext;
  /** Opens the study in a new browser, as the radiologist. */
  open(): Promise<void>;
  /** Enters name and password at the provider. */
  enter(login: string, password: string, tab: Page): Promise<void>;
}

/** More grey values than text, lines and an empty viewport have together. */
const AN_IMAGE = 100;

/** The session ends while a measurement is not stored: it is not lost without a word. */
export function kept({ page, context, open, enter }: SignedInTab): void {
  const notice = () => page().locator('[data-archive-notice]');
  const unsaved = () => page().evaluate(() => !(window as unknown as OhifWindow).archiveViewer!.unsaved.isEmpty());
  const focused = () => page().evaluate(() => document.activeElement?.textContent);
  /** A browser without a window does not tell pages that they are in front. */
  const come = () => page().evaluate(() => void window.dispatchEvent(new Event('focus')));

  async function endSession(): Promise<void> {
    await context().clearCookies();
    await page().evaluate(() => {
      // Two at once.
      for (const limit of [1, 2]) fetch(`/dicomweb/studies?limit=${limit}`);
    });
    await notice().filter({ hasText: '1 measurement is not stored.' }).waitFor();
  }

  /** By the keyboard: the notice has the focus. */
  async function signInElsewhere(login: string): Promise<Page> {
    expect(await focused()).toBe('Sign in in another tab');
    const [tab] = await Promise.all([context().waitForEvent('page'), page().keyboard.press('Enter')]);
    await enter(login, login, tab);
    await tab.locator('[data-archive-session]').waitFor();
    return tab;
  }

  test('keeps it: the page says so once, and no key acts behind the notice', async () => {
    await open();
    await drawTool(page(), 'Length', [
      [60, 60],
      [160, 120],
    ]);
    await expect.poll(unsaved, PATIENTLY).toBe(true);
    const { hash } = await settled(page(), (now) => now.greys > AN_IMAGE);
    await endSession();
    await screenshot(page(), 'sign-in-ended');
    expect(await notice().count()).toBe(1);
    // A click on the text leaves the focus in the notice.
    await notice().getByRole('heading').click();
    for (const key of ['i', 'r', 'h', 'ArrowDown', 'Escape', 'Escape']) await page().keyboard.press(key);
    await page().waitForTimeout(500);
    expect((await untilPainted(page(), (now) => now.greys > AN_IMAGE)).hash).toBe(hash);
    await page().keyboard.press('Tab');
    expect(await notice().count()).toBe(1);
  });

  test('does not go on with another person, and says who is signed in', async () => {
    const tab = await signInElsewhere('uploader');
    await come();
    await notice()
      .filter({ hasText: 'Ulf Uploader is signed in now. This page goes on only for Rosa Radiologist.' })
      .waitFor();
    await screenshot(page(), 'sign-in-another-person');
    expect(await unsaved()).toBe(true);
    await tab.locator('[data-archive-session]').getByRole('button', { name: 'Sign out' }).click();
    await tab.getByText('You are signed out').waitFor();
    await tab.close();
  });

  test('goes on when she has signed in in another tab, also with images that were refused', async () => {
    await come();
    await notice().filter({ hasText: 'Sign in as Rosa Radiologist in another tab' }).waitFor();
    const viewer = page().url();
    const tab = await signInElsewhere('radiologist');
    await tab.close();
    await come();
    await expect.poll(() => notice().count(), PATIENTLY).toBe(0);
    expect([page().url(), await unsaved()]).toEqual([viewer, true]);

    const { hash } = await settled(page(), (now) => now.greys > AN_IMAGE);
    await context().clearCookies();
    await page().evaluate(() => (window as unknown as OhifWindow).cornerstone!.cache.purgeCache());
    await page().mouse.move(700, 400);
    await page().mouse.wheel(0, 100);
    await notice().filter({ hasText: '1 measurement is not stored.' }).waitFor();
    await page().locator('[data-not-shown]', { hasText: 'Your session has ended.' }).waitFor();
    await (await signInElsewhere('radiologist')).close();
    await come();
    await expect.poll(() => notice().count(), PATIENTLY).toBe(0);
    await settled(page(), (now) => now.greys > AN_IMAGE && now.hash !== hash);
    await expect.poll(() => page().locator('[data-not-shown]').count(), PATIENTLY).toBe(0);
    expect(await unsaved()).toBe(true);
  });

  test('signs in in the same tab after a question', async () => {
    await endSession();
    const dialog = page().locator('[data-archive-leaving]');
    await page().keyboard.press('Tab');
    expect(await focused()).toBe('Sign in here');
    await page().keyboard.press('Enter');
    await dialog.waitFor();
    await page().keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect([await notice().count(), await focused()]).toEqual([1, 'Sign in here']);
    await page().keyboard.press('Enter');
    await dialog.getByRole('button', { name: 'Leave' }).click();
    await page().getByLabel('Password').waitFor();
  });
}
