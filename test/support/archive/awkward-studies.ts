import type { Element } from '../files/part10';
import { slice } from '../files/samples';
import { uidOf } from '../files/synthetic';
import { phantom, type Sample } from '../viewer/viewer-samples';

/**
 * A study with which a list may have problems: attributes that are empty or absent, and values in forms that clients do
 * not know.
 */
interface AwkwardStudy extends Sample {
  /** What is unusual about the study; also its Patient ID, if it has one. */
  readonly name: string;
}

const ABSENT = 'absent';

type Change = readonly [tag: number, vr: string, value: string];

const CHANGES: Readonly<Record<string, readonly Change[]>> = {
  'no Modality': [[0x00080060, 'CS', ABSENT]],
  'empty Modality': [[0x00080060, 'CS', '']],
  'no StudyDate': [[0x00080020, 'DA', ABSENT]],
  'empty date': [
    [0x00080020, 'DA', ''],
    [0x00080030, 'TM', ''],
  ],
  'odd date': [
    [0x00080020, 'DA', '1993.8.2'],
    [0x00080030, 'TM', 'noon'],
    [0x00100030, 'DA', 'unknown'],
  ],
  'date range': [[0x00080020, 'DA', '20240101-20240131']],
  'no PatientName': [[0x00100010, 'PN', ABSENT]],
  'empty names': [
    [0x00100010, 'PN', ''],
    [0x00080090, 'PN', '^^^^'],
  ],
  'name at second': [[0x00100010, 'PN', '\\Second^Name']],
  'no alphabetic name': [[0x00100010, 'PN', '=山田^太郎=やまだ^たろう']],
  'not ASCII': [
    [0x00100010, 'PN', 'Żółć^Ünal=山田^太郎'],
    [0x00081030, 'LO', 'Schädel & <b>Gehirn</b> "β"'],
  ],
  'no texts': [
    [0x00080050, 'SH', ABSENT],
    [0x00081030, 'LO', ABSENT],
    [0x0008103e, 'LO', ABSENT],
    [0x00200010, 'SH', ABSENT],
  ],
  'no numbers': [
    [0x00200011, 'IS', ''],
    [0x00200013, 'IS', 'one'],
  ],
  'no PatientID': [[0x00100020, 'LO', ABSENT]],
};

/** A study for each of the changes. */
export const AWKWARD_STUDIES: readonly AwkwardStudy[] = Object.entries(CHANGES).map(([name, changes]) => {
  const [sample] = phantom(name, 1, {
    elements: changes.filter(([, , value]) => value !== ABSENT),
    without: changes.filter(([, , value]) => value === ABSENT).map(([tag]) => tag),
  });
  return { ...sample!, name };
});

/** Studies that are only for a list: they have no pixels. */
export function listedStudies(count: number): Buffer[] {
  return Array.from({ length: count }, (_, at) => {
    const number = String(at + 1).padStart(4, '0');
    const name = `listed ${number}`;
    const elements: Element[] = [
      [0x00080020, 'DA', String(20200101 + (at % 28))],
      // A fraction of a second has one to six digits: PS3.5 6.2.
      [0x00080030, 'TM', `101530.${'123456'.slice(0, 1 + (at % 6))}`],
      [0x00080050, 'SH', `Acc-${number}`],
      [0x00081030, 'LO', `Thorax ${number}`],
      [0x00100010, 'PN', `Listed^${number}`],
      [0x00100020, 'LO', `MRN-${number}`],
    ];
    const place = { study: uidOf(`${name} study`), series: uidOf(`${name} series`), sop: uidOf(`${name} instance`) };
    return Buffer.from(slice({ ...place, elements, pixels: false }));
  });
}
