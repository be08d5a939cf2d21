import { expect } from 'vitest';
import type { DicomJson, DicomJsonAttribute } from '../../../src/dicom/json/json-model';
import { type BulkSource, part10File } from '../../../src/dicom/part10/part10-writer';
import { concat, EXPLICIT, element, failure, UIDS } from './build';
import { written } from './written';

export const IDENTITY: DicomJson = {
  '00080016': { vr: 'UI', Value: [UIDS.sopClass] },
  '00080018': { vr: 'UI', Value: [UIDS.sop] },
  '0020000D': { vr: 'UI', Value: [UIDS.study] },
  '0020000E': { vr: 'UI', Value: [UIDS.series] },
};
export const BEFORE = concat(element(0x00080016, 'UI', UIDS.sopClass), element(0x00080018, 'UI', UIDS.sop));
export const BETWEEN = concat(element(0x0020000d, 'UI', UIDS.study), element(0x0020000e, 'UI', UIDS.series));
export const H264 = '1.2.840.10008.1.2.4.102';

export function instance(attributes: DicomJson): DicomJson {
  return { ...IDENTITY, ...attributes };
}

/** Bytes of the data set, after the file meta information. */
export function dataSetOf(file: Uint8Array): Uint8Array {
  const groupLength = new DataView(file.buffer, file.byteOffset).getUint32(140, true);
  return file.subarray(144 + groupLength);
}

/** The encoding of one attribute above (0020,000E), in explicit VR little endian. */
export async function encoded(tag: string, attribute: DicomJsonAttribute, options = {}): Promise<Uint8Array> {
  const bytes = dataSetOf(await written(instance({ [tag]: attribute }), options));
  expect(bytes.subarray(0, BEFORE.length + BETWEEN.length)).toEqual(concat(BEFORE, BETWEEN));
  return bytes.subarray(BEFORE.length + BETWEEN.length);
}

export function refused(dataSet: DicomJson, options: Partial<Parameters<typeof part10File>[1]> = {}) {
  return failure(() => part10File(dataSet, { transferSyntaxUID: EXPLICIT, bulk: () => undefined, ...options }));
}

export function unread(length: number): BulkSource {
  return { length, open: () => expect.fail('bulk data is read while the file is laid out') };
}
