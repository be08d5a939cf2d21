import { beforeAll, expect, test } from 'vitest';
import { stow } from '../../../scripts/samples/stow.mjs';
import { instance } from '../../support/files/instances';
import type { Element } from '../../support/files/part10';
import { uidOf } from '../../support/files/synthetic';
import { type OhifWindow, openStudy, PATIENTLY } from '../../support/viewer/ohif';
import { phantom, type Sample, titled } from '../../support/viewer/viewer-samples';
import { MIDDLE_VALUE, squaresOf } from '../../support/viewer/window-samples';
import type { Viewer } from '../../support/viewer/with-viewer';
import { farthest, ROUNDED } from './as-rendered';

const COUNT = 9;

/** The middle one of the images has squares of neighbouring values, and the others are far above the window of all. */
function inverse(): Sample[] {
  return Array.from({ length: COUNT }, (_, at) => {
    const far = at === (COUNT - 1) / 2 ? 0 : 2000;
    const elements: Element[] = [
      [0x00280004, 'CS', 'MONOCHROME1'],
      [0x00281050, 'DS', String(MIDDLE_VALUE)],
      [0x00281051, 'DS', '64'],
      [0x00281052, 'DS', '0'],
      [0x00281053, 'DS', '1'],
      [0x7fe00010, 'OW', squaresOf((square) => MIDDLE_VALUE - 32 + square + far)],
    ];
    return phantom('Inverse volume', COUNT, { elements })[at]!;
  });
}

/** A radiograph whose place in the patient is not known, and its directions are. PS3.3 C.7.6.1.1.1. */
const radiograph = (): Sample =>
  phantom('Radiograph', 1, {
    elements: [[0x00200020, 'CS', 'L\\F']],
    without: [0x00200032, 0x00200037, 0x00200052],
  })[0]!;

/** A curve of hemodynamics: a sine of one channel. PS3.3 A.34.6. */
function curve() {
  const study = uidOf('Curve study');
  const samples = Uint8Array.from({ length: 2000 }, (_, at) =>
    at % 2 === 0 ? Math.round(100 + 90 * Math.sin(at / 40)) : 0,
  );
  const file = instance({
    study,
    series: uidOf('Curve series'),
    sop: uidOf('Curve'),
    sopClassUID: '1.2.840.10008.5.1.4.1.1.9.2.1',
    modality: 'HD',
    elements: [
      ...titled('Curve', 'Pressure'),
      [
        0x54000100,
        'SQ',
        [
          [
            [0x003a0005, 'US', [1]],
            [0x003a0010, 'UL', [1000]],
            [0x003a001a, 'DS', '240'],
            [
              0x003a0200,
              'SQ',
              [
                [
                  [0x003a0208, 'SQ', [[[0x00080104, 'LO', 'Pressure']]]],
                  [0x003a0210, 'DS', '1'],
                  [0x003a021a, 'US', [16]],
                ],
              ],
            ],
            [0x54001004, 'US', [16]],
            [0x54001006, 'CS', 'SS'],
            [0x54001010, 'OW', samples],
          ],
        ],
      ],
    ],
  });
  return { study, file: Buffer.from(file) };
}

/** Planes of volumes, and the letters of directions. */
export function planes(viewer: Viewer): void {
  beforeAll(() => viewer.open({ width: 1000, height: 640 }));

  /** The letters at the upper and left edges of each viewport. */
  const letters = async () =>
    (await viewer.page.locator('.ViewportOrientationMarkers').allInnerTexts()).map((text) => text.replace(/\s+/g, ''));

  async function turn(change: { readonly flipHorizontal?: boolean; readonly rotation?: number }): Promise<void> {
    await viewer.page.evaluate((to) => {
      const viewport = (window as unknown as OhifWindow).cornerstone!.getRenderingEngines()[0]!.getViewports()[0]!;
      viewport.setViewPresentation(to);
      viewport.render();
    }, change);
  }

  test('a volume of MONOCHROME1 is shown as the archive renders its images, with nothing of the next ones', async () => {
    const slices = inverse();
    await stow(
      viewer.door.origin,
      slices.map(({ file }) => file),
    );
    await viewer.page.goto(`${viewer.door.origin}/viewer?StudyInstanceUIDs=${slices[0]!.study}&hangingProtocolId=mpr`);
    await expect.poll(() => farthest(viewer, `(5/${COUNT})`), PATIENTLY).toBeLessThanOrEqual(ROUNDED);
    await expect.poll(letters, PATIENTLY).toEqual(['AR', 'HA', 'HR']);
  });

  test('the letters of a radiograph are those of Patient Orientation, also when it is turned', async () => {
    const { file, study } = radiograph();
    await stow(viewer.door.origin, [file]);
    await openStudy(viewer.page, viewer.door.origin, study);
    await expect.poll(letters, PATIENTLY).toEqual(['HR']);
    await turn({ rotation: 90 });
    await expect.poll(letters, PATIENTLY).toEqual(['RF']);
    await turn({ rotation: 0 });
    await turn({ flipHorizontal: true });
    await expect.poll(letters, PATIENTLY).toEqual(['HL']);
  });

  test('a layout that no series fits says so, and a link whose image is not here too', async () => {
    const { file, study } = radiograph();
    await stow(viewer.door.origin, [file]);
    const place = `${viewer.door.origin}/viewer?StudyInstanceUIDs=${study}`;
    await viewer.page.goto(`${place}&hangingProtocolId=mpr&initialSOPInstanceUID=1.2.3`);
    await viewer.page.getByText('The address asks for the image 1.2.3').waitFor();
    await viewer.page.getByText('No series of this study fits this layout').first().waitFor();
    await viewer.page.getByRole('button', { name: 'Show image by image' }).first().click();
    await expect.poll(letters, PATIENTLY).toEqual(['HR']);
    expect(new URL(viewer.page.url()).searchParams.has('hangingProtocolId')).toBe(false);
  });

  test('a curve has no letters', async () => {
    const { file, study } = curve();
    await stow(viewer.door.origin, [file]);
    await openStudy(viewer.page, viewer.door.origin, study);
    await viewer.page.locator('[data-cy="viewport-pane"] canvas').first().waitFor();
    await expect.poll(letters, PATIENTLY).toEqual(['']);
    expect(viewer.complaints).toEqual({ requests: [], errors: [], foreign: [] });
  });
}
