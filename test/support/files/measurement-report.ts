import { type InstanceOptions, instance } from './instances';
import type { Element, Item } from './part10';

type Code = readonly [value: string, scheme: string, meaning: string];

const coded = (tag: number, [value, scheme, meaning]: Code): Element => [
  tag,
  'SQ',
  [
    [
      [0x00080100, 'SH', value],
      [0x00080102, 'SH', scheme],
      [0x00080104, 'LO', meaning],
    ],
  ],
];

/** A content item: PS3.3 C.17.3. */
function item(relationship: string, type: string, concept: Code | undefined, ...more: Element[]): Item {
  const elements: Element[] = [
    [0x0040a010, 'CS', relationship],
    [0x0040a040, 'CS', type],
    ...(concept === undefined ? [] : [coded(0x0040a043, concept)]),
    ...more,
  ];
  return elements.sort(([a], [b]) => a - b);
}

const content = (...items: Item[]): Element => [0x0040a730, 'SQ', items];
const SEPARATE: Element = [0x0040a050, 'CS', 'SEPARATE'];

export interface Measured {
  readonly sopClassUID: string;
  readonly sop: string;
  readonly series: string;
  /** Columns and rows from the upper left corner, in pixels. */
  readonly from: readonly [x: number, y: number];
  readonly to: readonly [x: number, y: number];
  readonly millimetres: number;
  /** The value belongs to the rectangle between both places, and has no coordinates of its own. Software other than OHIF measured it. */
  readonly isOfRegion?: boolean;
  /** The line is in a frame of reference, at this height, and not on the image. Software other than OHIF measured it. */
  readonly inSpace?: { readonly frameOfReference: string; readonly height: number };
}

type Place = Pick<InstanceOptions, 'series' | 'sop'> & { readonly study: string };

/** One length on one image: PS3.16 TID 1500, in a Comprehensive SR (PS3.3 A.35.3) or Comprehensive 3D SR (A.35.13). */
export function measurementReport(place: Place, measured: Measured, more: Element[] = []): Uint8Array {
  const image: Element = [
    0x00081199,
    'SQ',
    [
      [
        [0x00081150, 'UI', measured.sopClassUID],
        [0x00081155, 'UI', measured.sop],
      ],
    ],
  ];
  const { from, to, inSpace, isOfRegion = false } = measured;
  const [left, top, right, bottom] = [...from, ...to];
  const POLYLINE: Element = [0x00700023, 'CS', 'POLYLINE'];
  const line =
    inSpace === undefined
      ? item(
          'INFERRED FROM',
          'SCOORD',
          undefined,
          [0x00700022, 'FL', [...from, ...to]],
          POLYLINE,
          content(item('SELECTED FROM', 'IMAGE', undefined, image)),
        )
      : item(
          'INFERRED FROM',
          'SCOORD3D',
          undefined,
          [0x00700022, 'FL', [...from, inSpace.height, ...to, inSpace.height]],
          POLYLINE,
          [0x30060024, 'UI', inSpace.frameOfReference],
        );
  const length = item(
    'CONTAINS',
    'NUM',
    ['410668003', 'SCT', 'Length'],
    [
      0x0040a300,
      'SQ',
      [[coded(0x004008ea, ['mm', 'UCUM', 'millimeter']), [0x0040a30a, 'DS', String(measured.millimetres)]]],
    ],
    ...(isOfRegion ? [] : [content(line)]),
  );
  const region = item(
    'CONTAINS',
    'SCOORD',
    ['111030', 'DCM', 'Image Region'],
    [0x00700022, 'FL', [left, top, right, top, right, bottom, left, bottom, left, top]],
    POLYLINE,
    content(item('SELECTED FROM', 'IMAGE', undefined, image)),
  );
  const group = item(
    'CONTAINS',
    'CONTAINER',
    ['125007', 'DCM', 'Measurement Group'],
    SEPARATE,
    content(
      item(
        'HAS OBS CONTEXT',
        'TEXT',
        ['112039', 'DCM', 'Tracking Identifier'],
        [0x0040a160, 'UT', inSpace === undefined && !isOfRegion ? 'Cornerstone3DTools@^0.1.0:Length' : 'Lesion 1'],
      ),
      item(
        'HAS OBS CONTEXT',
        'UIDREF',
        ['112040', 'DCM', 'Tracking Unique Identifier'],
        [0x0040a124, 'UI', `${place.study}1`],
      ),
      ...(isOfRegion ? [region] : []),
      length,
    ),
  );
  return instance({
    ...place,
    sopClassUID: `1.2.840.10008.5.1.4.1.1.88.${inSpace === undefined ? 33 : 34}`,
    modality: 'SR',
    elements: [
      [0x0040a040, 'CS', 'CONTAINER'],
      coded(0x0040a043, ['126000', 'DCM', 'Imaging Measurement Report']),
      SEPARATE,
      [
        0x0040a504,
        'SQ',
        [
          [
            [0x00080105, 'CS', 'DCMR'],
            [0x0040db00, 'CS', '1500'],
          ],
        ],
      ],
      content(
        item(
          'CONTAINS',
          'CONTAINER',
          ['111028', 'DCM', 'Image Library'],
          SEPARATE,
          content(
            item(
              'CONTAINS',
              'CONTAINER',
              ['126200', 'DCM', 'Image Library Group'],
              SEPARATE,
              content(item('CONTAINS', 'IMAGE', undefined, image)),
            ),
          ),
        ),
        item('CONTAINS', 'CONTAINER', ['126010', 'DCM', 'Imaging Measurements'], SEPARATE, content(group)),
      ),
      ...more,
    ],
  });
}
