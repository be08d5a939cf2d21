import { describe, expect, it } from 'vitest';
import { glyphOf } from '../../../../../src/imaging/render/graphics/bitmap-font';
import { foldToAscii } from '../../../../../src/imaging/render/graphics/fold-text';
import { formatOf, rendered } from '../build';

const PATIENT = { '00100010': { Alphabetic: 'Doe^Jane' }, '00100020': 'A1', '00100030': '19700131', '00100040': 'F' };
const TECHNIQUE = { '00080060': 'CT', '00180015': 'CHEST', '00180060': '120', '00281050': 40, '00281051': 400 };

/**
 * Reads text from a picture: characters are cells of the font, six pixels apart; lines are nine or ten pixels apart.
 */
function readLine(raster: { width: number; pixels: number[] }, top: number, length: number): string {
  let text = '';
  for (let at = 0; at < length; at++) {
    for (let code = 0x20; code < 0x7f; code++) {
      const glyph = glyphOf(String.fromCharCode(code));
      const same = glyph.every((row, y) =>
        [...row].every(
          (dot, x) => (raster.pixels[(top + y) * raster.width + 3 + at * 6 + x] === 255) === (dot === '#'),
        ),
      );
      if (same) {
        text += String.fromCharCode(code);
        break;
      }
    }
  }
  return text;
}

const grey = (columns: number, rows: number, value = 90) => ({
  format: formatOf(columns, rows),
  bytes: new Uint8Array(columns * rows).fill(value),
});

describe('annotation (PS3.18 8.3.5.1.1)', () => {
  it('names the patient in the upper left corner', async () => {
    const raster = await rendered(grey(128, 96), { ...PATIENT, ...TECHNIQUE }, { annotation: ['patient'] });
    expect(readLine(raster, 3, 8)).toBe('Doe Jane');
    expect(readLine(raster, 13, 5)).toBe('ID A1');
    expect(readLine(raster, 23, 13)).toBe('1970-01-31  F');
  });

  it('shows the technique in the lower left corner', async () => {
    const window = { center: -600, width: 1500.5, function: 'linear' } as const;
    const raster = await rendered(grey(128, 96), { ...PATIENT, ...TECHNIQUE }, { annotation: ['technique'], window });
    const top = 96 - 3 * 10;
    expect(readLine(raster, top, 9)).toBe('CT  CHEST');
    expect(readLine(raster, top + 10, 6)).toBe('120 kV');
    expect(readLine(raster, top + 20, 15)).toBe('C -600 W 1500.5');
  });

  it('is legible on any background: white with a black outline', async () => {
    for (const value of [0, 255]) {
      const { pixels } = await rendered(grey(128, 96, value), PATIENT, { annotation: ['patient'] });
      expect(pixels.includes(0) && pixels.includes(255)).toBe(true);
    }
  });

  it('fits pictures that are too small for it', async () => {
    for (const [columns, rows] of [
      [1, 1],
      [4, 200],
      [40, 12],
    ] as const) {
      const raster = await rendered(
        grey(columns, rows),
        { ...PATIENT, ...TECHNIQUE },
        { annotation: ['patient', 'technique'] },
      );
      expect(raster.bytes.length).toBe(columns * rows);
    }
  });

  it('leaves the frame as it was', async () => {
    const frame = { format: formatOf(64, 64, { samplesPerPixel: 3 }), bytes: new Uint8Array(64 * 64 * 3).fill(7) };
    const raster = await rendered(frame, PATIENT, { annotation: ['patient'] });
    expect(raster.pixels.includes(255)).toBe(true);
    expect(frame.bytes.every((byte) => byte === 7)).toBe(true);
  });

  it('converts letters to those of the font', () => {
    expect(foldToAscii('Müller Ångström Weiß')).toBe('Muller Angstrom Weiss');
    expect(foldToAscii('山田=x\ty')).toBe('??=x y');
  });

  it('has a different bitmap for every character', () => {
    const pictures = Array.from({ length: 95 }, (_, at) => glyphOf(String.fromCharCode(0x20 + at)).join('\n'));
    expect(new Set(pictures).size).toBe(95);
    for (const picture of pictures) expect(picture).toMatch(/^(?:[.#]{5}\n){6}[.#]{5}$/);
    expect(glyphOf('é')).toEqual(glyphOf('?'));
  });
});
