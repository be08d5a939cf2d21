import type { InstanceRow } from '../../../src/archive/rows';
import type { InstanceLayout } from '../../../src/dicom/pixels/pixel-layout';

/* Rows of instances of which a representation is planned. */

/** Uncompressed pixels of so many frames. */
export const native = (frames = 1): InstanceLayout['pixels'] => ({
  kind: 'native',
  frames,
  offset: 1000,
  length: frames * 512,
  bitsPerFrame: 4096,
  word: 1,
});

/** A row of an instance. @param copyLength bytes of its copy of frames, if there is one */
export function instance(
  transferSyntaxUID: string,
  pixels?: InstanceLayout['pixels'],
  copyLength?: number,
): InstanceRow {
  return {
    id: 1,
    studyInstanceUID: '1.2.3',
    seriesInstanceUID: '1.2.3.4',
    sopInstanceUID: '1.2.3.4.5',
    sopClassUID: '1.2.840.10008.5.1.4.1.1.2',
    transferSyntaxUID,
    version: 'v',
    byteLength: 2000,
    digest: 'd',
    crc32: 0,
    layout: { object: 'dcm', ...(pixels && { pixels }), ...(copyLength !== undefined && { copyLength }) },
    layoutLength: 100,
  };
}
