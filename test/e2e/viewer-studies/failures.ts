import { beforeAll, expect, test } from 'vitest';
import { stow } from '../../../scripts/samples/stow.mjs';
import { instance } from '../../support/files/instances';
import type { Element, Item } from '../../support/files/part10';
import { uidOf } from '../../support/files/synthetic';
import { screenshot } from '../../support/viewer/browser';
import { drawnLines, loadStudy, openStudy, PATIENTLY, scrollTo, untilPainted } from '../../support/viewer/ohif';
import { PHANTOM_SOP_CLASS, phantom, titled } from '../../support/viewer/viewer-samples';
import type { Viewer } from '../../support/viewer/with-viewer';

const STORAGE = '1.2.840.10008.5.1.4.1.1.';
const SENTENCE = 'The left lung is clear.';
const ABSENT = '1.2.3.4';

const code = (tag: number, meaning?: string): Element => [
  tag,
  'SQ',
  [
    [
      [0x00080100, 'SH', '121071'],
      [0x00080102, 'SH', 'DCM'],
      ...(meaning === undefined ? [] : [[0x00080104, 'LO', meaning] as Element]),
    ],
  ],
];
const name = (meaning?: string) => code(0x0040a043, meaning);

/** A content item: PS3.3 C.17.3. */
const item = (type: string, ...more: Element[]): Item =>
  [[0x0040a010, 'CS', 'CONTAINS'] as Element, [0x0040a040, 'CS', type] as Element, ...more].sort(([a], [b]) => a - b);

const reference: Item = [
  [0x00081150, 'UI', PHANTOM_SOP_CLASS],
  [0x00081155, 'UI', uidOf('elsewhere image')],
];
const images: Element = [0x00081199, 'SQ', [reference]];

/** Content items of each kind that lack what OHIF would read: the name, which is of type 1C, or the value. */
const ITEMS: Item[] = [
  item('IMAGE', images),
  item('COMPOSITE', images),
  item('TEXT', [0x0040a160, 'UT', SENTENCE]),
  item('TEXT', name('No text')),
  item('TEXT', name(), [0x0040a160, 'UT', 'A name without a meaning']),
  item('TEXT', name('Long text'), [0x0040a160, 'UT', 'All of it is normal. '.repeat(20_000)]),
  item('CODE', name('No code')),
  item('CODE', name('A code without a meaning'), code(0x0040a168)),
  item('NUM', name('No number'), [0x0040a300, 'SQ', []]),
  item('NUM', name('No unit'), [0x0040a300, 'SQ', [[[0x0040a30a, 'DS', '12.5']]]]),
  item('UIDREF', name('No UID')),
  item('PNAME', name('No person')),
  item('PNAME', name('Ideographs'), [0x0040a123, 'PN', '=山田^太郎']),
  item('DATE', name('No date')),
  item('TIME', name('No time')),
  item('DATETIME', name('No point of time')),
  item('SCOORD', [0x00700022, 'FL', [1, 1]], [0x00700023, 'CS', 'POINT']),
  item('CONTAINER', [0x0040a050, 'CS', 'CONTINUOUS'], [0x0040a730, 'SQ', [item('TEXT', [0x0040a160, 'UT', 'Inner'])]]),
  item('CONTAINER', [0x0040a050, 'CS', 'SEPARATE'], [0x0040a730, 'SQ', []]),
  // By reference: PS3.3 C.17.3.2.5.
  [
    [0x0040a010, 'CS', 'INFERRED FROM'],
    [0x0040db73, 'UL', [1, 1]],
  ],
];

/** Studies with one series that makes OHIF fail, by itself or beside images. */
function study(title: string, modality: string, sopClass: string, elements: Item, slices = 0) {
  const series = phantom(title, slices);
  const uid = uidOf(`${title} study`);
  const one = instance({
    study: uid,
    series: uidOf(`${title} ${modality}`),
    sop: uidOf(`${title} ${modality} instance`),
    sopClassUID: STORAGE + sopClass,
    modality,
    elements: [...titled(title, `of ${title}`, 2), ...elements],
  });
  return { uid, images: series[0]?.series, files: [...series.map(({ file }) => file), Buffer.from(one)] };
}

const report = (title: string, slices: number) =>
  study(
    title,
    'SR',
    '88.11',
    [
      [0x0040a040, 'CS', 'CONTAINER'],
      [0x0040a050, 'CS', 'SEPARATE'],
      [0x0040a730, 'SQ', ITEMS],
    ],
    slices,
  );

/** Corners of outlines: on each slice, a square of its own. */
const SQUARES = [
  [20, 60],
  [40, 80],
] as const;

/**
 * A structure set that names the series of its images, and not each image: it has no Contour Image Sequence (PS3.3 C.8.8.5).
 * @param frame the frame of reference of its outlines
 */
function structures(title: string, slices: number, frame = `${title} frame of reference`) {
  const series: Item = [[0x0020000e, 'UI', uidOf(`${title} series`)]];
  const referenced: Item = [...reference, [0x30060014, 'SQ', [series]]];
  const inFrame: Item = [
    [0x00200052, 'UI', uidOf(frame)],
    [0x30060012, 'SQ', [referenced]],
  ];
  const contours = SQUARES.map(
    ([from, to], at): Item => [
      [0x30060042, 'CS', 'CLOSED_PLANAR'],
      [0x30060046, 'IS', '4'],
      [0x30060050, 'DS', [from, from, at * 2, to, from, at * 2, to, to, at * 2, from, to, at * 2].join('\\')],
    ],
  );
  const region: Item = [
    [0x30060022, 'IS', '1'],
    [0x30060024, 'UI', uidOf(frame)],
    [0x30060026, 'LO', 'Region'],
  ];
  const drawn: Item = [
    [0x3006002a, 'IS', '255\\0\\0'],
    [0x30060040, 'SQ', contours],
    [0x30060084, 'IS', '1'],
  ];
  return study(
    title,
    'RTSTRUCT',
    '481.3',
    [
      [0x30060010, 'SQ', [inFrame]],
      [0x30060020, 'SQ', [region]],
      [0x30060039, 'SQ', [drawn]],
    ],
    slices,
  );
}

/** What the viewer says when something fails in it, or does not come. */
export function failures(viewer: Viewer): void {
  const [alone, mixed] = [report('Report alone', 0), report('Report mixed', 2)];
  const [outlines, outlined] = [structures('Outlines alone', 0), structures('Outlines mixed', 2)];
  const apart = structures('Outlines apart', 2, 'another frame of reference');
  beforeAll(async () => {
    await viewer.open({ width: 1000, height: 640 });
    await stow(
      viewer.door.origin,
      [alone, mixed, outlines, outlined, apart].flatMap(({ files }) => files),
    );
  });

  const cover = () => viewer.page.locator('[data-not-shown]');
  const notice = () => viewer.page.locator('[data-archive-notice]');
  const listed = (text: string) =>
    viewer.page.locator('[data-cy="study-browser-thumbnail-no-image"]', { hasText: text });
  const painted = () => untilPainted(viewer.page, ({ greys }) => greys > 100);
  /** Leaves by the button of the notice. */
  async function toTheList(): Promise<void> {
    await notice().getByRole('button', { name: 'Study list' }).click();
    await viewer.page.getByRole('button', { name: 'Rows per page' }).waitFor();
    expect(new URL(viewer.page.url()).pathname).toBe('/');
  }

  test('a report is read whose content items lack names or values', async () => {
    await openStudy(viewer.page, viewer.door.origin, alone.uid);
    await viewer.page.getByText(SENTENCE).waitFor();
    for (const text of [
      'A name without a meaning',
      '12.5',
      'No code',
      'Inner',
      '山田',
      '(an image)',
      '(another object)',
    ])
      await viewer.page.getByText(text).first().waitFor();
    expect(await viewer.page.getByText(/undefined 12|is not supported/).count()).toBe(0);
    await openStudy(viewer.page, viewer.door.origin, mixed.uid);
    await painted();
    await listed('of Report mixed').dblclick();
    await viewer.page.getByText(SENTENCE).waitFor();
    expect(viewer.complaints).toEqual({ requests: [], errors: [], foreign: [] });
  });

  test('an error in a viewport takes that viewport only, and the archive’s own page takes its place', async () => {
    const { page, door } = viewer;
    // The code of the viewport for reports is lost on the way.
    const isCode = (url: URL) => /^\/9068\.bundle\./.test(url.pathname);
    await page.route(isCode, (route) => route.abort('connectionreset'));
    await loadStudy(page, door.origin, mixed.uid);
    await painted();
    await listed('of Report mixed').dblclick();
    await page.frameLocator('[data-not-shown] iframe').getByText(SENTENCE).waitFor();
    await screenshot(page, 'failed-viewport');
    await page.locator('[data-cy="study-browser-thumbnail"]').first().dblclick();
    await painted();
    await page.unroute(isCode);
  });

  test('an error of the page is said, with a way back', async () => {
    const { page, door } = viewer;
    const isOurs = (url: URL) => url.pathname === '/archive-viewer.js';
    await page.route(isOurs, async (route) => {
      const answer = await route.fetch();
      const broken = 'archiveViewer.viewportBoundary = () => { throw new Error("out of order"); };';
      // The browser would keep it for the next test.
      const headers = { 'Content-Type': 'text/javascript', 'Cache-Control': 'no-store' };
      await route.fulfill({ headers, body: `${await answer.text()}\n${broken}` });
    });
    await loadStudy(page, door.origin, mixed.uid);
    await notice().getByText('This page cannot be shown').waitFor();
    await notice().getByText('out of order').waitFor();
    await page.unroute(isOurs);
    await toTheList();
  });

  test('outlines are drawn on their slices, though no image is named for them, and in their frame of reference only', async () => {
    const { page, door } = viewer;
    await openStudy(page, door.origin, outlines.uid);
    await cover().getByText('RTSTRUCT of Outlines alone cannot be shown alone').waitFor();
    await openStudy(page, door.origin, apart.uid);
    await painted();
    await listed('of Outlines apart').dblclick();
    await cover().getByText('in another study or frame of reference').waitFor();
    await openStudy(page, door.origin, outlined.uid);
    await painted();
    const yes = page.getByRole('button', { name: 'Yes' });
    // OHIF forgets a click on a thumbnail while it draws the list again.
    for (let clicks = 0; clicks < 6 && !(await yes.isVisible()); clicks += 1) {
      await listed('of Outlines mixed').dblclick();
      await yes.waitFor({ timeout: 15_000 }).catch(() => undefined);
    }
    await yes.click();
    for (const [at, [from, to]] of SQUARES.entries()) {
      await scrollTo(page, SQUARES.length - 1 - at);
      await expect.poll(() => drawnLines(page), PATIENTLY).toEqual([[from, from, to, to]]);
    }
    await screenshot(page, 'outlines');
  });

  test('a series that the study does not have is said, alone and beside others', async () => {
    const { page, door } = viewer;
    const address = `${door.origin}/viewer?StudyInstanceUIDs=${outlined.uid}&SeriesInstanceUIDs=`;
    await page.goto(address + ABSENT);
    await notice().getByText(`The archive does not have the series ${ABSENT} in this study.`).waitFor();
    await screenshot(page, 'absent-series');
    await notice().getByRole('button', { name: 'Show the whole study' }).click();
    await painted();
    await page.goto(address + ABSENT);
    await toTheList();
    await page.goto(`${address}${outlined.images},${ABSENT}`);
    await painted();
    await page.getByText(`The archive does not have the series ${ABSENT} in this study.`).waitFor();
  });

  test('series whose attributes do not come are named, with the reason', async () => {
    const { page, door } = viewer;
    const refuse = (part: string) => (url: URL) => url.pathname.endsWith('/metadata') && url.pathname.includes(part);
    const [some, all] = [refuse(uidOf('Outlines mixed RTSTRUCT')), refuse(outlined.uid)];
    const answer = { status: 500, contentType: 'application/problem+json', body: '{"detail":"The disk is full."}' };
    await page.route(some, (route) => route.fulfill(answer));
    await loadStudy(page, door.origin, outlined.uid);
    await painted();
    await page.getByText('RTSTRUCT of Outlines mixed: The disk is full.').waitFor();
    await page.unroute(some);
    await page.route(all, (route) => route.fulfill(answer));
    await loadStudy(page, door.origin, outlined.uid);
    await notice().getByText('RTSTRUCT of Outlines mixed: The disk is full.').waitFor();
    await page.unroute(all);
    await notice().getByRole('button', { name: 'Try again' }).click();
    await painted();
    await expect.poll(() => notice().count(), PATIENTLY).toBe(0);
  });
}
