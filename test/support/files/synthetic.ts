import { createHash } from 'node:crypto';

/** Part 10 files made for tests and measurements: explicit VR little endian, or encapsulated, of any size. */

/** The UIDs of an instance. */
export interface Identity {
  readonly study: string;
  readonly series: string;
  readonly instance: string;
}

/** A UID that the same text always gets (PS3.5 B.2); all of them have the same length. */
export function uidOf(text: string): string {
  return `2.25.${BigInt(`0xf${createHash('sha256').update(text).digest('hex').slice(0, 29)}`)}`;
}

interface ImageOptions extends Identity {
  readonly number?: number;
  readonly rows?: number;
  readonly columns?: number;
  readonly frames?: number;
  readonly patientID?: string;
}

const CT = '1.2.840.10008.5.1.4.1.1.2';
const IMPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2';
const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';
const JPEG_BASELINE = '1.2.840.10008.1.2.4.50';

/** The layout of the pixels of a generated image; with explicit VRs by default. */
interface PixelOptions {
  readonly transferSyntax?: string;
  /** Bits allocated: 8, or 16 of which 12 are stored. */
  readonly bits?: 8 | 16;
}

/** An image with these pixels: native ones, or a code stream for each frame (PS3.5 A.4). */
export function imageOf(
  options: ImageOptions,
  content: Uint8Array | readonly Uint8Array[],
  { transferSyntax = EXPLICIT_LITTLE_ENDIAN, bits = 16 }: PixelOptions = {},
): Buffer {
  const head = beforePixels(options, transferSyntax, bits);
  if (content instanceof Uint8Array) {
    if (transferSyntax !== IMPLICIT_LITTLE_ENDIAN) {
      return Buffer.concat([head, longHeader(0x7fe00010, bits === 8 ? 'OB' : 'OW', content.length), content]);
    }
    return Buffer.concat([withoutVRs(head), item(0x7fe00010, content.length), content]);
  }
  const items = content.map((codeStream) => {
    const padding = Buffer.alloc(codeStream.length % 2);
    return Buffer.concat([item(0xfffee000, codeStream.length + padding.length), codeStream, padding]);
  });
  const start = [longHeader(0x7fe00010, 'OB', 0xffffffff), item(0xfffee000, 0)];
  return Buffer.concat([head, ...start, ...items, item(0xfffee0dd, 0)]);
}

/** The same data set with implicit VRs; its elements all have short headers. */
function withoutVRs(head: Buffer): Buffer {
  let at = 144 + head.readUInt32LE(140);
  const parts = [head.subarray(0, at)];
  while (at < head.length) {
    const length = head.readUInt16LE(at + 6);
    parts.push(head.subarray(at, at + 4), word(length, 4), head.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return Buffer.concat(parts);
}

/** The part of a file before the value of its pixel data. */
function beforePixels(options: ImageOptions, transferSyntax: string, bits: number): Buffer {
  const { study, series, instance, number = 1, rows = 512, columns = 512, frames, patientID = 'P1' } = options;
  const meta = Buffer.concat([
    element(0x00020001, 'OB', Buffer.from([0, 1])),
    text(0x00020002, 'UI', CT),
    text(0x00020003, 'UI', instance),
    text(0x00020010, 'UI', transferSyntax),
    text(0x00020012, 'UI', uidOf('dicomweb-edge')),
  ]);
  return Buffer.concat([
    Buffer.alloc(128),
    Buffer.from('DICM'),
    element(0x00020000, 'UL', word(meta.length, 4)),
    meta,
    text(0x00080008, 'CS', 'ORIGINAL\\PRIMARY\\AXIAL'),
    text(0x00080016, 'UI', CT),
    text(0x00080018, 'UI', instance),
    text(0x00080020, 'DA', '20240102'),
    text(0x00080030, 'TM', '101112'),
    text(0x00080050, 'SH', `A${patientID}`),
    text(0x00080060, 'CS', 'CT'),
    text(0x00080070, 'LO', 'Nobody'),
    text(0x00080090, 'PN', 'Referring^Doctor'),
    text(0x00081030, 'LO', 'Synthetic study'),
    text(0x0008103e, 'LO', 'Synthetic series'),
    text(0x00100010, 'PN', `Synthetic^${patientID}`),
    text(0x00100020, 'LO', patientID),
    text(0x00100030, 'DA', '19700101'),
    text(0x00100040, 'CS', 'O'),
    text(0x00180050, 'DS', '1.25'),
    text(0x00180060, 'DS', '120'),
    text(0x0020000d, 'UI', study),
    text(0x0020000e, 'UI', series),
    text(0x00200010, 'SH', '1'),
    text(0x00200011, 'IS', '1'),
    text(0x00200013, 'IS', String(number)),
    text(0x00200032, 'DS', `-100\\-100\\${number * 1.25}`),
    text(0x00200037, 'DS', '1\\0\\0\\0\\1\\0'),
    text(0x00200052, 'UI', `${series}.1`),
    element(0x00280002, 'US', word(1, 2)),
    text(0x00280004, 'CS', 'MONOCHROME2'),
    ...(frames === undefined ? [] : [text(0x00280008, 'IS', String(frames))]),
    element(0x00280010, 'US', word(rows, 2)),
    element(0x00280011, 'US', word(columns, 2)),
    text(0x00280030, 'DS', '0.5\\0.5'),
    element(0x00280100, 'US', word(bits, 2)),
    element(0x00280101, 'US', word(bits === 8 ? 8 : 12, 2)),
    element(0x00280102, 'US', word(bits === 8 ? 7 : 11, 2)),
    element(0x00280103, 'US', word(0, 2)),
    text(0x00281050, 'DS', '40'),
    text(0x00281051, 'DS', '400'),
    text(0x00281052, 'DS', '-1024'),
    text(0x00281053, 'DS', '1'),
  ]);
}

/** An image of 16-bit samples; its pixels differ with every identity. */
export function nativeImage(options: ImageOptions): Buffer {
  const { rows = 512, columns = 512, frames = 1 } = options;
  const length = rows * columns * 2 * frames;
  const file = Buffer.concat([beforePixels(options, EXPLICIT_LITTLE_ENDIAN, 16), longHeader(0x7fe00010, 'OW', length)]);
  return Buffer.concat([file, pixels(options.instance, length)]);
}

/** Samples of 12 bits, reproducible from the seed, which repeat with a period of 64 KiB less one sample. */
function pixels(seed: string, length: number): Buffer {
  const period = Buffer.alloc(65_534);
  let state = createHash('sha256').update(seed).digest().readUInt32LE(0) | 1;
  for (let at = 0; at < period.length; at += 2) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    period.writeUInt16LE(state >>> 20, at);
  }
  return Buffer.alloc(length, period);
}

/** A native image of many frames, piece by piece, which is never held as a whole. */
export function* streamedNativeImage(options: ImageOptions & { readonly frames: number }): Generator<Buffer> {
  const { rows = 512, columns = 512, frames } = options;
  const length = rows * columns * 2;
  yield Buffer.concat([
    beforePixels(options, EXPLICIT_LITTLE_ENDIAN, 16),
    longHeader(0x7fe00010, 'OW', length * frames),
  ]);
  const frame = pixels(options.instance, length);
  for (let at = 0; at < frames; at += 1) yield frame;
}

/** The bytes of a frame of `streamedEncapsulatedImage`: a fragment that contains its number. @param index from 0 */
export function encapsulatedFrame(index: number, length: number): Buffer {
  const frame = Buffer.alloc(length, index % 251);
  frame.writeUInt16BE(0xffd8, 0);
  frame.writeUInt32BE(index, 4);
  frame.writeUInt16BE(0xffd9, length - 2);
  return frame;
}

/**
 * An encapsulated image of many frames, one fragment each (PS3.5 A.4), piece by piece.
 * @param options.frameBytes even, at least 12; the frames are not images but look like JPEG from outside
 * @param options.offsetTable with a basic offset table
 */
export function* streamedEncapsulatedImage(
  options: ImageOptions & { readonly frames: number; readonly frameBytes: number; readonly offsetTable: boolean },
): Generator<Buffer> {
  const { frames, frameBytes, offsetTable } = options;
  yield beforePixels(options, JPEG_BASELINE, 8);
  yield longHeader(0x7fe00010, 'OB', 0xffffffff);
  const table = Buffer.alloc(offsetTable ? frames * 4 : 0);
  for (let at = 0; at * 4 < table.length; at += 1) table.writeUInt32LE(at * (8 + frameBytes), at * 4);
  yield Buffer.concat([item(0xfffee000, table.length), table]);
  const together = 500;
  for (let first = 0; first < frames; first += together) {
    const some = Array.from({ length: Math.min(together, frames - first) }, (_, at) => first + at);
    yield Buffer.concat(some.flatMap((at) => [item(0xfffee000, frameBytes), encapsulatedFrame(at, frameBytes)]));
  }
  yield item(0xfffee0dd, 0);
}

function text(tag: number, vr: string, value: string): Buffer {
  return element(tag, vr, Buffer.from(value.length % 2 === 0 ? value : value + (vr === 'UI' ? '\0' : ' '), 'latin1'));
}

function element(tag: number, vr: string, value: Buffer): Buffer {
  if (vr === 'OB') return Buffer.concat([longHeader(tag, vr, value.length), value]);
  const header = Buffer.alloc(8);
  header.writeUInt16LE(tag >>> 16, 0);
  header.writeUInt16LE(tag & 0xffff, 2);
  header.write(vr, 4, 'latin1');
  header.writeUInt16LE(value.length, 6);
  return Buffer.concat([header, value]);
}

function longHeader(tag: number, vr: string, length: number): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt16LE(tag >>> 16, 0);
  header.writeUInt16LE(tag & 0xffff, 2);
  header.write(vr, 4, 'latin1');
  header.writeUInt32LE(length, 8);
  return header;
}

function item(tag: number, length: number): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16LE(tag >>> 16, 0);
  header.writeUInt16LE(tag & 0xffff, 2);
  header.writeUInt32LE(length, 4);
  return header;
}

function word(value: number, bytes: 2 | 4): Buffer {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntLE(value, 0, bytes);
  return buffer;
}
