import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { stow } from '../../scripts/samples/stow.mjs';
import { tokenOfStart } from '../../scripts/start/login/identity-provider.mjs';
import { loginSettings } from '../../scripts/start/login/settings.mjs';
import { document as documentInstance, video } from '../support/files/instances';
import { ascii } from '../support/files/part10';
import { uidOf } from '../support/files/synthetic';
import { type FrontDoor, freePort, scratchFolder, startFrontDoor } from '../support/server/front-door';
import { launchBrowser, screenshot, screenshotAfter, watch } from '../support/viewer/browser';
import { PATIENTLY, settled, thumbnailWidths, untilPainted } from '../support/viewer/ohif';
import { phantom } from '../support/viewer/viewer-samples';
import { kept } from './sign-in/kept';
import { useOwnSignIn } from './sign-in/own-sign-in';

/** More grey values than text, lines and an empty viewport have together. */
const AN_IMAGE = 100;

/** Seconds that the provider's access tokens live. */
const TOKEN_LIFE = 4;

const scratch = scratchFolder();
let door: FrontDoor;
let browser: Browser;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  const args = ['--login', '--token-life', String(TOKEN_LIFE)];
  const start = { data: join(scratch.path, 'archive'), port: await freePort(), args };
  [door, browser] = await Promise.all([startFrontDoor(start), launchBrowser()]);
  await fresh();
});

afterEach(({ task }) => screenshotAfter(task, page, 'sign-in-'));

afterAll(async () => {
  await browser?.close();
  await door?.end();
  scratch.remove();
});

/** A browser in which nobody is signed in. */
async function fresh(options: BrowserContextOptions = {}): Promise<void> {
  await context?.close();
  context = await browser.newContext({ viewport: { width: 1400, height: 900 }, ...options });
  page = await context.newPage();
}

const row = (patient: string) => page.locator('tbody tr', { has: page.getByText(patient, { exact: true }) });

/** Enters name and password at the provider, which has the tab. */
async function enter(login: string, password = login, tab = page): Promise<void> {
  await tab.getByLabel('Name').fill(login);
  await tab.getByLabel('Password').fill(password);
  await tab.getByRole('button', { name: 'Sign in' }).click();
}

/** Cookies of the archive; those of the provider have the same host. */
const sessionCookie = async () => (await context.cookies()).find(({ name }) => name === '__Host-session');

const statusOf = (path: string, init: RequestInit = {}) => fetch(door.origin + path, init).then(({ status }) => status);

describe('a radiologist', () => {
  test('is sent to the provider, and comes back to the study list', async () => {
    await page.goto(door.origin);
    await enter('radiologist', 'wrong');
    await page.getByText('The name or the password is wrong.').waitFor();
    await enter('radiologist');
    await row('Brain, Axial').waitFor();
    expect(page.url()).toBe(`${door.origin}/`);
    await page.locator('[data-archive-session]', { hasText: 'Rosa Radiologist' }).waitFor();
    // A person who may not store is not offered the upload.
    for (const offer of ['Upload', 'Folders, ZIP'])
      expect(await page.getByText(offer, { exact: true }).count()).toBe(0);
    expect(await sessionCookie()).toMatchObject({ httpOnly: true, secure: true, sameSite: 'Lax', path: '/' });
    expect(await page.evaluate(() => document.cookie)).not.toContain('session');
  });

  test('opens a study, and scrolls on when the tokens have ended twice over', async () => {
    const complaints = watch(page, door.origin);
    await row('Brain, Axial').dblclick();
    const before = await settled(page, (now) => now.greys > AN_IMAGE);
    await expect.poll(() => thumbnailWidths(page), PATIENTLY).toEqual([256]);
    await page.waitForTimeout(2.5 * TOKEN_LIFE * 1000);
    await page.mouse.move(800, 450);
    for (let step = 0; step < 5; step += 1) await page.mouse.wheel(0, 100);
    await untilPainted(page, (now) => now.hash !== before.hash && now.greys > AN_IMAGE);
    await page.reload();
    await settled(page, (now) => now.greys > AN_IMAGE);
    expect(complaints.requests).toEqual([]);
    expect(complaints.foreign).toEqual([]);
  });

  test('sees what the browser asks for by itself: a picture, a video by its range, a document', async () => {
    const place = (name: string) => ({ study: uidOf('signed in'), series: uidOf(`${name} series`), sop: uidOf(name) });
    const pathOf = ({ study, series, sop }: ReturnType<typeof place>) =>
      `/dicomweb/studies/${study}/series/${series}/instances/${sop}/rendered`;
    const port = Number(new URL(door.origin).port);
    const token = await tokenOfStart(loginSettings(join(scratch.path, 'archive'), port));
    const files = [
      documentInstance('application/pdf', ascii('%PDF-1.4\n%%EOF'), '104.1', place('document')),
      video([ascii('ftyp'.repeat(500))], place('video')),
    ];
    const credentials = { Authorization: `Bearer ${token}` };
    await stow(
      door.origin,
      files.map((file) => Buffer.from(file)),
      credentials,
    );

    const [film, shown] = [pathOf(place('video')), pathOf(place('document'))];
    const asked = page.waitForResponse((answer) => answer.url().endsWith(film));
    const [width, type] = await page.evaluate(
      async ([filmPath, documentPath]) => {
        const [study] = await (await fetch('/dicomweb/studies?PatientName=Brain*')).json();
        const picture = new Image();
        picture.src = `/dicomweb/studies/${study['0020000D'].Value[0]}/thumbnail`;
        await picture.decode();
        const player = document.createElement('video');
        player.src = filmPath!;
        document.body.append(player);
        player.load();
        // This browser has no reader of documents, so the page asks for what it would embed.
        const got = await fetch(documentPath!, { headers: { Accept: 'application/pdf' } });
        return [picture.naturalWidth, got.headers.get('Content-Type')] as const;
      },
      [film, shown],
    );
    expect([width > 0, type]).toEqual([true, 'application/pdf']);
    expect([(await asked).status(), (await asked).request().headers().range]).toEqual([206, 'bytes=0-']);
    expect((await asked).request().headers().authorization).toBeUndefined();
  });

  test('may not store, and has only the browser’s cookie for it', async () => {
    const cookie = `__Host-session=${(await sessionCookie())?.value}`;
    expect(await statusOf('/dicomweb/studies', { headers: { Cookie: cookie } })).toBe(200);
    for (const headers of [{}, { Origin: 'https://evil.example' }, { 'Sec-Fetch-Site': 'cross-site' }]) {
      const init = { method: 'POST', headers: { Cookie: cookie, ...headers } as Record<string, string> };
      expect(await statusOf('/sign-out', init)).toBe(403);
    }
    const stored = await page.evaluate(() =>
      fetch('/dicomweb/studies', { method: 'POST' }).then((each) => each.json()),
    );
    expect(stored).toMatchObject({ status: 403, detail: 'This needs the permission "store".' });
  });

  test('signs out: the session is over here and at the provider, and the back button shows nothing', async () => {
    const cookie = `__Host-session=${(await sessionCookie())?.value}`;
    const viewer = page.url();
    await page.goto(`${door.origin}/`);
    await row('Brain, Axial').waitFor();
    await page.getByRole('button', { name: 'Open settings' }).click();
    await screenshot(page, 'sign-in-menu');
    await page.getByText('Sign out Rosa Radiologist').click();
    await page.getByText('You are signed out').waitFor();
    expect(await statusOf('/session', { headers: { Cookie: cookie } })).toBe(401);
    await page.goBack();
    await page.getByLabel('Password').waitFor();
    expect(await page.getByText('Brain, Axial').count()).toBe(0);
    await page.goto(viewer);
    await page.getByLabel('Password').waitFor();
  });

  test('whose session ends in the middle of a study signs in and is back at it', async () => {
    await fresh();
    await page.goto(door.origin);
    await enter('radiologist');
    await row('Brain, Axial').dblclick();
    const first = await settled(page, (now) => now.greys > AN_IMAGE);
    const viewer = page.url();
    await page.mouse.move(600, 400).then(() => page.mouse.wheel(0, 100));
    const { hash } = await settled(page, (now) => now.greys > AN_IMAGE && now.hash !== first.hash);
    await context.clearCookies();
    await page.evaluate(() => void fetch('/dicomweb/studies?limit=1'));
    await page.getByLabel('Password').waitFor();
    await enter('radiologist');
    await settled(page, (now) => now.hash === hash);
    expect(page.url()).toContain(`${viewer}&initialS`);
  });
});

describe('a radiologist whose session ends with a measurement that is not stored', () => {
  const open = async () => {
    await fresh();
    await page.goto(door.origin);
    await enter('radiologist');
    await row('Brain, Axial').dblclick();
    await settled(page, (now) => now.greys > AN_IMAGE);
  };
  kept({ page: () => page, context: () => context, open, enter });
});

describe('a sign-in', () => {
  test('counts once: the same code and state again are refused', async () => {
    await fresh();
    let callback = '';
    page.on('request', (request) => {
      if (request.url().includes('/sign-in/callback?')) callback = request.url();
    });
    await page.goto(door.origin);
    const flow = (await context.cookies()).filter(({ name }) => name.startsWith('__Host-sign-in-'));
    await enter('radiologist');
    await row('Brain, Axial').waitFor();
    expect(callback).toContain('code=');
    const Cookie = flow.map(({ name, value }) => `${name}=${value}`).join('; ');
    for (const headers of [{ Cookie }, {}] as Record<string, string>[]) {
      const replayed = await fetch(callback, { headers, redirect: 'manual' });
      expect(replayed.status).toBe(400);
      expect(replayed.headers.get('Set-Cookie') ?? '').not.toContain('__Host-session');
    }
  });
});

describe('OHIF’s own sign-in', () => {
  test('sends Bearer tokens and no cookie of the archive, with the configuration of docs/access.md', async () => {
    // A deployment names the provider's origin in the Content-Security-Policy.
    await fresh({ bypassCSP: true });
    const credentials = await useOwnSignIn(page, door.origin);
    await page.goto(door.origin);
    await enter('radiologist');
    await row('Brain, Axial').dblclick();
    await settled(page, (now) => now.greys > AN_IMAGE);
    expect([...credentials]).toEqual(['Bearer ey']);
    expect(await sessionCookie()).toBeUndefined();
  });
});

describe('somebody who may not see images', () => {
  test('is told in words; an officer reads the record', async () => {
    await fresh();
    await page.goto(door.origin);
    await enter('officer');
    const notice = page.locator('[data-archive-notice]');
    await notice.filter({ hasText: 'you have no permission to see images' }).waitFor();
    await screenshot(page, 'sign-in-officer');
    await notice.getByRole('button', { name: 'Record of access' }).click();
    const signIn = page.locator('tr', { hasText: 'Rosa Radiologist' }).filter({ hasText: 'sign-in' });
    await signIn.first().waitFor();
    await screenshot(page, 'sign-in-record');
    await page.goBack();
    await notice.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('You are signed out').waitFor();
  });

  test('may upload: the list is empty, and says why', async () => {
    const [image] = phantom('Signed', 1);
    const path = join(scratch.path, 'upload.dcm');
    writeFileSync(path, image!.file);
    await fresh();
    await page.goto(door.origin);
    await enter('uploader');
    await page.getByText('not see the list').waitFor();
    await page.getByText('Upload', { exact: true }).click();
    await page.locator('[role=dialog] input[type=file]:not([webkitdirectory])').setInputFiles(path);
    await page.getByText('1 file completed.').waitFor();
    expect(await page.getByText('Brain, Axial').count()).toBe(0);
  });

  test('uploads by the page too, and goes on after the session has ended', async () => {
    const [image] = phantom('Uploaded', 1);
    await fresh();
    await page.goto(`${door.origin}/upload`);
    await enter('uploader');
    await page.getByText('Signed in as').waitFor();
    expect(page.url()).toBe(`${door.origin}/upload`);
    await page.getByRole('button', { name: 'Choose files' }).waitFor();
    await page.locator('#files').setInputFiles({ name: 'image', mimeType: '', buffer: image!.file });
    const send = page.getByRole('button', { name: 'Send 1 file' });
    await send.waitFor();
    await context.clearCookies();
    await send.click();
    await page.getByRole('alert').filter({ hasText: 'You are no longer signed in.' }).waitFor();
    await screenshot(page, 'sign-in-upload');
    const [tab] = await Promise.all([
      context.waitForEvent('page'),
      page.getByRole('link', { name: 'Sign in again in another tab' }).click(),
    ]);
    await enter('uploader', 'uploader', tab);
    await tab.getByText('You are signed in. Close this tab').waitFor();
    await tab.close();
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByRole('status').filter({ hasText: 'Done: 1 stored.' }).waitFor();
    // The viewer would say that the study is not available.
    await page.locator('#table .patient', { hasText: 'Uploaded' }).waitFor();
    expect(await page.getByRole('link', { name: 'Open in the viewer' }).count()).toBe(0);
  });

  test('who may see and not store is told so by the upload page', async () => {
    await fresh();
    await page.goto(`${door.origin}/upload`);
    await enter('radiologist');
    await page.getByRole('alert').filter({ hasText: 'you need the permission "store"' }).waitFor();
    expect(await page.getByRole('button', { name: 'Choose files' }).count()).toBe(0);
  });
});
