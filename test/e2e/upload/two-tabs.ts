import type { Browser } from 'playwright-core';
import { phantom } from '../../support/viewer/viewer-samples';

/**
 * Two tabs send the same files. The first one waits until the second one is ready, and then until its session is closed by
 * another request: as if the session had ended while the computer slept.
 */
export async function twoTabs(browser: Browser, origin: string): Promise<void> {
  const images = phantom('Tabs', 12).map(({ file }, at) => ({ name: `${at}`, mimeType: '', buffer: file }));
  const context = await browser.newContext();
  const [one, two] = [await context.newPage(), await context.newPage()];
  let goOn = () => {};
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  await one.route('**/dicomweb/uploads', async (route) => {
    await held;
    await route.continue();
  });
  const opened = one.waitForResponse((response) => response.url().endsWith('/upload-sessions'));
  const waits = one.waitForRequest((request) => request.url().endsWith('/uploads'));
  for (const tab of [one, two]) {
    await tab.goto(`${origin}/upload`);
    // Before, the page takes no files.
    await tab.getByRole('button', { name: 'Choose files' }).waitFor();
    await tab.locator('#files').setInputFiles(images);
    await tab.getByRole('button', { name: 'Send 12 files' }).click();
    if (tab === one) await waits;
  }
  await two.getByRole('status').filter({ hasText: 'Done: 12 stored' }).waitFor();
  const { id } = (await (await opened).json()) as { id: string };
  await fetch(`${origin}/dicomweb/upload-sessions/${id}/close`, { method: 'POST' });
  goOn();
  await one.getByRole('status').filter({ hasText: 'Done: 12 already in the archive.' }).waitFor();
  await context.close();
}
