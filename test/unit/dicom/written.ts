import { transferSyntaxOf } from '../../../src/dicom/dictionary/transfer-syntaxes';
import { InstanceReader, type ParsedInstance } from '../../../src/dicom/instance/instance-reader';
import type { DicomJson } from '../../../src/dicom/json/json-model';
import { type BulkSource, chunksOf, type Part10Options, part10File } from '../../../src/dicom/part10/part10-writer';
import { FRAME_ENTRY_BYTES, type FrameEntry, readFrameEntry } from '../../../src/dicom/pixels/pixel-layout';
import { concat, EXPLICIT } from './build';

/** A file that was read, with its bulk data. */
export interface ReadFile {
  readonly parsed: ParsedInstance;
  readonly json: DicomJson;
  bulk(uri: string): Uint8Array[] | undefined;
}

/** The model of a parsed instance, its URIs relative. */
function jsonOf(parsed: ParsedInstance): DicomJson {
  return JSON.parse(parsed.json.replaceAll('\u0001', '')) as DicomJson;
}

export function readFile(bytes: Uint8Array): ReadFile {
  const reader = new InstanceReader();
  const inflated: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += 4096) {
    reader.push(bytes.subarray(at, at + 4096));
    inflated.push(...reader.takeInflated());
  }
  const parsed = reader.end();
  inflated.push(...reader.takeInflated());
  const object = parsed.layout.object === 'dcm' ? bytes : concat(...inflated);
  return { parsed, json: jsonOf(parsed), bulk: (uri) => bulkOf(parsed, object, uri) };
}

function bulkOf({ layout, frameTable }: ParsedInstance, object: Uint8Array, uri: string): Uint8Array[] | undefined {
  const path = uri.slice(uri.indexOf('/bulkdata/') + '/bulkdata/'.length);
  const range = layout.bulk?.find(([of]) => of === path);
  if (range !== undefined) {
    const [, offset, length, word] = range;
    const value = object.slice(offset, offset + length);
    if (word > 1) for (let at = 0; at + word <= length; at += word) value.subarray(at, at + word).reverse();
    return [value];
  }
  const { pixels } = layout;
  if (path !== '7FE00010' || pixels?.kind !== 'encapsulated') return undefined;
  if (pixels.only !== undefined) return [frameBytes(object, pixels.only)];
  return Array.from({ length: pixels.frames }, (_, index) =>
    frameBytes(object, readFrameEntry(frameTable!.subarray(index * FRAME_ENTRY_BYTES))),
  );
}

/** The fragments of a frame, joined. */
function frameBytes(object: Uint8Array, { offset, span }: FrameEntry): Uint8Array {
  const parts: Uint8Array[] = [];
  const view = new DataView(object.buffer, object.byteOffset);
  for (let at = offset; at < offset + span; ) {
    // The length of the first value is just before it; the header of each further item follows the previous value.
    const length = view.getUint32(at - 4, true);
    parts.push(object.slice(at, Math.min(at + length, offset + span)));
    at += length + 8;
  }
  return concat(...parts);
}

/** Bytes as a source of bulk data that yields them in pieces. */
export function source(bytes: Uint8Array): BulkSource {
  return {
    length: bytes.length,
    async *open() {
      for (let at = 0; at < bytes.length; at += 1000) yield bytes.slice(at, at + 1000);
    },
  };
}

/** The file that is written for a data set. */
export async function written(dataSet: DicomJson, options: Partial<Part10Options> = {}): Promise<Uint8Array> {
  const file = part10File(dataSet, { transferSyntaxUID: EXPLICIT, bulk: () => undefined, ...options });
  const chunks: Uint8Array[] = [];
  for await (const chunk of chunksOf(file.parts)) chunks.push(chunk);
  const bytes = concat(...chunks);
  if (bytes.length !== file.length) throw new Error(`${bytes.length} bytes, not ${file.length}`);
  return bytes;
}

/** The file that is written for a data set read from another file. */
export function rewritten(file: ReadFile, json: DicomJson = file.json): Promise<Uint8Array> {
  const uid = file.parsed.transferSyntaxUID;
  const syntax = transferSyntaxOf(uid);
  const kept = syntax !== undefined && !syntax.bigEndian && !syntax.deflated;
  return written(json, {
    transferSyntaxUID: kept ? uid : EXPLICIT,
    bulk: (uri) => file.bulk(uri)?.map(source),
  });
}
