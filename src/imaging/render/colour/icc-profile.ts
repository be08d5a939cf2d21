import type { RgbSpace, Xyz } from './icc-spaces';

/** The content of a profile with three primaries and curves (ICC.1, "three-component matrix-based"). */
export interface MatrixProfile {
  readonly primaries: readonly [Xyz, Xyz, Xyz];
  /** For red, green and blue: maps samples from 0 to 1 to light. */
  readonly curves: readonly [Curve, Curve, Curve];
}

type Curve = (sample: number) => number;

const HEADER = 128;
const TAG = 12;
const WHITE_D50: Xyz = [0.9642, 1, 0.8249];

/** Writes a display profile of version 2 (ICC.1:2001-04). */
export function writeProfile(space: RgbSpace): Uint8Array {
  const curve = curveElement(space.curve);
  const elements: [string, Uint8Array][] = [
    ['desc', description(space.name)],
    ['cprt', textElement('No copyright, use freely')],
    ['wtpt', xyzElement(WHITE_D50)],
    ['rXYZ', xyzElement(space.primaries[0])],
    ['gXYZ', xyzElement(space.primaries[1])],
    ['bXYZ', xyzElement(space.primaries[2])],
    ['rTRC', curve],
    ['gTRC', curve],
    ['bTRC', curve],
  ];
  const offsets = new Map<Uint8Array, number>();
  let size = HEADER + 4 + elements.length * TAG;
  for (const [, element] of elements) {
    if (offsets.has(element)) continue;
    offsets.set(element, size);
    size += (element.length + 3) & ~3;
  }
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, size);
  view.setUint32(8, 0x02100000);
  writeText(bytes, 12, 'mntrRGB XYZ ');
  for (const [at, part] of [2026, 1, 1].entries()) view.setUint16(24 + at * 2, part);
  writeText(bytes, 36, 'acsp');
  writeXyz(view, 68, WHITE_D50);
  view.setUint32(HEADER, elements.length);
  elements.forEach(([name, element], at) => {
    const entry = HEADER + 4 + at * TAG;
    writeText(bytes, entry, name);
    view.setUint32(entry + 4, offsets.get(element)!);
    view.setUint32(entry + 8, element.length);
    bytes.set(element, offsets.get(element)!);
  });
  return bytes;
}

function writeText(bytes: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
}

function writeXyz(view: DataView, at: number, xyz: Xyz): void {
  xyz.forEach((value, axis) => {
    view.setInt32(at + axis * 4, Math.round(value * 0x10000));
  });
}

function element(type: string, length: number): { bytes: Uint8Array; view: DataView } {
  const bytes = new Uint8Array(length);
  writeText(bytes, 0, type);
  return { bytes, view: new DataView(bytes.buffer) };
}

function xyzElement(xyz: Xyz): Uint8Array {
  const { bytes, view } = element('XYZ ', 20);
  writeXyz(view, 8, xyz);
  return bytes;
}

function curveElement(entries: readonly number[]): Uint8Array {
  const { bytes, view } = element('curv', 12 + entries.length * 2);
  view.setUint32(8, entries.length);
  entries.forEach((entry, at) => {
    view.setUint16(12 + at * 2, entry);
  });
  return bytes;
}

function textElement(text: string): Uint8Array {
  const { bytes } = element('text', 9 + text.length);
  writeText(bytes, 8, text);
  return bytes;
}

/** textDescriptionType: ASCII, then an empty Unicode and an empty Macintosh text. */
function description(text: string): Uint8Array {
  const { bytes, view } = element('desc', 12 + text.length + 1 + 8 + 3 + 67);
  view.setUint32(8, text.length + 1);
  writeText(bytes, 12, text);
  return bytes;
}

/** @returns undefined for a profile of another kind, or for bytes that are not a profile */
export function readProfile(bytes: Uint8Array): MatrixProfile | undefined {
  if (bytes.length < HEADER + 4) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (fourAt(bytes, 36) !== 'acsp' || colourSpace(bytes) !== 'RGB ' || fourAt(bytes, 20) !== 'XYZ ') return undefined;
  const tags = new Map<string, Uint8Array>();
  const count = Math.min(view.getUint32(HEADER), Math.floor((bytes.length - HEADER - 4) / TAG));
  for (let at = 0; at < count; at++) {
    const entry = HEADER + 4 + at * TAG;
    const offset = view.getUint32(entry + 4);
    tags.set(fourAt(bytes, entry), bytes.subarray(offset, offset + view.getUint32(entry + 8)));
  }
  const primaries = ['rXYZ', 'gXYZ', 'bXYZ'].map((name) => readXyz(tags.get(name)));
  const curves = ['rTRC', 'gTRC', 'bTRC'].map((name) => readCurve(tags.get(name)));
  if ([...primaries, ...curves].includes(undefined)) return undefined;
  return { primaries: primaries as [Xyz, Xyz, Xyz], curves: curves as [Curve, Curve, Curve] };
}

/** The colour space of a profile: `RGB `, `GRAY`. */
export function colourSpace(profile: Uint8Array): string {
  return fourAt(profile, 16);
}

function fourAt(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

function fixedAt(view: DataView, at: number): number {
  return view.getInt32(at) / 0x10000;
}

function readXyz(bytes: Uint8Array | undefined): Xyz | undefined {
  if (bytes === undefined || bytes.length < 20) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return [fixedAt(view, 8), fixedAt(view, 12), fixedAt(view, 16)];
}

function readCurve(bytes: Uint8Array | undefined): Curve | undefined {
  if (bytes === undefined || bytes.length < 12) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (fourAt(bytes, 0) === 'para') return parametric(view);
  if (fourAt(bytes, 0) !== 'curv') return undefined;
  const count = Math.min(view.getUint32(8), (bytes.length - 12) >> 1);
  if (count === 0) return (sample) => sample;
  if (count === 1) return (sample) => sample ** (view.getUint16(12) / 256);
  return (sample) => {
    const place = sample * (count - 1);
    const below = Math.min(count - 2, Math.floor(place));
    const [from, to] = [view.getUint16(12 + below * 2), view.getUint16(14 + below * 2)];
    return (from + (to - from) * (place - below)) / 0xffff;
  };
}

/** parametricCurveType, functions 0 to 4. */
function parametric(view: DataView): Curve | undefined {
  const kind = view.getUint16(8);
  const counts = [1, 3, 4, 5, 7];
  const count = counts[kind];
  if (count === undefined || view.byteLength < 12 + count * 4) return undefined;
  const [g = 1, a = 1, b = 0, c = 0, d = 0, e = 0, f = 0] = Array.from({ length: count }, (_, at) =>
    fixedAt(view, 12 + at * 4),
  );
  switch (kind) {
    case 0:
      return (x) => x ** g;
    case 1:
      return (x) => (x >= -b / a ? (a * x + b) ** g : 0);
    case 2:
      return (x) => (x >= -b / a ? (a * x + b) ** g + c : c);
    case 3:
      return (x) => (x >= d ? (a * x + b) ** g : c * x);
    default:
      return (x) => (x >= d ? (a * x + b) ** g + e : c * x + f);
  }
}
