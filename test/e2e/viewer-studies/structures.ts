import { beforeAll, expect, test } from 'vitest';
import { stow } from '../../../scripts/samples/stow.mjs';
import { instance } from '../../support/files/instances';
import type { Item } from '../../support/files/part10';
import { uidOf } from '../../support/files/synthetic';
import { screenshot } from '../../support/viewer/browser';
import { type OhifWindow, openStudy, PATIENTLY, putOverImages, scrollTo, settled } from '../../support/viewer/ohif';
import { PHANTOM_SOP_CLASS, phantom, type Sample, titled } from '../../support/viewer/viewer-samples';
import type { Viewer } from '../../support/viewer/with-viewer';

/** Columns and rows of pixels, which are millimetres. */
const OPEN = [
  [20, 30],
  [40, 60],
  [60, 30],
] as const;
const POINT = [[70, 80]] as const;
const CLOSED = [
  [10, 10],
  [10, 20],
  [30, 20],
] as const;
/** The image on which they lie. */
const AT = 1;

/** A structure set with one region, whose outlines are of several kinds: PS3.3 A.19, C.8.8.6. */
function kindsOfOutlines(name: string, images: readonly Sample[]): Sample {
  const [{ study, series }] = images as [Sample, ...Sample[]];
  const place = { study, series: uidOf(`${name} structures`), sop: uidOf(`${name} structure set`) };
  const frame = uidOf(`${name} frame of reference`);
  const reference = ({ sop }: Sample): Item => [
    [0x00081150, 'UI', PHANTOM_SOP_CLASS],
    [0x00081155, 'UI', sop],
  ];
  const outline = (kind: string, points: readonly (readonly [number, number])[]): Item => [
    [0x30060016, 'SQ', [reference(images[AT]!)]],
    [0x30060042, 'CS', kind],
    [0x30060046, 'IS', String(points.length)],
    [0x30060050, 'DS', points.map(([x, y]) => `${x}\\${y}\\${AT * 2}`).join('\\')],
  ];
  const seriesItem: Item = [
    [0x0020000e, 'UI', series],
    [0x30060016, 'SQ', images.map(reference)],
  ];
  const studyItem: Item = [
    [0x00081150, 'UI', '1.2.840.10008.3.1.2.3.1'],
    [0x00081155, 'UI', study],
    [0x30060014, 'SQ', [seriesItem]],
  ];
  const file = instance({
    ...place,
    sopClassUID: '1.2.840.10008.5.1.4.1.1.481.3',
    modality: 'RTSTRUCT',
    elements: [
      ...titled(name, 'Outlines', 2),
      [0x30060002, 'SH', 'Structures'],
      [
        0x30060010,
        'SQ',
        [
          [
            [0x00200052, 'UI', frame],
            [0x30060012, 'SQ', [studyItem]],
          ],
        ],
      ],
      [
        0x30060020,
        'SQ',
        [
          [
            [0x30060022, 'IS', '4'],
            [0x30060024, 'UI', frame],
            [0x30060026, 'LO', 'Marked'],
            [0x30060036, 'CS', 'MANUAL'],
          ],
        ],
      ],
      [
        0x30060039,
        'SQ',
        [
          [
            [0x3006002a, 'IS', '255\\255\\0'],
            [
              0x30060040,
              'SQ',
              [outline('POINT', POINT), outline('OPEN_PLANAR', OPEN), outline('CLOSED_PLANAR', CLOSED)],
            ],
            [0x30060084, 'IS', '4'],
          ],
        ],
      ],
    ],
  });
  return { ...place, file: Buffer.from(file) };
}

/** Structure sets: which lines the viewer draws. */
export function structures(viewer: Viewer): void {
  beforeAll(() => viewer.open({ width: 1000, height: 640 }));

  /** The lines over the image: their places in millimetres, whether their ends are joined, and whether they are filled. */
  const drawn = () =>
    viewer.page.evaluate(() => {
      const { cornerstone } = window as unknown as OhifWindow;
      const shown = cornerstone?.getRenderingEngines()[0]?.getViewports()[0];
      const lines = [...(shown?.element.querySelectorAll('svg path, svg polyline') ?? [])];
      return lines.map((line) => {
        const text = line.getAttribute('d') ?? line.getAttribute('points') ?? '';
        const numbers = (text.match(/-?[\d.]+/g) ?? []).map(Number);
        const corners = Array.from({ length: numbers.length / 2 }, (_, at) => [numbers[at * 2]!, numbers[at * 2 + 1]!]);
        return {
          places: corners.map((one) => shown!.canvasToWorld(one).slice(0, 2).map(Math.round)),
          isJoined: text.includes('Z'),
          colour: line.getAttribute('stroke')?.replaceAll(' ', ''),
          isFilled: line.localName === 'polyline' && line.getAttribute('fill-opacity') !== '0',
        };
      });
    });

  test('an outline is joined where it is closed, an open one is not, and a point is marked, all in their colour', async () => {
    const images = phantom('Open outlines', 3);
    const file = kindsOfOutlines('Open outlines', images);
    await stow(
      viewer.door.origin,
      [...images, file].map((one) => one.file),
    );
    const { page } = viewer;
    await openStudy(page, viewer.door.origin, file.study);
    await settled(page, ({ greys }) => greys > 20);
    await putOverImages(page);
    await scrollTo(page, images.length - 1 - AT);
    const yellow = { colour: 'rgba(255,255,0,1)', isFilled: false };
    await expect.poll(drawn, PATIENTLY).toContainEqual({ ...yellow, places: OPEN, isJoined: false });
    const lines = await drawn();
    expect(lines).toContainEqual({ ...yellow, places: CLOSED, isJoined: true });
    // The point: a ring around it, and two lines that cross there.
    const around = lines.filter(({ places }) => places.every(([x, y]) => Math.hypot(x! - 70, y! - 80) < 8));
    expect(around.map(({ colour }) => colour)).toEqual(Array(3).fill(yellow.colour));
    expect(lines).toHaveLength(5);
    await screenshot(page, 'kinds-of-outlines');
  });

  test('nothing failed on the way', () => {
    expect(viewer.complaints).toEqual({ requests: [], errors: [], foreign: [] });
  });
}
