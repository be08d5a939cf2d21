import { deflateSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import type { DicomJson } from '../../../src/dicom/json/json-model';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import {
  BIG_ENDIAN,
  concat,
  DEFLATED,
  EXPLICIT,
  element,
  type Form,
  IMPLICIT,
  image,
  part10,
  read,
  UIDS,
} from '../../unit/dicom/build';

/*
 * Attributes behind the pixel data are out of order (PS3.5 7.1). They count in every transfer syntax, and the warning of
 * the store names them.
 */

let archive: ArchiveClient;
withArchive(() => {
  archive = archiveClient();
});

const INSTANCE = `/dicomweb/studies/${UIDS.study}/series/${UIDS.series}/instances/${UIDS.sop}`;

function fileWith(syntax: string, before: [number, string][], behind: [number, string, string][]): Uint8Array {
  const form: Form = { implicit: syntax === IMPLICIT, big: syntax === BIG_ENDIAN };
  const dataSet = concat(
    ...before.map(([tag, uid]) => element(tag, 'UI', uid, form)),
    ...image({ form }),
    element(0x7fe00010, 'OW', new Uint8Array(8), form),
    ...behind.map(([tag, vr, value]) => element(tag, vr, value, form)),
  );
  return part10(syntax, syntax === DEFLATED ? deflateSync(dataSet) : dataSet);
}

const CLASS_AND_INSTANCE: [number, string][] = [
  [0x00080016, UIDS.sopClass],
  [0x00080018, UIDS.sop],
];
const SERIES: [number, string] = [0x0020000e, UIDS.series];

async function store(file: Uint8Array): Promise<unknown[]> {
  const response = await archive.store([file]);
  expect(response.status).toBe(202);
  const answer = (await response.json()) as DicomJson;
  const [item] = answer['00081199']!.Value as DicomJson[];
  expect(item!['00081196']?.Value).toEqual([0xb007]);
  return (item!['00741048']!.Value as DicomJson[]).map((each) => each['00720026']?.Value?.[0]);
}

describe.each([EXPLICIT, IMPLICIT, BIG_ENDIAN, DEFLATED])('%s: attributes behind the pixel data', (syntax) => {
  it('are in metadata, searches, converted files and the warning (10.5.3)', async () => {
    const behind: [number, string, string][] = [
      [0x00081030, 'LO', 'behind'],
      [0x00100010, 'PN', 'Late^Name'],
      [0x00100020, 'LO', 'LATEID'],
    ];
    const file = fileWith(syntax, [...CLASS_AND_INSTANCE, [0x0020000d, UIDS.study], SERIES], behind);
    expect(await store(file)).toEqual(['00081030', '00100010', '00100020']);
    const expected = {
      '00081030': { vr: 'LO', Value: ['behind'] },
      '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Late^Name' }] },
      '00100020': { vr: 'LO', Value: ['LATEID'] },
    };
    const [metadata] = await archive.json(`${INSTANCE}/metadata`);
    expect(metadata).toMatchObject(expected);
    const [study] = await archive.json('/dicomweb/studies?PatientID=LATEID&includefield=StudyDescription');
    expect(study).toMatchObject(expected);
    const accept = `application/dicom; transfer-syntax=${EXPLICIT}`;
    const converted = await archive.fetch(INSTANCE, { headers: { Accept: accept } });
    const { elements } = read(new Uint8Array(await converted.arrayBuffer()));
    expect(JSON.parse(elements.get('00081030')!)).toEqual(expected['00081030']);
    expect(JSON.parse(elements.get('00100010')!)).toEqual(expected['00100010']);
  });

  it('may be Study Instance UID', async () => {
    const file = fileWith(syntax, [...CLASS_AND_INSTANCE, SERIES], [[0x0020000d, 'UI', UIDS.study]]);
    expect(await store(file)).toEqual(['0020000D']);
    expect(await archive.json(`/dicomweb/studies?StudyInstanceUID=${UIDS.study}`)).toHaveLength(1);
  });
});
