import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { searchStudies } from '../support/clients/qido';
import { type FrontDoor, scratchFolder, startFrontDoor } from '../support/server/front-door';
import { launchBrowser, screenshot, watch } from '../support/viewer/browser';
import { untilPainted } from '../support/viewer/ohif';
import { addresses } from './viewer-security/addresses';

const scratch = scratchFolder();
let door: FrontDoor;
let browser: Browser;
let page: Page;

/** The deployment as its domain's visitors see it: the browser finds the domain on this machine. */
const address = () => `http://pacs.test:${new URL(door.origin).port}/`;

beforeAll(async () => {
  const args = ['--var', 'PUBLIC_ORIGIN=http://pacs.test', '--var', 'ALLOWED_HOSTS=localhost'];
  [door, browser] = await Promise.all([
    startFrontDoor({ data: join(scratch.path, 'archive'), args }),
    launchBrowser(['--host-resolver-rules=MAP pacs.test 127.0.0.1']),
  ]);
  page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
});

afterAll(async () => {
  await browser?.close();
  await door?.end();
  scratch.remove();
});

describe('the viewer of a deployment', () => {
  test('warns on its pages that everybody has access; on this machine it does not', async () => {
    await page.goto(address());
    const banner = page.getByRole('alert');
    await banner.waitFor();
    expect(await banner.textContent()).toMatch(/everybody who can reach this archive has access.*patients/);
    await screenshot(page, 'open-deployment');
    const asked = page.waitForResponse((answer) => answer.url().includes('/dicomweb/studies'));
    await page.goto(door.origin);
    await asked;
    await page.getByText('Study List').first().waitFor();
    expect(await page.locator('[data-archive-warning]').count()).toBe(0);
  });

  test('runs no script that somebody else puts into the page, and makes none from text', async () => {
    await page.goto(door.origin);
    const outcome = await page.evaluate(async () => {
      const violations = new Set<string>();
      document.addEventListener('securitypolicyviolation', (event) => violations.add(event.effectiveDirective));
      const element = document.createElement('script');
      element.textContent = 'window.wasRun = true';
      document.body.append(element);
      const image = document.createElement('div');
      image.innerHTML = '<img src="data:," onerror="window.wasRun = true">';
      document.body.append(image);
      const foreign = document.createElement('script');
      foreign.src = 'http://127.0.0.1:9/evil.js';
      document.body.append(foreign);
      const sent = await fetch('http://127.0.0.1:9/?patient').then(
        () => 'sent',
        () => 'refused',
      );
      // The handler of the image is refused when its error comes, and then the page is told so.
      for (let tries = 0; violations.size < 3 && tries < 100; tries += 1)
        await new Promise((resolve) => setTimeout(resolve, 100));
      return { wasRun: (window as { wasRun?: boolean }).wasRun ?? false, violations: [...violations].sort(), sent };
    });
    expect(outcome).toMatchObject({ wasRun: false, sent: 'refused' });
    expect(outcome.violations).toEqual(['connect-src', 'script-src-attr', 'script-src-elem']);
  });

  test('shows planes of a volume, and has its tools for segmentation, under the same policy', async () => {
    const study = (await searchStudies(door.origin)).find(({ patient }) => patient === 'Brain^Axial')!;
    const planes = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    const complaints = watch(planes, door.origin);
    for (const path of ['viewer?hangingprotocolId=mpr&', 'segmentation?']) {
      await planes.goto(`${door.origin}/${path}StudyInstanceUIDs=${study.uid}`);
      await untilPainted(planes, ({ greys }) => greys > 100);
      await screenshot(planes, `security-${path.replace(/\W.*/, '')}`);
    }
    expect(complaints).toEqual({ requests: [], errors: [], foreign: [] });
    await planes.close();
  });
});

// Last: keys are guessed in it, after which this machine is refused for a minute.
describe('a deployment with a domain of its own', () => addresses(() => door.origin));
