import { beforeAll, expect, test } from 'vitest';
import { stow } from '../../../scripts/samples/stow.mjs';
import type { Element } from '../../support/files/part10';
import { uidOf } from '../../support/files/synthetic';
import { drawTool, type OhifWindow, openStudy, PATIENTLY, textsOver, untilPainted } from '../../support/viewer/ohif';
import { phantom, SIDE } from '../../support/viewer/viewer-samples';
import type { Viewer } from '../../support/viewer/with-viewer';

const PET_IMAGE_STORAGE = '1.2.840.10008.5.1.4.1.1.128';
const ULTRASOUND_IMAGE_STORAGE = '1.2.840.10008.5.1.4.1.1.6.1';

/** Of 12 bits: the right half has twice the value of the left one. */
const HALVES: Element = [
  0x7fe00010,
  'OW',
  Array.from({ length: SIDE ** 2 }, (_, at) => (at % SIDE < SIDE / 2 ? 2000 : 4000)),
];

/** An injection of 350 MBq an hour before the scan, in a patient of 70 kg. Half of it has decayed then. */
function pet(
  units: string,
  decayCorrection: string,
  slope: string,
  start = '20240131100000',
  zone?: string,
): Element[] {
  return [
    [0x00080016, 'UI', PET_IMAGE_STORAGE],
    [0x00080021, 'DA', '20240131'],
    [0x00080022, 'DA', '20240131'],
    [0x00080031, 'TM', '110000'],
    [0x00080032, 'TM', '110000'],
    [0x00080060, 'CS', 'PT'],
    ...(zone === undefined ? [] : [[0x00080201, 'SH', zone] satisfies Element]),
    [0x00101030, 'DS', '70'],
    [0x00281052, 'DS', '0'],
    [0x00281053, 'DS', slope],
    [0x00280051, 'CS', 'ATTN\\DECY'],
    [
      0x00540016,
      'SQ',
      [
        [
          [0x00181074, 'DS', '350000000'],
          [0x00181075, 'DS', '3600'],
          [0x00181078, 'DT', start],
        ],
      ],
    ],
    [0x00541001, 'CS', units],
    [0x00541102, 'CS', decayCorrection],
    HALVES,
  ];
}

/** Values in g/ml that no weight of the body was used for, and a window for them. */
const ofLeanBody = (): Element[] => [
  ...pet('GML', 'START', '0.0025'),
  [0x00541006, 'CS', 'LBM'],
  [0x00281050, 'DS', '10'],
  [0x00281051, 'DS', '20'],
];

/** Counts, and the SUV Scale Factor (7053,1000) of Philips, or what another vendor has there. */
const factor = (creator: string): Element[] => [
  ...pet('CNTS', 'START', '5'),
  [0x70530010, 'LO', creator],
  [0x70531000, 'DS', '0.0005'],
];

/** A region of ultrasound of all rows, from a column on: PS3.3 C.8.5.5. */
const region = (from: number, units: number, [x, y]: readonly [number, number], flags = 0): Element[] => [
  [0x00186012, 'US', [1]],
  [0x00186014, 'US', [1]],
  [0x00186016, 'UL', [flags]],
  [0x00186018, 'UL', [from]],
  [0x0018601a, 'UL', [0]],
  [0x0018601c, 'UL', [SIDE - 1]],
  [0x0018601e, 'UL', [SIDE - 1]],
  [0x00186024, 'US', [units]],
  [0x00186026, 'US', [units]],
  [0x0018602c, 'FD', [x]],
  [0x0018602e, 'FD', [y]],
];
const CM = 3;
const LOW_PRIORITY = 1;

const ultrasound = (regions: Element[][]): Element[] => [
  [0x00080016, 'UI', ULTRASOUND_IMAGE_STORAGE],
  [0x00080060, 'CS', 'US'],
  [0x00186011, 'SQ', regions],
];
/** Of the image plane; ultrasound has none. */
const PLANE = [0x00200032, 0x00200037, 0x00200052, 0x00280030];

const [LEFT, RIGHT, ACROSS] = [
  [
    [10, 40],
    [30, 40],
  ],
  [
    [60, 40],
    [80, 40],
  ],
  [
    [30, 40],
    [60, 40],
  ],
] as const;

/** Values that the viewer computes, and the studies of a patient that it offers. */
export function values(viewer: Viewer): void {
  beforeAll(() => viewer.open({ width: 1000, height: 640 }));

  const show = async (name: string, elements: Element[], without: readonly number[] = []) => {
    const [image] = phantom(name, 1, { elements: elements.filter(([tag]) => !without.includes(tag)), without });
    await stow(viewer.door.origin, [image!.file]);
    await openStudy(viewer.page, viewer.door.origin, image!.study);
    await untilPainted(viewer.page, ({ greys }) => greys > 1);
  };

  test.each([
    ['corrected to the start', pet('BQML', 'START', '5'), /Mean: 8\.00 SUV/],
    ['corrected to the injection', pet('BQML', 'ADMIN', '5'), /Mean: 4\.00 SUV/],
    ['of a zone', pet('BQML', 'START', '5', '20240131080000+0000', '+0200'), /Mean: 8\.00 SUV/],
    [
      'of a patient of the sex O',
      [...pet('BQML', 'START', '5'), [0x00100040, 'CS', 'O'], [0x00101020, 'DS', '1.75']],
      /Mean: 8\.00 SUV/,
    ],
    ['of an unknown zone', pet('BQML', 'START', '5', '20240131080000+0000'), /Mean: 20000 BQML/],
    ['not corrected', pet('BQML', 'NONE', '5'), /Mean: 20000 BQML/],
    // The least and the greatest value are integers of 8 bits, the stored values are not.
    ['in SUV already', pet('GML', 'START', '0.0025'), /Mean: 10\.0 SUV/],
    ['in SUV of the lean body', ofLeanBody(), /Mean: 10\.0 GML/],
    ['with a factor of Philips', factor('Philips PET Private Group'), /Mean: 10\.0 SUV/],
    ['with an element of another vendor', factor('OTHER VENDOR'), /Mean: 20000 CNTS/],
  ] as [string, Element[], RegExp][])('a PET image %s has its SUV', async (name, elements, text) => {
    const { page } = viewer;
    await show(`SUV ${name}`, elements);
    await drawTool(page, 'RectangleROI', [
      [60, 20],
      [80, 60],
    ]);
    await expect.poll(() => textsOver(page), PATIENTLY).toMatch(text);
  });

  /** The first value over the image, and its unit. A click is up to half a pixel of the screen beside its place. */
  const measured = async () => {
    const [, value, unit] = /([\d.]+) (\S+)/.exec(await textsOver(viewer.page)) ?? [];
    return { value: Number(value), unit };
  };

  test.each([
    ['in the one of low priority', LEFT, 1, 'cm'],
    ['in the one of high priority', RIGHT, 0.4, 'cm'],
    ['in both', ACROSS, 30, 'px'],
  ] as const)(
    'where regions of ultrasound overlap, the one of high priority measures: a length %s',
    async (name, places, value, unit) => {
      const regions = [region(0, CM, [0.05, 0.05], LOW_PRIORITY), region(SIDE / 2, CM, [0.02, 0.02])];
      await show(`Priority ${name}`, ultrasound(regions), PLANE);
      await drawTool(viewer.page, 'Length', places);
      await expect.poll(measured, PATIENTLY).toEqual({ value: expect.closeTo(value, unit === 'px' ? 0 : 1), unit });
    },
  );

  test.each([
    ['Length', LEFT, 0.4, 'cm'],
    ['CircleROI', LEFT, Math.PI * 400 * 0.02 * 0.06, 'cm²'],
    [
      'Angle',
      [
        [20, 40],
        [60, 40],
        [40, 70],
      ],
      77.5,
      '°',
    ],
  ] as const)('in a region whose pixels are not square, %s is right', async (tool, places, value, unit) => {
    await show(`Oblong ${tool}`, ultrasound([region(0, CM, [0.02, 0.06])]), PLANE);
    await drawTool(viewer.page, tool, places);
    await expect.poll(measured, PATIENTLY).toEqual({ value: expect.closeTo(value, tool === 'Angle' ? 0 : 1), unit });
    expect(await textsOver(viewer.page)).not.toContain('Radius');
  });

  test('a region without units measures in pixels', async () => {
    await show('No units', ultrasound([region(0, 0, [0, 0])]), PLANE);
    await drawTool(viewer.page, 'Length', LEFT);
    await expect.poll(measured, PATIENTLY).toEqual({ value: expect.closeTo(20, 0), unit: 'px' });
  });

  test('a cine runs as fast as its image says', async () => {
    const { page } = viewer;
    await show('Cine', [
      [0x00082144, 'IS', '5'],
      [0x00181063, 'DS', '20'],
    ]);
    const speed = page.evaluate(() => {
      const { services } = window as unknown as OhifWindow;
      return services!.displaySetService.getActiveDisplaySets().map((one) => one.FrameRate);
    });
    // OHIF's name for the milliseconds of a frame.
    expect(await speed).toEqual([200]);
  });

  test('beside a study, those of the same patient alone are offered', async () => {
    const { page, door } = viewer;
    const of = (name: string, id: string, issuer: string) =>
      phantom(name, 1, {
        elements: [
          [0x00100020, 'LO', id],
          [0x00100021, 'LO', issuer],
          [0x0020000e, 'UI', uidOf(`${name} of ${id}`)],
        ],
      })[0]!;
    const studies = [
      of('Asterisk', 'IDS*', 'NORTH'),
      of('Earlier', 'IDS*', 'NORTH'),
      of('Longer', 'IDSXYZ', 'NORTH'),
      of('Lower', 'ids*', 'NORTH'),
      of('Elsewhere', 'IDS*', 'SOUTH'),
    ];
    await stow(
      door.origin,
      studies.map(({ file }) => file),
    );
    await openStudy(page, door.origin, studies[0]!.study);
    const offered = page.locator('[data-cy="studyBrowser-panel"]');
    await offered.getByText('Earlier').waitFor();
    for (const name of ['Longer', 'Lower', 'Elsewhere']) expect(await offered.getByText(name).count()).toBe(0);
    const header = page.getByText('Multiple Patients');
    expect(await header.count()).toBe(0);
    // Studies that were put into one address.
    await openStudy(page, door.origin, `${studies[0]!.study},${studies[4]!.study}`);
    await header.waitFor();
  });

  test('nothing lies over the first study of a user', async () => {
    const { browser, door } = viewer;
    const [image] = phantom('First', 1);
    await stow(door.origin, [image!.file]);
    const context = await browser.newContext();
    const page = await context.newPage();
    await openStudy(page, door.origin, image!.study);
    await untilPainted(page, ({ greys }) => greys > 100);
    await page.waitForTimeout(500);
    expect(await page.locator('.shepherd-element').count()).toBe(0);
    await context.close();
  });
}
