import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stow } from '../../scripts/samples/stow.mjs';
import { tokenOfStart } from '../../scripts/start/login/identity-provider.mjs';
import { loginSettings } from '../../scripts/start/login/settings.mjs';
import { seededStudy } from '../support/archive/seeded-study';
import { document as pdfInstance, video } from '../support/files/instances';
import { ascii } from '../support/files/part10';
import { uidOf } from '../support/files/synthetic';
import { type FrontDoor, freePort, scratchFolder, startFrontDoor } from '../support/server/front-door';
import { answersOf, type Complaints, launchBrowser, screenshot, watch } from '../support/viewer/browser';
import { PATIENTLY, settled, thumbnailWidths } from '../support/viewer/ohif';
import { phantom } from '../support/viewer/viewer-samples';

/* Studies that are shared with somebody outside, and the record of it, in a browser. */

/** More grey values than text, lines and an empty viewport have together. */
const AN_IMAGE = 100;

const slices = phantom('Shared', 3);
const study = slices[0]!.study;
const kept = phantom('Kept', 1)[0]!;
const pdf = { study: uidOf('papers'), series: uidOf('papers pdf'), sop: uidOf('pdf') };
const film = { study: uidOf('papers'), series: uidOf('papers video'), sop: uidOf('video') };

interface Made {
  readonly id: string;
  readonly link: string;
}

/** A study that tells who the patient is wherever a file can. The role of the researcher retains patient characteristics. */
const told = seededStudy();
const ETHNIC_GROUP = 33;

const scratch = scratchFolder();
let door: FrontDoor;
let browser: Browser;
/** The radiologist's. */
let owner: Page;
/** Somebody outside, who has a link to the study. */
let guest: Page;
let guests: BrowserContext;
let complaints: Complaints;
let shared: Made;

beforeAll(async () => {
  const port = await freePort();
  const data = join(scratch.path, 'archive');
  [door, browser] = await Promise.all([
    startFrontDoor({ data, port, args: ['--login', '--no-sample'] }),
    launchBrowser(),
  ]);
  const files = [
    ...[...slices, kept].map(({ file }) => file),
    Buffer.from(pdfInstance('application/pdf', ascii('%PDF-1.4\n%%EOF'), '104.1', pdf)),
    Buffer.from(video([new Uint8Array(5000).fill(7)], film)),
    ...told.files.map((file) => Buffer.from(file)),
  ];
  await stow(door.origin, files, { Authorization: `Bearer ${await tokenOfStart(loginSettings(data, port))}` });
});

afterAll(async () => {
  await browser?.close();
  await door?.end();
  scratch.remove();
});

/** A page of a browser that knows nothing of the archive. */
async function fresh(): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1300, height: 800 } });
  const page = await context.newPage();
  return page;
}

async function signedIn(login: string, path: string): Promise<Page> {
  const page = await fresh();
  await page.goto(door.origin + path);
  await page.getByLabel('Name').fill(login);
  await page.getByLabel('Password').fill(login);
  await page.getByRole('button', { name: 'Sign in' }).click();
  return page;
}

/** Shares a study, as the radiologist. */
const share = (uid: string, body: object): Promise<Made> =>
  owner.evaluate(
    async ([path, text]) => {
      const headers = { 'Content-Type': 'application/json' };
      return await (await fetch(path!, { method: 'POST', headers, body: text! })).json();
    },
    [`/dicomweb/studies/${uid}/shares`, JSON.stringify(body)],
  );

/** Opens a link, until the viewer has the page. */
async function opened(page: Page, { link }: Made): Promise<void> {
  await page.goto(link);
  await page.waitForURL(/\/viewer/);
}

const image = (page: Page) => settled(page, ({ greys }) => greys > AN_IMAGE);
const notice = (page: Page) => page.locator('[data-archive-notice]');
const rows = (page: Page) => page.locator('tbody tr[aria-selected]');
const rootOf = ({ id }: Made) => `/shares/${id}/dicomweb`;
const pathOf = (place: typeof pdf) => `/studies/${place.study}/series/${place.series}/instances/${place.sop}/rendered`;

describe('a radiologist', () => {
  test('makes a link to the open study by the dialog', async () => {
    owner = await signedIn('radiologist', `/viewer?StudyInstanceUIDs=${study}`);
    await image(owner);
    await owner.getByRole('button', { name: 'Share study' }).click();
    const dialog = owner.getByRole('dialog', { name: 'Share this study' });
    await dialog.getByLabel('The recipient may').selectOption('look and download');
    await dialog.getByLabel('Note for the record').fill('second opinion');
    await owner.keyboard.press('Enter');
    const link = dialog.getByLabel('Link', { exact: true });
    await expect.poll(() => link.inputValue(), PATIENTLY).toMatch(/\/shared#dws_/);
    await dialog.getByText('second opinion, look and download').waitFor();
    await screenshot(owner, 'outside-dialog');
    const { shares } = await owner.evaluate(async () => (await fetch('/shares')).json());
    shared = { id: shares[0].id, link: await link.inputValue() };
    await owner.keyboard.press('Escape');
    expect(await dialog.count()).toBe(0);
  });
});

describe('somebody with the link', () => {
  test('sees the study, and the secret has left the address', async () => {
    guest = await fresh();
    guests = guest.context();
    complaints = watch(guest, door.origin);
    await opened(guest, shared);
    await image(guest);
    const address = `${door.origin}/viewer?StudyInstanceUIDs=${study}&share=${shared.id}`;
    expect(guest.url()).toBe(address);
    await expect.poll(() => thumbnailWidths(guest), PATIENTLY).toEqual([256]);
    await screenshot(guest, 'outside-study');
    await guest.reload();
    await image(guest);
    const tab = await guests.newPage();
    await tab.goto(address);
    await image(tab);
    await tab.close();
    expect(complaints).toEqual({ requests: [], errors: [], foreign: [] });
  });

  test('finds this study alone in the list, has no upload, and downloads', async () => {
    await guest.goto(`${door.origin}/?share=${shared.id}`);
    await expect.poll(() => rows(guest).count(), PATIENTLY).toBe(1);
    await guest.getByText('Shared, Phantom').waitFor();
    expect(await guest.getByText('Upload', { exact: true }).count()).toBe(0);
    expect(await guest.getByText('Share study').count()).toBe(0);
    await screenshot(guest, 'outside-list');
    const path = `${rootOf(shared)}/studies/${study}`;
    const zip = await guest.evaluate(async (url) => {
      const answer = await fetch(url, { headers: { Accept: 'application/zip' } });
      return [answer.status, new TextDecoder().decode((await answer.arrayBuffer()).slice(0, 2))];
    }, path);
    expect(zip).toEqual([200, 'PK']);
  });

  test('is told that another study is not there, and comes back to the shared one', async () => {
    await guest.goto(`${door.origin}/viewer?StudyInstanceUIDs=${kept.study}&share=${shared.id}`);
    await guest.getByText('requested studies are not available').waitFor();
    await guest.getByRole('link', { name: 'study list' }).click();
    await expect.poll(() => rows(guest).count(), PATIENTLY).toBe(1);
    await rows(guest).dblclick();
    await image(guest);
    expect(complaints).toEqual({ requests: [], errors: [], foreign: [] });
  });

  test('has documents and parts of videos, by the cookie alone', async () => {
    const papers = await share(pdf.study, { permission: 'look' });
    const page = await fresh();
    const statuses: [string, number][] = [];
    page.on('response', (answer) => {
      if (answer.url().endsWith(pathOf(film))) statuses.push([answer.request().resourceType(), answer.status()]);
    });
    await opened(page, papers);
    const seen = await page.evaluate(
      async ([pdfPath, videoPath]) => {
        const document_ = await fetch(pdfPath!, { headers: { Accept: 'text/html,*/*;q=0.8' } });
        const part = await fetch(videoPath!, { headers: { Range: 'bytes=1000-1999', Accept: '*/*' } });
        const player = document.createElement('video');
        player.src = videoPath!;
        player.load();
        return [document_.status, document_.headers.get('Content-Type'), part.status, (await part.blob()).size];
      },
      [pdf, film].map((place) => rootOf(papers) + pathOf(place)),
    );
    expect(seen).toEqual([200, 'application/pdf', 206, 1000]);
    await expect.poll(() => statuses.find(([type]) => type === 'media'), PATIENTLY).toEqual(['media', 206]);
    await page.context().close();
  });

  test('needs the pass phrase, and sees no name in a de-identified study', async () => {
    const hidden = await share(study, { deidentify: true, passphrase: 'correct horse', permission: 'download' });
    const page = await fresh();
    await page.goto(hidden.link);
    const phrase = page.getByLabel('Pass phrase');
    await phrase.fill('wrong horse');
    await page.keyboard.press('Enter');
    await page.getByText('The pass phrase is wrong.').waitFor();
    await screenshot(page, 'outside-phrase');
    await phrase.fill('correct horse');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/viewer/);
    await image(page);
    expect(page.url()).not.toContain(study);
    await page.locator('[data-cy="MoreTools-split-button-secondary"]').click();
    await page.getByText('Tag Browser').click();
    await page.getByPlaceholder('Search metadata').fill('PatientName');
    await page.getByText('(0010,0010)').waitFor();
    await screenshot(page, 'outside-hidden');
    const text = `${await page.title()} ${await page.evaluate(() => document.documentElement.outerHTML)}`;
    expect(text).not.toMatch(/Shared|Phantom/);
    await page.context().close();
  });

  test('is told when the share is revoked', async () => {
    await owner.getByRole('button', { name: 'Share study' }).click();
    await owner.getByRole('button', { name: /^Revoke: second opinion/ }).click();
    await owner.getByText('The link is revoked.').waitFor();
    // The page asks every 20 s, and nobody touches it.
    await notice(guest).getByText('Ask the person who sent it to you for a new link.', { exact: true }).waitFor();
    await screenshot(guest, 'outside-revoked');
    await guest.goto(shared.link);
    await guest.getByText('The share is revoked. Ask the person who sent it to you for a new link.').waitFor();
    expect(await guest.getByLabel('Pass phrase').isVisible()).toBe(false);
    await screenshot(guest, 'outside-link-ended');
    const stranger = await fresh();
    await stranger.goto(`${door.origin}/viewer?StudyInstanceUIDs=${study}&share=${shared.id}`);
    await notice(stranger).getByText('has not opened the link').waitFor();
    await stranger.context().close();
  });
});

describe('a researcher, who sees everything de-identified', () => {
  test('lists, opens, scrolls and reads, and nothing tells who the patient is', async () => {
    const page = await signedIn('researcher', '/');
    await rows(page).first().waitFor();
    const bodies = answersOf(page, '/dicomweb/');
    await page.reload();
    await rows(page).first().waitFor();
    await screenshot(page, 'researcher-list');
    const texts = [await page.evaluate(() => document.documentElement.outerHTML)];
    const open = async (instances: number) => {
      const uid = await page.evaluate(async (count) => {
        const found: { [tag: string]: { Value?: unknown[] } }[] = await (await fetch('/dicomweb/studies')).json();
        return found.find((one) => one['00201208']?.Value?.[0] === count)?.['0020000D']?.Value?.[0];
      }, instances);
      await page.goto(`${door.origin}/viewer?StudyInstanceUIDs=${uid}`);
    };
    await open(slices.length);
    await image(page);
    for (let down = 0; down < 4; down += 1) await page.mouse.wheel(0, 100);
    await screenshot(page, 'researcher-study');
    texts.push(await page.evaluate(() => document.documentElement.outerHTML));
    await open(told.files.length);
    await page.locator('[data-cy="study-browser-thumbnail-no-image"]').first().dblclick();
    await page.waitForLoadState('networkidle');
    await screenshot(page, 'researcher-report');
    texts.push(await page.title(), await page.evaluate(() => document.documentElement.outerHTML));
    const answers = await Promise.all(bodies);
    expect(answers.length).toBeGreaterThan(10);
    const seen = [...texts, ...answers].join('\n');
    expect(told.seeds.filter((seed) => seen.includes(seed))).toEqual([told.seeds[ETHNIC_GROUP]]);
    expect(seen).not.toMatch(/Phantom/);
    await page.context().close();
  });
});

describe('the security officer', () => {
  test('reads the record, which leads from the sign-in to what the share did', async () => {
    const page = await signedIn('officer', '/');
    await notice(page).getByRole('button', { name: 'Record of access' }).click();
    const errors = watch(page, door.origin);
    const events = page.locator('#events tr');
    await page.getByText('Rosa Radiologist').first().waitFor();
    await screenshot(page, 'outside-record');
    await page.setViewportSize({ width: 1000, height: 900 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(1000);
    await page.getByLabel('Study Instance UID').fill(study);
    await page.getByLabel('Action').selectOption('share');
    await page.getByRole('button', { name: 'Search' }).click();
    await events.filter({ hasText: shared.id }).first().waitFor();
    for (const text of await events.allTextContents()) expect(text).toContain('share');
    await page.getByLabel('Action').selectOption('');
    await page.getByLabel('Principal').fill(`share:${shared.id}`);
    await page.getByRole('button', { name: 'Search' }).click();
    await events.filter({ hasText: 'access' }).first().waitFor();
    for (const text of await events.allTextContents()) expect(text).toContain(`share:${shared.id}`);
    await page.getByRole('button', { name: 'Check that it is whole' }).click();
    await page.getByText(/The sealed record is whole: \d+ events/).waitFor();
    await screenshot(page, 'outside-record-found');
    expect(await page.locator('main').textContent()).not.toContain('Phantom');
    expect(errors).toEqual({ requests: [], errors: [], foreign: [] });
  });
});
