import { deflateSync } from 'fflate';

/** Writes DICOM Part 10 files for tests, independent of the code under test. */

type ElementValue = string | number[] | Uint8Array | Item[];
/** The elements of an item of a sequence. */
export type Item = Element[];
/** [tag, VR, value]; for SQ the value is a list of items. */
export type Element = readonly [tag: number, vr: string, value: ElementValue];

export interface Part10Options {
  transferSyntaxUID?: string;
  elements: Element[];
  /** Fragments of encapsulated pixel data, after an empty (or the given) basic offset table. */
  fragments?: Uint8Array[];
  basicOffsetTable?: number[];
}

const LONG = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV']);

export const EXPLICIT_LITTLE = '1.2.840.10008.1.2.1';
export const EXPLICIT_BIG = '1.2.840.10008.1.2.2';
export const IMPLICIT_LITTLE = '1.2.840.10008.1.2';
export const DEFLATED = '1.2.840.10008.1.2.1.99';

/** A Part 10 file with File Meta Information, in any transfer syntax. */
export function part10(options: Part10Options): Uint8Array {
  const syntax = options.transferSyntaxUID ?? EXPLICIT_LITTLE;
  const find = (tag: number) => options.elements.find(([of]) => of === tag)?.[2] as string | undefined;
  const meta: Element[] = [
    [0x00020001, 'OB', Uint8Array.of(0, 1)],
    [0x00020002, 'UI', find(0x00080016) ?? '1.2.840.10008.5.1.4.1.1.7'],
    [0x00020003, 'UI', find(0x00080018) ?? '1.2.3'],
    [0x00020010, 'UI', syntax],
    [0x00020012, 'UI', '1.2.826.0.1.3680043.10.1'],
  ];
  const metaBytes = joined(meta.map((element) => encode(element, { big: false, implicit: false })));
  const length = encode([0x00020000, 'UL', [metaBytes.length]], { big: false, implicit: false });
  const form = { big: syntax === EXPLICIT_BIG, implicit: syntax === IMPLICIT_LITTLE };
  const elements = [...options.elements].sort(([a], [b]) => a - b).map((element) => encode(element, form));
  const dataSet = syntax === DEFLATED ? [deflateSync(joined(elements))] : elements;
  const parts = [new Uint8Array(128), ascii('DICM'), length, metaBytes, ...dataSet];
  if (options.fragments !== undefined) parts.push(encapsulated(options.fragments, options.basicOffsetTable ?? []));
  return joined(parts);
}

/** The same data set in a file that names its sender: Source Application Entity Title (0002,0016). */
export function withMeta(file: Uint8Array, aeTitle: string): Uint8Array {
  const start = 128 + 4 + 12;
  const length = new DataView(file.buffer, file.byteOffset).getUint32(start - 4, true);
  const source = encode([0x00020016, 'AE', aeTitle], { big: false, implicit: false });
  const groupLength = encode([0x00020000, 'UL', [length + source.length]], { big: false, implicit: false });
  const meta = file.subarray(start, start + length);
  return joined([file.subarray(0, 132), groupLength, meta, source, file.subarray(start + length)]);
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function ascii(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
  return bytes;
}

function encapsulated(fragments: readonly Uint8Array[], offsets: readonly number[]): Uint8Array {
  const table = joined(offsets.map((offset) => number(offset, 4, false)));
  const parts = [header(0x7fe00010, 'OB', 0xffffffff, { big: false, implicit: false })];
  for (const fragment of [table, ...fragments]) {
    parts.push(Uint8Array.of(0xfe, 0xff, 0x00, 0xe0), number(fragment.length, 4, false), fragment);
  }
  parts.push(Uint8Array.of(0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0));
  return joined(parts);
}

interface Form {
  readonly big: boolean;
  readonly implicit: boolean;
}

function encode([tag, vr, value]: Element, form: Form): Uint8Array {
  const body = encodeValue(vr, value, form);
  return joined([header(tag, vr, body.length, form), body]);
}

function header(tag: number, vr: string, length: number, { big, implicit }: Form): Uint8Array {
  const parts = [number(tag >>> 16, 2, big), number(tag & 0xffff, 2, big)];
  if (implicit) parts.push(number(length, 4, big));
  else if (LONG.has(vr)) parts.push(ascii(vr), Uint8Array.of(0, 0), number(length, 4, big));
  else parts.push(ascii(vr), number(length, 2, big));
  return joined(parts);
}

const WIDTH: Record<string, number> = { US: 2, SS: 2, OW: 2, UL: 4, SL: 4, FL: 4, FD: 8, AT: 4 };

function encodeValue(vr: string, value: ElementValue, form: Form): Uint8Array {
  if (typeof value === 'string') {
    const bytes = new TextEncoder().encode(value);
    return bytes.length % 2 === 0 ? bytes : joined([bytes, Uint8Array.of(vr === 'UI' ? 0 : 0x20)]);
  }
  if (value instanceof Uint8Array) return value.length % 2 === 0 ? value : joined([value, Uint8Array.of(0)]);
  if (vr === 'SQ') {
    return joined(
      (value as Item[]).map((item) => {
        const body = joined(item.map((element) => encode(element, form)));
        return joined([
          number(0xfffe, 2, form.big),
          number(0xe000, 2, form.big),
          number(body.length, 4, form.big),
          body,
        ]);
      }),
    );
  }
  const numbers = value as number[];
  if (vr === 'FL' || vr === 'FD') return joined(numbers.map((one) => float(one, vr, form.big)));
  const width = WIDTH[vr] ?? 1;
  const bytes = new Uint8Array(numbers.length * width);
  // Into one array: images have millions of them.
  for (let at = 0; at < numbers.length; at += 1) writeNumber(bytes, at * width, numbers[at]!, width, form.big);
  return bytes;
}

function number(value: number, width: number, big: boolean): Uint8Array {
  const bytes = new Uint8Array(width);
  writeNumber(bytes, 0, value, width, big);
  return bytes;
}

function writeNumber(bytes: Uint8Array, start: number, value: number, width: number, big: boolean): void {
  let left = value;
  for (let at = 0; at < width; at += 1) {
    bytes[start + (big ? width - 1 - at : at)] = left & 0xff;
    left = Math.floor(left / 256);
  }
}

function float(value: number, vr: string, big: boolean): Uint8Array {
  const bytes = new Uint8Array(vr === 'FL' ? 4 : 8);
  const view = new DataView(bytes.buffer);
  if (vr === 'FL') view.setFloat32(0, value, !big);
  else view.setFloat64(0, value, !big);
  return bytes;
}
