import { type Element, IMPLICIT_LITTLE } from '../files/part10';
import { slice } from '../files/samples';

/** Attributes of every kind that a deployment may search in addition to the standard's keys. */
export const EXTRA_ATTRIBUTES = [
  'PatientAge',
  'EthnicGroup',
  'StationName',
  'OperatorsName',
  'KVP',
  '00181151',
  'AcquisitionDateTime',
  'ContentDate',
  'AcquisitionTime',
  'ImageType',
  'FrameOfReferenceUID',
  'IrradiationEventUID',
  'ImageComments',
  'ExposureIndex',
  'ReferencedPatientSequence.ReferencedSOPInstanceUID',
  'RequestAttributesSequence.RequestedProcedureDescription',
  'ProcedureCodeSequence.CodeValue',
  'ProcedureCodeSequence.CodingSchemeDesignator',
  'AnatomicRegionSequence.AnatomicRegionModifierSequence.CodeValue',
  'AnatomicRegionSequence.AnatomicRegionModifierSequence.CodeMeaning',
  'AnatomicRegionSequence.CodeValue',
  '(0019,xx10,"ACME 1.1"):DS',
  '(0019,xx20,"ACME 1.1"):LO',
  '(0019,xx10,"Other, ""Inc."""):DS',
].join(', ');

/** Of the two studies, `a` has two series and `b` has one. */
export const A1 = '1.2.7.1.1.1';
export const A2 = '1.2.7.1.1.2';
export const A3 = '1.2.7.1.2.1';
export const B1 = '1.2.7.2.1.1';
export const A = '1.2.7.1';
export const A_1 = '1.2.7.1.1';
export const A_2 = '1.2.7.1.2';
export const B = '1.2.7.2';

const region = (code: string, ...modifiers: [code: string, meaning: string][]): Element => [
  0x00082218,
  'SQ',
  [
    [
      [0x00080100, 'SH', code],
      [
        0x00082220,
        'SQ',
        modifiers.map(([modifier, meaning]): Element[] => [
          [0x00080100, 'SH', modifier],
          [0x00080104, 'LO', meaning],
        ]),
      ],
    ],
  ],
];

const procedures = (...codes: [value: string, scheme: string][]): Element => [
  0x00081032,
  'SQ',
  codes.map(([value, scheme]): Element[] => [
    [0x00080100, 'SH', value],
    [0x00080102, 'SH', scheme],
  ]),
];

const study = [
  [0x00101010, 'AS', '054Y'],
  [0x00102160, 'SH', 'Neptunian 100%'],
  procedures(['P1', 'LOCAL'], ['P2', 'SCT']),
] satisfies Element[];

const aOne: Element[] = [
  ...study,
  [0x00081010, 'SH', 'CT_01'],
  [0x00081070, 'PN', 'Müller^Jürgen\\Smith^John'],
  [0x00080008, 'CS', 'ORIGINAL\\PRIMARY\\AXIAL'],
  [0x00080023, 'DA', '20240131'],
  [0x00080032, 'TM', '1015'],
  [0x0008002a, 'DT', '20240131101530.5+0100'],
  [0x00180060, 'DS', '120.0 '],
  [0x00181151, 'IS', '05'],
  [0x00181411, 'DS', 'many'],
  [0x00204000, 'LT', 'Ärger *mit* dem Gerät'],
  [0x00190010, 'LO', 'ACME 1.1'],
  [0x00191010, 'DS', '5.50'],
  [0x00191020, 'LO', 'fast'],
  region('R1', ['M1', 'left'], ['M2', 'upper']),
  [
    0x00400275,
    'SQ',
    [
      [
        [0x00321060, 'LO', 'Chest CT'],
        [0x00400009, 'SH', 'STEP-1'],
      ],
      [[0x00400009, 'SH', 'STEP-2']],
    ],
  ],
];

const aTwo: Element[] = [
  ...study,
  [0x00081010, 'SH', 'CT_01'],
  [0x00080008, 'CS', 'DERIVED\\PRIMARY'],
  [0x0008002a, 'DT', '2024'],
  [0x00180060, 'DS', '80'],
  [0x00190010, 'LO', 'SOMEBODY ELSE'],
  [0x00190011, 'LO', 'ACME 1.1 '],
  [0x00191010, 'DS', '77'],
  [0x00191110, 'DS', '6'],
  [0x00083010, 'UI', '1.9.1\\1.9.2'],
  region('R2', ['M1', 'upper'], ['M2', 'left']),
];

const aThree: Element[] = [
  ...study,
  [0x00081010, 'SH', 'CT_02'],
  [0x00180060, 'DS', '1.4e2'],
  [0x00190010, 'LO', 'Other, "Inc."'],
  [0x00191010, 'DS', '5.5'],
  [0x00080032, 'TM', '235959.999'],
  [0x00080023, 'DA', '20240201'],
];

/** In implicit VR nothing says what a private value is. */
const bOne: Element[] = [
  [0x00101010, 'AS', '007D'],
  procedures(['P1', 'SCT'], ['P2', 'LOCAL']),
  [0x00081010, 'SH', "O'NEIL"],
  [0x00180060, 'DS', '120'],
  [0x00190010, 'LO', 'ACME 1.1'],
  [0x00191010, 'DS', '5.5 '],
  [0x00191020, 'LO', 'Größe'],
  [0x0008002a, 'DT', '20240131235900-0500'],
];

function file(sop: string, elements: Element[], transferSyntaxUID?: string): Uint8Array {
  const series = sop.slice(0, -2);
  const options = { study: series.slice(0, -2), series, sop, elements, rows: 2, columns: 2 };
  return slice({ ...options, ...(transferSyntaxUID && { transferSyntaxUID }) });
}

/** Two studies, three series and four instances; one value is not a number. */
export const EXTRA_FILES: readonly Uint8Array[] = [
  file(A1, aOne),
  file(A2, aTwo),
  file(A3, aThree),
  file(B1, bOne, IMPLICIT_LITTLE),
];
