import { describe, expect, it } from 'vitest';
import { decodeJPEGBaseline, encodeJPEGBaseline } from '../../../../../src/imaging/codecs/jpeg/jpeg-baseline';
import { jpegHeader } from '../../../../../src/imaging/codecs/jpeg/jpeg-markers';
import type { Frame } from '../../../../../src/imaging/frame';
import { formatOf } from '../../../../support/files/frames';

const GREY = formatOf({ bitsAllocated: 8, rows: 40, columns: 56 });
const COLOUR = { ...GREY, samplesPerPixel: 3, photometricInterpretation: 'RGB' };

/** A picture with slow changes, so that compression loses little. */
function smooth(format: Frame['format']): Frame {
  const { rows, columns, samplesPerPixel: samples } = format;
  const bytes = Uint8Array.from({ length: rows * columns * samples }, (_, at) => {
    const pixel = Math.floor(at / samples);
    return (
      60 + (pixel % columns) + 2 * Math.floor(pixel / columns) * (at % samples === 1 ? -0.4 : 1) + (at % samples) * 20
    );
  });
  return { format, bytes };
}

function furthest(one: Uint8Array, other: Uint8Array): number {
  return one.reduce(
    (most, value, at) => Math.max(most, Math.abs(value - other[at]!)),
    Math.abs(one.length - other.length),
  );
}

/** Makes an image of three components, with one scan each, from three grey images that were encoded in the same way. */
function threeComponents(
  greys: readonly Uint8Array[],
  adobe?: number,
  { jfif = false, identifiers = [0, 1, 2] }: { jfif?: boolean; identifiers?: readonly number[] } = {},
): Uint8Array {
  const segments = new Map<number, number[][]>();
  const bytes = greys[0]!;
  let at = 2;
  for (; bytes[at + 1] !== 0xda; at += 2 + bytes[at + 2]! * 256 + bytes[at + 3]!) {
    const segment = [...bytes.subarray(at, at + 2 + bytes[at + 2]! * 256 + bytes[at + 3]!)];
    segments.set(bytes[at + 1]!, [...(segments.get(bytes[at + 1]!) ?? []), segment]);
  }
  const frame = segments.get(0xc0)![0]!;
  const scans = greys.flatMap((grey, component) => [
    0xff,
    0xda,
    0,
    8,
    1,
    identifiers[component]!,
    0,
    0,
    63,
    0,
    ...grey.subarray(at + 10, -2),
  ]);
  const marker = [0xff, 0xee, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, adobe ?? 0];
  const named = jfif ? [0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0] : [];
  const components = identifiers.flatMap((identifier) => [identifier, 0x11, 0]);
  return Uint8Array.from([
    ...[0xff, 0xd8, ...named, ...(adobe === undefined ? [] : marker)],
    ...segments.get(0xdb)!.flat(),
    ...[0xff, 0xc0, 0, 17, ...frame.slice(4, 9), 3, ...components],
    ...segments.get(0xc4)!.flat(),
    ...scans,
    ...[0xff, 0xd9],
  ]);
}

describe('JPEG baseline', () => {
  it.each([
    [GREY, 'MONOCHROME2', 2],
    [{ ...GREY, photometricInterpretation: 'MONOCHROME1' }, 'MONOCHROME1', 2],
    [COLOUR, 'YBR_FULL_422', 6],
  ])('decodes to nearly the same samples', async (format, photometricInterpretation, most) => {
    const frame = smooth(format);
    const encoded = await encodeJPEGBaseline(frame, { quality: 98 });
    expect(encoded.format).toEqual({ ...format, photometricInterpretation });
    const decoded = await decodeJPEGBaseline(encoded.codeStream, encoded.format);
    expect(decoded.format).toEqual(format);
    expect(furthest(decoded.bytes, frame.bytes)).toBeLessThanOrEqual(most);
    const worse = await encodeJPEGBaseline(frame, { quality: 10 });
    expect(worse.codeStream.length).toBeLessThan(encoded.codeStream.length);
  });

  it.each([
    [1, 1],
    [3, 2],
    [9, 17],
    [64, 1],
  ])('takes %i by %i pixels', async (rows, columns) => {
    for (const format of [GREY, COLOUR].map((base) => ({ ...base, rows, columns }))) {
      const frame = { format, bytes: new Uint8Array(rows * columns * format.samplesPerPixel).fill(120) };
      const encoded = await encodeJPEGBaseline(frame, { quality: 100 });
      const decoded = await decodeJPEGBaseline(encoded.codeStream, encoded.format);
      expect(decoded.format).toEqual(format);
      expect(furthest(decoded.bytes, frame.bytes)).toBeLessThanOrEqual(1);
    }
  });

  it('interprets the components as the instance says', async () => {
    const frame = smooth(COLOUR);
    const { codeStream, format } = await encodeJPEGBaseline(frame, { quality: 98 });
    expect(jpegHeader(codeStream).components.map(({ horizontal }) => horizontal)).toEqual([2, 1, 1]);
    const full = await decodeJPEGBaseline(codeStream, { ...format, photometricInterpretation: 'YBR_FULL' });
    expect(full.format.photometricInterpretation).toBe('RGB');
    expect(furthest(full.bytes, frame.bytes)).toBeLessThanOrEqual(6);
    // Only YCbCr has this sampling, which contradicts an instance that says RGB.
    const claimed = await decodeJPEGBaseline(codeStream, { ...format, photometricInterpretation: 'RGB' });
    expect(claimed.bytes).toEqual(full.bytes);
  });

  it("keeps components that are RGB, and trusts Adobe's marker", async () => {
    const greys = [0, 40, 90].map((more) => ({
      format: GREY,
      bytes: smooth(GREY).bytes.map((value) => value / 2 + more),
    }));
    const streams = await Promise.all(greys.map(async (grey) => (await encodeJPEGBaseline(grey)).codeStream));
    const planes = await Promise.all(streams.map(async (stream) => (await decodeJPEGBaseline(stream, GREY)).bytes));
    const colours = planes[0]!.length * 3;
    const components = Uint8Array.from({ length: colours }, (_, at) => planes[at % 3]![Math.floor(at / 3)]!);
    const plain = threeComponents(streams);
    expect(await decodeJPEGBaseline(plain, COLOUR)).toEqual({ format: COLOUR, bytes: components });
    const ycc = { ...COLOUR, photometricInterpretation: 'YBR_FULL' };
    const converted = await decodeJPEGBaseline(plain, ycc);
    expect(converted.format.photometricInterpretation).toBe('RGB');
    // The equations of PS3.3 C.7.6.3.1.2, in the other direction.
    const expected = components.map((_, at) => {
      const [y, cb, cr] = components.subarray(at - (at % 3), at - (at % 3) + 3);
      const red = 1.402 * (cr! - 128);
      const blue = 1.772 * (cb! - 128);
      const value = y! + [red, -(0.114 * blue + 0.299 * red) / 0.587, blue][at % 3]!;
      return Math.max(0, Math.min(255, Math.round(value)));
    });
    expect(furthest(converted.bytes, expected)).toBeLessThanOrEqual(1);
    for (const [transform, bytes] of [
      [0, components],
      [1, converted.bytes],
    ] as const) {
      expect((await decodeJPEGBaseline(threeComponents(streams, transform), COLOUR)).bytes).toEqual(bytes);
    }
    // The code stream takes precedence over the instance.
    expect(await decodeJPEGBaseline(threeComponents(streams, 0), ycc)).toEqual({ format: COLOUR, bytes: components });
    for (const format of [COLOUR, ycc, { ...ycc, photometricInterpretation: 'YBR_FULL_422' }]) {
      const jfif = await decodeJPEGBaseline(threeComponents(streams, undefined, { jfif: true }), format);
      expect(jfif).toEqual(converted);
      const letters = threeComponents(streams, undefined, { identifiers: [0x52, 0x47, 0x42] });
      expect(await decodeJPEGBaseline(letters, format)).toEqual({ format: COLOUR, bytes: components });
    }
  });

  it('decodes code streams about which other decoders only warn, and refuses truncated ones', async () => {
    for (const format of [GREY, COLOUR]) {
      const { codeStream, format: named } = await encodeJPEGBaseline(smooth(format));
      const whole = await decodeJPEGBaseline(codeStream, named);
      const scan = codeStream.findIndex((byte, at) => byte === 0xff && codeStream[at + 1] === 0xda);
      const table = codeStream.findIndex((byte, at) => byte === 0xff && codeStream[at + 1] === 0xdb);
      const end = scan + 2 + codeStream[scan + 2]! * 256 + codeStream[scan + 3]!;
      const otherEnds = codeStream.slice();
      // Ss and Se, which have no meaning in a sequential scan.
      otherEnds.set([1, 62], end - 3);
      const strange = [
        Uint8Array.from([...codeStream.subarray(0, table), 1, 2, 3, ...codeStream.subarray(table)]),
        Uint8Array.from([...codeStream.subarray(0, -2), 0, 1, 2, 3, 4, 0xff, 0xd9]),
        otherEnds,
      ];
      for (const bytes of strange) {
        const frame = await decodeJPEGBaseline(bytes, named);
        expect(frame.format).toEqual(whole.format);
        expect(furthest(frame.bytes, whole.bytes)).toBeLessThanOrEqual(1);
      }
      const short = codeStream.subarray(0, end + Math.floor((codeStream.length - end) / 2));
      await expect(decodeJPEGBaseline(short, named)).rejects.toMatchObject({ reason: 'malformed' });
    }
  });

  it('decodes a code stream without an end marker', async () => {
    const frame = smooth(GREY);
    const { codeStream, format } = await encodeJPEGBaseline(frame);
    const whole = await decodeJPEGBaseline(codeStream, format);
    expect(await decodeJPEGBaseline(codeStream.subarray(0, codeStream.length - 2), format)).toEqual(whole);
  });

  it('refuses formats that it cannot hold', async () => {
    for (const format of [
      formatOf(),
      { ...GREY, signed: true },
      { ...COLOUR, photometricInterpretation: 'YBR_FULL' },
    ]) {
      await expect(encodeJPEGBaseline({ format, bytes: new Uint8Array(20_000) })).rejects.toMatchObject({
        reason: 'unsupported',
      });
    }
  });
});
