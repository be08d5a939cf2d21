import type { Response as Answer } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { stow } from '../../../scripts/samples/stow.mjs';
import { type Stored, storeConverted } from '../../support/archive/store-converted';
import { document, report } from '../../support/files/instances';
import { measurementReport } from '../../support/files/measurement-report';
import { ascii, joined } from '../../support/files/part10';
import { type Level, pyramid, SLIDE_PROFILE } from '../../support/files/slide';
import { uidOf } from '../../support/files/synthetic';
import { screenshot } from '../../support/viewer/browser';
import { coloursOf, farthestColour } from '../../support/viewer/colours';
import { openStudy, PATIENTLY, POINTS, painted, points, settled, thumbnailWidths } from '../../support/viewer/ohif';
import {
  CLIP_FRAMES,
  clip,
  colourForms,
  PHANTOM_SOP_CLASS,
  phantom,
  THIRDS,
  titled,
} from '../../support/viewer/viewer-samples';
import type { Viewer } from '../../support/viewer/with-viewer';

/** An image of a phantom has more grey values than text, lines and an empty viewport together. */
const AN_IMAGE = 100;

const WHITE = [255, 255, 255];
const JPEG_BASELINE = '1.2.840.10008.1.2.4.50';

/** The largest difference between two views, of 255. */
const difference = (a: readonly number[], b: readonly number[]) =>
  a.length === 0 || a.length !== b.length
    ? Number.POSITIVE_INFINITY
    : a.reduce((most, value, at) => Math.max(most, Math.abs(value - b[at]!)), 0);

/** Where a colour is seen: how many points have it, and how far to the right they are on average, from 0 to 1. */
function seen(view: readonly number[], colour: readonly number[], tolerance: number) {
  const found = Array.from({ length: POINTS * POINTS }, (_, at) => at).filter(
    (at) => difference(view.slice(at * 3, at * 3 + 3), colour) <= tolerance,
  );
  const right = found.reduce((sum, at) => sum + (at % POINTS) / POINTS, 0) / found.length;
  return { points: found.length, right };
}

/** Studies of each kind: what the viewer shows of them, and how it asks for them. */
export function kinds(viewer: Viewer): void {
  let answers: Answer[] = [];

  beforeAll(async () => {
    await viewer.open({ width: 1000, height: 640 });
    viewer.page.on('response', (answer) => answers.push(answer));
  });

  /** Opens a study, and drops the answers recorded before. */
  async function open({ study }: Pick<Stored, 'study'>): Promise<void> {
    answers = [];
    await openStudy(viewer.page, viewer.door.origin, study);
  }

  const pathOf = ({ study, series, sop }: Stored) => `/dicomweb/studies/${study}/series/${series}/instances/${sop}`;
  const answersUnder = (path: string) => answers.filter((answer) => new URL(answer.url()).pathname.startsWith(path));

  /** The answers to the viewer's requests for frames: the frame, the status, and the media type of the part. */
  async function framesOf(stored: Stored) {
    const path = `${pathOf(stored)}/frames/`;
    const parts = answersUnder(path).map(async (answer) => ({
      frame: Number(new URL(answer.url()).pathname.slice(path.length)),
      status: answer.status(),
      type: /^Content-Type: (.*)\r$/m.exec((await answer.body()).toString('latin1'))?.[1],
    }));
    return (await Promise.all(parts)).sort((a, b) => a.frame - b.frame);
  }

  describe('OHIF on CT in each compression', () => {
    const slices = phantom('Native', 3);
    let native: number[];

    test('native: painted, with a thumbnail that the archive made', async () => {
      await stow(
        viewer.door.origin,
        slices.map(({ file }) => file),
      );
      await open(slices[0]!);
      await settled(viewer.page, ({ greys }) => greys > AN_IMAGE);
      native = await points(viewer.page);
      await expect.poll(() => thumbnailWidths(viewer.page), PATIENTLY).toEqual([256]);
      const [thumbnail, ...more] = answers.filter((answer) => answer.url().includes('/thumbnail'));
      expect(more).toEqual([]);
      expect(thumbnail?.url()).toBe(`${viewer.door.origin}${pathOf(slices[1]!)}/thumbnail?viewport=256%2C256`);
      expect(thumbnail?.request().headers().accept).toBe('image/jpeg');
      expect([thumbnail?.status(), thumbnail?.headers()['content-type']]).toEqual([200, 'image/jpeg']);
    });

    test.each([
      ['JPEG-LS', '1.2.840.10008.1.2.4.80', 'image/jls'],
      ['JPEG 2000', '1.2.840.10008.1.2.4.90', 'image/jp2'],
      ['HTJ2K', '1.2.840.10008.1.2.4.201', 'image/jphc'],
    ])('%s: painted as the native one, with a thumbnail', async (name, uid, mediaType) => {
      const stored: Stored[] = [];
      for (const one of slices) stored.push(await storeConverted(viewer.door.origin, one, uid, name));
      await open(stored[0]!);
      await expect.poll(async () => difference(await points(viewer.page), native), PATIENTLY).toBeLessThanOrEqual(1);
      await expect.poll(() => thumbnailWidths(viewer.page), PATIENTLY).toEqual([256]);
      for (const one of stored) {
        await expect.poll(() => answersUnder(`${pathOf(one)}/frames/`).length, PATIENTLY).toBe(1);
        expect(await framesOf(one)).toEqual([{ frame: 1, status: 200, type: `${mediaType}; transfer-syntax=${uid}` }]);
      }
    });
  });

  describe('OHIF on forms of colour that it does not know by itself', () => {
    test.each(
      colourForms('Form').map(
        (form) => [form.file.includes('422') ? 'YBR_FULL_422' : 'a segmented palette', form] as const,
      ),
    )('%s: the colours are painted', async (_, form) => {
      await stow(viewer.door.origin, [form.file]);
      await open(form);
      const fewest = async () => {
        const view = await points(viewer.page);
        return Math.min(...THIRDS.map((colour) => seen(view, colour, 4).points));
      };
      await expect.poll(fewest, PATIENTLY).toBeGreaterThan((POINTS * POINTS) / 25);
    });
  });

  describe('OHIF on a clip of ultrasound', () => {
    const native = clip('Colour');

    async function showsItsColours(stored: Stored, tolerance: number): Promise<void> {
      await open(stored);
      const fewest = async () => {
        const view = await points(viewer.page);
        return Math.min(...[...THIRDS, WHITE].map((colour) => seen(view, colour, tolerance).points));
      };
      await expect.poll(fewest, PATIENTLY).toBeGreaterThan((POINTS * POINTS) / 25);
      const view = await points(viewer.page);
      const [red, green, blue] = THIRDS.map((colour) => seen(view, colour, tolerance).right);
      expect(red).toBeLessThan(green! - 0.15);
      expect(green).toBeLessThan(blue! - 0.15);
      await expect.poll(() => answersUnder(`${pathOf(stored)}/frames/`).length, PATIENTLY).toBe(CLIP_FRAMES);
      await expect.poll(() => thumbnailWidths(viewer.page), PATIENTLY).toEqual([256]);
    }

    test('RGB: its colours are painted', async () => {
      await stow(viewer.door.origin, [native.file]);
      await showsItsColours(native, 3);
    });

    test('JPEG baseline: its colours are painted, every frame is asked for once, and it plays', async () => {
      const stored = await storeConverted(viewer.door.origin, native, JPEG_BASELINE, 'Colour JPEG');
      await showsItsColours(stored, 12);
      expect(await framesOf(stored)).toEqual(
        Array.from({ length: CLIP_FRAMES }, (_, at) => ({
          frame: at + 1,
          status: 200,
          type: `image/jpeg; transfer-syntax=${JPEG_BASELINE}`,
        })),
      );
      await viewer.page.locator('[data-cy="cine-player-play-pause"]').click();
      const seen = new Set<string>();
      await expect.poll(async () => seen.add((await painted(viewer.page)).hash).size, PATIENTLY).toBeGreaterThan(2);
      await viewer.page.locator('[data-cy="cine-player-play-pause"]').click();
      expect(answersUnder(`${pathOf(stored)}/frames/`)).toHaveLength(CLIP_FRAMES);
    });
  });

  describe('OHIF on instances that are not images', () => {
    test('a PDF is embedded, and the archive gives it as itself', async () => {
      const pdf = joined([ascii('%PDF-1.4\n'), ascii(`%${'x'.repeat(70)}\n`.repeat(200)), ascii('%%EOF')]);
      const place = { study: uidOf('pdf study'), series: uidOf('pdf series'), sop: uidOf('pdf') };
      await stow(viewer.door.origin, [Buffer.from(document('application/pdf', pdf, '104.1', place))]);
      await open(place);
      const embedded = viewer.page.locator('object[type="application/pdf"][data]');
      await embedded.waitFor();
      expect(await embedded.getAttribute('data')).toBe(`${pathOf(place)}/rendered`);
      // A browser without a PDF reader embeds nothing and therefore requests nothing. Here the page sends the request
      // that it would send with a reader.
      const got = await viewer.page.evaluate(
        async (path) => {
          const answer = await fetch(path, {
            headers: { Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' },
          });
          return {
            status: answer.status,
            type: answer.headers.get('Content-Type'),
            policy: answer.headers.get('Content-Security-Policy'),
            bytes: [...new Uint8Array(await answer.arrayBuffer())],
          };
        },
        `${pathOf(place)}/rendered`,
      );
      expect(got).toEqual({ status: 200, type: 'application/pdf', policy: "frame-ancestors 'self'", bytes: [...pdf] });
    });

    test('a report can be read', async () => {
      const place = { study: uidOf('report study'), series: uidOf('report series'), sop: uidOf('report') };
      await stow(viewer.door.origin, [Buffer.from(report('No fracture. Größe: 12 µm.', place))]);
      await open(place);
      await viewer.page.getByText('No fracture. Größe: 12 µm.').waitFor();
      await viewer.page.getByText('Findings').waitFor();
      expect(await viewer.page.locator('[data-cy="series-modality-label"]').allTextContents()).toEqual(['SR']);
    });

    test('a measurement report draws its length on the image that it refers to, and can be taken over', async () => {
      // The distance between rows is twice that between columns: 40 columns and 15 rows are 50 mm.
      const [image, ...others] = phantom('Measured', 3, { elements: [[0x00280030, 'DS', '2\\1']] });
      const place = { study: image!.study, series: uidOf('measurements'), sop: uidOf('measurement') };
      const length = { from: [20, 30], to: [60, 45], millimetres: 50 } as const;
      const measured = { ...length, sopClassUID: PHANTOM_SOP_CLASS, sop: image!.sop, series: image!.series };
      const sr = measurementReport(place, measured, titled('Measured', 'Measurements', 2));
      await stow(viewer.door.origin, [image!.file, ...others.map(({ file }) => file), Buffer.from(sr)]);
      await open(image!);
      await settled(viewer.page, ({ greys }) => greys > AN_IMAGE);
      const drawn = viewer.page.getByText('Length: 50.00 mm');
      const thumbnail = viewer.page.locator('[data-cy="study-browser-thumbnail-no-image"]');
      // OHIF forgets a click on a thumbnail while it draws the list again. A user who sees nothing clicks again and again.
      for (let clicks = 0; clicks < 24 && !(await drawn.isVisible()); clicks += 1) {
        await thumbnail.dblclick();
        await drawn.waitFor({ timeout: clicks % 4 === 3 ? 20_000 : 150 }).catch(() => undefined);
      }
      await drawn.waitFor();
      // It asks whether to take the measurement over, but not when it was opened again meanwhile.
      const yes = viewer.page.getByRole('button', { name: 'Yes' });
      for (let tries = 0; tries < 5 && !(await yes.isVisible()); tries += 1) {
        await viewer.page.reload();
        await settled(viewer.page, ({ greys }) => greys > AN_IMAGE);
        await thumbnail.dblclick();
        await yes.waitFor({ timeout: 30_000 }).catch(() => undefined);
      }
      await drawn.waitFor();
      await screenshot(viewer.page, 'kinds-measurement-report-before-it-is-taken-over');
      await yes.click();
      await viewer.page.getByText('50.0 mm', { exact: true }).waitFor();
      expect(await viewer.page.getByText('(3/3)').count()).toBe(1);
    });
  });

  describe('OHIF on a slide', () => {
    test('its microscopy viewer has tiles as they are stored and the ICC profile, and paints all in their colours', async () => {
      const levels: { level: Level; stored: Stored }[] = [];
      for (const level of pyramid('Slide')) {
        await stow(viewer.door.origin, [level.file]);
        levels.push({
          level,
          stored: await storeConverted(viewer.door.origin, level, JPEG_BASELINE, 'Compressed slide'),
        });
      }
      const [{ level, stored }] = levels as [(typeof levels)[0]];
      answers = [];
      await openStudy(viewer.page, viewer.door.origin, stored.study, 'microscopy');
      const colours = await coloursOf(viewer.door.origin, stored, level.rows * level.columns);
      const farthest = () => farthestColour(viewer.page.locator('.DicomMicroscopyViewer'), colours);
      await expect.poll(farthest, PATIENTLY).toBeLessThanOrEqual(6);
      const frames = await framesOf(stored);
      expect(frames.map(({ frame }) => frame)).toEqual(colours.map((_, at) => at + 1));
      expect(new Set(frames.map(({ status }) => status))).toEqual(new Set([200]));
      expect(new Set(frames.map(({ type }) => type))).toEqual(
        new Set([`image/jpeg; transfer-syntax=${JPEG_BASELINE}`]),
      );
      for (const one of levels) {
        const [profile] = answersUnder(`${pathOf(one.stored)}/bulkdata/00480105/`);
        expect(await profile?.body()).toEqual(Buffer.from(SLIDE_PROFILE));
      }
    });
  });

  test('nothing failed on the way, and nothing was asked of another origin', () => {
    expect(viewer.complaints).toEqual({ requests: [], errors: [], foreign: [] });
  });
}
