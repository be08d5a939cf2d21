import { expect, it } from 'vitest';
import { jpegHeader } from '../../../src/imaging/codecs/jpeg/jpeg-markers';
import {
  decoded,
  inBytes,
  paletteOfSegments,
  withColours,
  withKnownColours,
  withWholeBytes,
} from '../../../viewer/ohif/pixels.mjs';

const JPEG_BASELINE = '1.2.840.10008.1.2.4.50';

/** A colour frame whose components have these numbers. */
function jpeg(ids: readonly number[], before: readonly number[] = []): Uint8Array {
  const components = ids.flatMap((id) => [id, 0x11, 0]);
  const frame = [0xff, 0xc0, 0, 17, 8, 0, 8, 0, 8, 3, ...components];
  return Uint8Array.from([0xff, 0xd8, ...before, ...frame, 0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 0x55, 0xff, 0xd9]);
}

const JFIF = [0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0];

it.each([
  ['RGB that does not say so', 'RGB', jpeg([1, 2, 3]), 0],
  ['YCbCr that does not say so', 'YBR_FULL', jpeg([1, 2, 3]), 1],
  ['JFIF, whatever the instance says', 'RGB', jpeg([1, 2, 3], JFIF), 1],
  ['components named R, G and B', 'YBR_FULL', jpeg([0x52, 0x47, 0x42]), 0],
])('a browser is told the colours of a JPEG: %s', (_, photometricInterpretation, frame, transform) => {
  const told = withColours({ samplesPerPixel: 3, photometricInterpretation }, JPEG_BASELINE, frame);
  expect(jpegHeader(told)).toMatchObject({ adobeTransform: transform, jfif: false });
});

it('other frames stay as they are', () => {
  const frame = jpeg([1, 2, 3]);
  const colour = { samplesPerPixel: 3, photometricInterpretation: 'RGB' };
  expect(withColours(colour, '1.2.840.10008.1.2.4.80', frame)).toBe(frame);
  expect(withColours({ ...colour, samplesPerPixel: 1 }, JPEG_BASELINE, frame)).toBe(frame);
  expect(withColours(colour, JPEG_BASELINE, frame.subarray(0, 9))).toHaveLength(9);
});

it('a segmented palette is unfolded, once, from each form in which OHIF keeps it', async () => {
  // PS3.3 C.7.9.2: two values, and a line of three values that ends with 600.
  const words = Uint16Array.of(0, 2, 100, 300, 1, 3, 600);
  const entries = [100, 300, 400, 500, 600];
  let asked = 0;
  const retrieved = {
    retrieveBulkData: async () => {
      asked += 1;
      return words.buffer;
    },
  };
  const inline = { InlineBinary: Buffer.from(words.buffer).toString('base64') };
  for (const data of [retrieved, retrieved, inline, [words.buffer]]) {
    expect(await paletteOfSegments(data, [5, 0, 16])).toEqual(entries);
  }
  expect(asked).toBe(1);
});

it('single bits become bytes, the lowest bit first, and bytes stay as they are', () => {
  const image = { bitsAllocated: 1, rows: 2, columns: 5, samplesPerPixel: 1 };
  expect([...withWholeBytes(image, Uint8Array.of(0b10000101, 0b10))]).toEqual([1, 0, 1, 0, 0, 0, 0, 1, 0, 1]);
  const unpacked = new Uint8Array(10);
  expect(withWholeBytes(image, unpacked)).toBe(unpacked);
  const bytes = Uint8Array.of(7);
  expect(withWholeBytes({ ...image, bitsAllocated: 8 }, bytes)).toBe(bytes);
});

it('a decoder that finds no image in a frame has failed', async () => {
  const none = decoded({}, '1.2.840.10008.1.2.4.80', new Uint8Array(9), async () => ({ rows: 0, columns: 0 }));
  await expect(none).rejects.toThrow('There is no image in the frame.');
});

it.each([
  ['by lines', 1, 0],
  ['by planes', 0, 1],
])('samples of JPEG-LS lie as in the code stream, not as Planar Configuration says: %s', async (_, ilv, planar) => {
  const image = { rows: 1, columns: 1, samplesPerPixel: 3, bitsStored: 8, photometricInterpretation: 'RGB' };
  const found = { ...image, planarConfiguration: 1 - planar, interleaveMode: ilv, pixelData: new Uint8Array(3) };
  const shown = await decoded(image, '1.2.840.10008.1.2.4.80', new Uint8Array(9), async () => found);
  expect(shown.planarConfiguration).toBe(planar);
});

it('a frame of JPEG 2000 that is cut short is not decoded', async () => {
  let asked = 0;
  const decode = async () => {
    asked += 1;
    return { rows: 1, columns: 1 };
  };
  await expect(decoded({}, '1.2.840.10008.1.2.4.90', new Uint8Array(60), decode)).rejects.toThrow('code stream');
  expect(asked).toBe(0);
});

it.each([
  ['shared by two pixels', 0, [16, 235, 128, 128]],
  ['of each pixel', 0, [16, 128, 128, 235, 128, 128]],
  ['in planes', 1, [16, 235, 128, 128, 128, 128]],
])('YBR_PARTIAL_422 becomes RGB: chrominance %s', (_, planarConfiguration, samples) => {
  const image = { rows: 1, columns: 2, photometricInterpretation: 'YBR_PARTIAL_422', planarConfiguration };
  expect(withKnownColours({ ...image, pixelData: Uint8Array.from(samples) }, samples.length === 4)).toEqual({
    rows: 1,
    columns: 2,
    photometricInterpretation: 'RGB',
    planarConfiguration: 0,
    pixelData: Uint8Array.of(0, 0, 0, 255, 255, 255),
    pixelDataLength: 6,
  });
});

it('YBR_FULL_422 with the chrominance of each pixel is YBR_FULL; uncompressed, it is RGB', () => {
  const image = { rows: 1, columns: 2, photometricInterpretation: 'YBR_FULL_422' };
  const spacesOf = (isNative: boolean) =>
    [4, 6, 8].map(
      (length) => withKnownColours({ ...image, pixelData: new Uint8Array(length) }, isNative).photometricInterpretation,
    );
  expect(spacesOf(false)).toEqual(['YBR_FULL_422', 'YBR_FULL', 'YBR_FULL_422']);
  expect(spacesOf(true)).toEqual(['YBR_FULL_422', 'RGB', 'YBR_FULL_422']);
});

it('of colours with long samples the highest bits are drawn', () => {
  const image = { samplesPerPixel: 3, bitsStored: 12, pixelData: Uint16Array.of(0xfff, 0x80f, 0x00f) };
  expect(inBytes({ ...image })).toMatchObject({
    pixelData: Uint8Array.of(255, 128, 0),
    bitsAllocated: 8,
    bitsStored: 8,
  });
  expect(inBytes({ ...image, samplesPerPixel: 1 }).pixelData).toBe(image.pixelData);
});
