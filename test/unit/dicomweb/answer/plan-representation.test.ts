import { describe, expect, it } from 'vitest';
import type { InstanceRow } from '../../../../src/archive/rows';
import type { InstanceLayout } from '../../../../src/dicom/pixels/pixel-layout';
import {
  type Known,
  offerOf,
  planRepresentation,
  type Resource,
} from '../../../../src/dicomweb/answer/plan-representation';
import { parseAccept } from '../../../../src/http/accept';
import type { ImageFormat } from '../../../../src/imaging/frame';
import { instance, native } from '../../../support/archive/planned-instances';

const IMPLICIT = '1.2.840.10008.1.2';
const EXPLICIT = '1.2.840.10008.1.2.1';
const JPEG_BASELINE = '1.2.840.10008.1.2.4.50';
const JPEG_LS = '1.2.840.10008.1.2.4.80';
const JPEG_2000 = '1.2.840.10008.1.2.4.90';
const RLE = '1.2.840.10008.1.2.5';
const MPEG_4 = '1.2.840.10008.1.2.4.102';
const ENCAPSULATED_UNCOMPRESSED = '1.2.840.10008.1.2.1.98';
const encapsulated = (frames = 1): InstanceLayout['pixels'] => ({ kind: 'encapsulated', frames });

const CT: ImageFormat = {
  rows: 16,
  columns: 16,
  samplesPerPixel: 1,
  photometricInterpretation: 'MONOCHROME2',
  planarConfiguration: 0,
  bitsAllocated: 16,
  bitsStored: 16,
  highBit: 15,
  signed: false,
  sampleType: 'integer',
};

const REPORT = instance(IMPLICIT);
const SLICE = instance(IMPLICIT, native());
const COPIED = instance(EXPLICIT, native(), 300);
const WITHOUT_COPY = instance(EXPLICIT, native(), 0);
const CODED = instance(JPEG_2000, encapsulated());
const CINE = instance(JPEG_2000, encapsulated(3));
const VIDEO = instance(MPEG_4, encapsulated());
const FRAGMENTS = instance(ENCAPSULATED_UNCOMPRESSED, encapsulated());
type Kind = Resource['kind'];

const planned = (kind: Kind, row: InstanceRow, accept: string, known?: Known, single = true, documentType?: string) =>
  planRepresentation({ kind, row, single, documentType }, parseAccept(accept), known);

/** `how`, and the type and transfer syntax of the offer. */
function summary(plan: ReturnType<typeof planned>): string {
  if (plan.how === 'not acceptable') return plan.how;
  const { mediaType, transferSyntaxUID = '', multipart } = plan.offer;
  return [plan.how, multipart ? 'parts' : 'single', mediaType, transferSyntaxUID].join(' ').trim();
}

const dicom = (uid: string) => `application/dicom;transfer-syntax=${uid}`;
const octets = 'application/octet-stream';
const parts = (type: string) => `multipart/related; type="${type}"`;

describe('planRepresentation', () => {
  it('knows doses in RLE, also beside other images in RLE', () => {
    const image = instance(RLE, encapsulated());
    const dose = { ...image, sopClassUID: '1.2.840.10008.5.1.4.1.1.481.2' };
    // One list: the plans of a list are kept.
    const ranges = parseAccept(`${octets};transfer-syntax=${EXPLICIT};transfer-syntax=${RLE}`);
    const how = (row: InstanceRow) => planRepresentation({ kind: 'frames', row, single: true }, ranges).how;
    expect([image, dose, image].map(how)).toEqual(['stored', 'converted', 'stored']);
  });

  it.each<[string, Kind, InstanceRow, string, Known | undefined, string]>([
    ['a file as stored', 'file', SLICE, dicom('*'), undefined, `stored single application/dicom ${IMPLICIT}`],
    [
      'a file by default',
      'file',
      SLICE,
      'application/dicom',
      undefined,
      `converted single application/dicom ${EXPLICIT}`,
    ],
    [
      'a file, described',
      'file',
      SLICE,
      'application/dicom',
      { format: CT },
      `converted single application/dicom ${EXPLICIT}`,
    ],
    [
      'a native file without a description, which Explicit VR needs none of',
      'file',
      SLICE,
      'application/dicom',
      { format: undefined },
      `converted single application/dicom ${EXPLICIT}`,
    ],
    [
      'a report',
      'file',
      REPORT,
      'application/dicom',
      { format: undefined },
      `converted single application/dicom ${EXPLICIT}`,
    ],
    ['a report in a compression', 'file', REPORT, dicom(JPEG_LS), undefined, 'not acceptable'],
    [
      'a compression that is conceivable',
      'file',
      SLICE,
      dicom(JPEG_BASELINE),
      undefined,
      `converted single application/dicom ${JPEG_BASELINE}`,
    ],
    ['but does not hold 16 bits', 'file', SLICE, dicom(JPEG_BASELINE), { format: CT }, 'not acceptable'],
    [
      'and has another choice then',
      'file',
      SLICE,
      `${dicom(JPEG_BASELINE)}, ${dicom('*')};q=0.5`,
      { format: CT },
      `stored single application/dicom ${IMPLICIT}`,
    ],
    [
      'a conversion that failed',
      'file',
      CODED,
      `${dicom(EXPLICIT)}, ${dicom('*')};q=0.5`,
      'not convertible',
      `stored single application/dicom ${JPEG_2000}`,
    ],
    ['a conversion that failed, and nothing else', 'file', CODED, dicom(EXPLICIT), 'not convertible', 'not acceptable'],
    ['a code stream without a description', 'file', CODED, dicom(EXPLICIT), { format: undefined }, 'not acceptable'],
    ['what no decoder reads', 'file', VIDEO, dicom(EXPLICIT), undefined, 'not acceptable'],

    ['native frames', 'frames', SLICE, octets, undefined, `stored single ${octets} ${EXPLICIT}`],
    [
      'frames of encapsulated octets, whose length is compared',
      'frames',
      FRAGMENTS,
      octets,
      undefined,
      `converted single ${octets} ${EXPLICIT}`,
    ],
    ['a frame as it was compressed', 'frames', CODED, 'image/jp2', undefined, `stored single image/jp2 ${JPEG_2000}`],
    ['a frame decoded', 'frames', CODED, octets, undefined, `converted single ${octets} ${EXPLICIT}`],
    [
      'a frame by its weight',
      'frames',
      CODED,
      `${octets};q=0.1, image/jp2`,
      undefined,
      `stored single image/jp2 ${JPEG_2000}`,
    ],
    ['a frame without a description', 'frames', CODED, octets, { format: undefined }, 'not acceptable'],
    [
      'a frame that cannot be decoded',
      'frames',
      CODED,
      `${octets}, image/jp2;q=0.1`,
      'not convertible',
      `stored single image/jp2 ${JPEG_2000}`,
    ],
    ['the copy', 'frames', COPIED, 'image/jls', undefined, `copy single image/jls ${JPEG_LS}`],
    [
      'no copy for a client that takes octets alone',
      'frames',
      COPIED,
      octets,
      undefined,
      `stored single ${octets} ${EXPLICIT}`,
    ],
    [
      'where there is no copy, its compression is made',
      'frames',
      WITHOUT_COPY,
      'image/jls',
      undefined,
      `converted single image/jls ${JPEG_LS}`,
    ],
    [
      'the file of an instance with a copy',
      'file',
      COPIED,
      dicom(JPEG_LS),
      undefined,
      `converted single application/dicom ${JPEG_LS}`,
    ],
    ['frames as a picture', 'frames', SLICE, 'image/png', undefined, 'not acceptable'],

    [
      'compressed pixels as octets',
      'compressed pixels',
      CINE,
      parts(octets),
      undefined,
      `converted parts ${octets} ${EXPLICIT}`,
    ],
    [
      'and after a failure its frames',
      'compressed pixels',
      CINE,
      parts(octets),
      'not convertible',
      `stored parts ${octets}`,
    ],
    [
      'compressed pixels that no decoder reads',
      'compressed pixels',
      VIDEO,
      parts(octets),
      undefined,
      `stored parts ${octets}`,
    ],
    [
      'compressed pixels by their type',
      'compressed pixels',
      CINE,
      parts('image/jp2'),
      undefined,
      `stored parts image/jp2 ${JPEG_2000}`,
    ],
    [
      'compressed pixels without a description',
      'compressed pixels',
      CINE,
      parts(octets),
      { format: undefined },
      `stored parts ${octets}`,
    ],
    ['compressed pixels as a picture', 'compressed pixels', CINE, 'image/png', undefined, 'not acceptable'],

    ['a value', 'value', REPORT, '*/*', undefined, `stored single ${octets}`],
    ['a value as JSON', 'value', REPORT, 'application/json', undefined, 'not acceptable'],
  ])('%s', (_, kind, row, accept, known, expected) => {
    expect(summary(planned(kind, row, accept, known))).toBe(expected);
  });

  it('a resource among others comes in a part, whatever would be chosen for it alone', () => {
    for (const [kind, row] of [
      ['file', SLICE],
      ['frames', CODED],
      ['compressed pixels', CODED],
      ['value', REPORT],
    ] as const) {
      expect(offerOf(planned(kind, row, '*/*', 'unread', false)).multipart).toBe(true);
    }
  });

  it('a document by its own type', () => {
    const plan = planned('value', REPORT, 'application/pdf', undefined, true, 'application/pdf');
    expect(summary(plan)).toBe('stored single application/pdf');
  });

  it('keeps plans for a list of types apart by all that decides them', () => {
    const ranges = parseAccept(`image/jls, ${octets};q=0.9, ${dicom('*')}`);
    const plans = () =>
      [SLICE, COPIED, WITHOUT_COPY, CODED, FRAGMENTS, instance(EXPLICIT)].flatMap((row) =>
        (['file', 'frames'] as const).map((kind) =>
          [true, false].map((single) => summary(planRepresentation({ kind, row, single }, ranges))),
        ),
      );
    const first = plans();
    expect(plans()).toEqual(first);
    // The same, each planned for a list of its own.
    const alone = [SLICE, COPIED, WITHOUT_COPY, CODED, FRAGMENTS, instance(EXPLICIT)].flatMap((row) =>
      (['file', 'frames'] as const).map((kind) =>
        [true, false].map((single) => summary(planRepresentation({ kind, row, single }, [...ranges]))),
      ),
    );
    expect(first).toEqual(alone);
  });

  it('406 names what can be had', () => {
    expect(() => offerOf(planned('file', VIDEO, 'application/json'))).toThrow(
      `application/dicom; transfer-syntax=${MPEG_4}`,
    );
  });
});
