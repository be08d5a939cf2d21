import { describe, expect, it } from 'vitest';
import { readProfile, writeProfile } from '../../../../../src/imaging/render/colour/icc-profile';
import { ADOBE_RGB, ROMM_RGB, SRGB } from '../../../../../src/imaging/render/colour/icc-spaces';
import { attributes, inline, pixelsOf, rendered, rowOf } from '../build';

const COLOURS = rowOf([255, 255, 255, 128, 128, 128, 0, 0, 0, 255, 0, 0, 10, 200, 90], { samplesPerPixel: 3 });

describe('ICC profiles (PS3.18 8.3.5.1.5)', () => {
  it('are left out unless requested', async () => {
    const own = { '00282000': writeProfile(ADOBE_RGB) };
    expect((await rendered(COLOURS, own)).iccProfile).toBeUndefined();
    expect((await rendered(COLOURS, own, { iccprofile: 'no' })).iccProfile).toBeUndefined();
  });

  it("are the image's own, or its optical path's, or sRGB", async () => {
    const own = writeProfile(ADOBE_RGB);
    const yes = { iccprofile: 'yes' } as const;
    const raster = await rendered(COLOURS, { '00282000': own }, yes);
    expect(raster.iccProfile).toEqual(own);
    expect(raster.bytes).toEqual(COLOURS.bytes);
    const path = { '00480105': [attributes({}), { '00282000': inline(own) }] };
    expect((await rendered(COLOURS, path, yes)).iccProfile).toEqual(own);
    expect((await rendered(COLOURS, {}, yes)).iccProfile).toEqual(writeProfile(SRGB));
  });

  it('for colours are not embedded in grey pictures', async () => {
    expect((await rendered(rowOf([1]), {}, { iccprofile: 'srgb' })).iccProfile).toBeUndefined();
  });

  it('are the target of colour conversion', async () => {
    // sRGB red and a green, in Adobe RGB, by the published matrices.
    const adobe = await rendered(COLOURS, {}, { iccprofile: 'adobergb' });
    expect(adobe.iccProfile).toEqual(writeProfile(ADOBE_RGB));
    const expected = [255, 255, 255, 127, 127, 127, 0, 0, 0, 219, 0, 0];
    adobe.pixels.slice(0, 12).forEach((sample, at) => {
      expect(Math.abs(sample - expected[at]!)).toBeLessThanOrEqual(1);
    });
    const back = { ...COLOURS, bytes: adobe.bytes };
    const again = await pixelsOf(back, { '00282000': adobe.iccProfile }, { iccprofile: 'srgb' });
    again.forEach((sample, at) => {
      expect(Math.abs(sample - COLOURS.bytes[at]!)).toBeLessThanOrEqual(2);
    });
  });

  it('leave white and grey unchanged, in all spaces', async () => {
    for (const iccprofile of ['srgb', 'adobergb', 'rommrgb'] as const) {
      const pixels = await pixelsOf(COLOURS, {}, { iccprofile });
      expect(pixels.slice(0, 3)).toEqual([255, 255, 255]);
      expect(Math.max(...pixels.slice(3, 6)) - Math.min(...pixels.slice(3, 6))).toBeLessThanOrEqual(1);
      expect(pixels.slice(6, 9)).toEqual([0, 0, 0]);
    }
    expect(await pixelsOf(COLOURS, {}, { iccprofile: 'srgb' })).toEqual([...COLOURS.bytes]);
  });

  it('with tables cannot be converted from', async () => {
    const lut = writeProfile(SRGB);
    // The name of the red primary's tag, so that this tag is missing.
    lut[132 + 3 * 12] = 0x78;
    expect((await rendered(COLOURS, { '00282000': lut }, { iccprofile: 'yes' })).iccProfile).toEqual(lut);
    const asked = rendered(COLOURS, { '00282000': lut }, { iccprofile: 'srgb' });
    await expect(asked).rejects.toMatchObject({ reason: 'unsupported' });
  });

  it('are the same after writing and reading, to 16 bits', () => {
    for (const space of [SRGB, ADOBE_RGB, ROMM_RGB]) {
      const bytes = writeProfile(space);
      expect(new DataView(bytes.buffer).getUint32(0)).toBe(bytes.length);
      expect(String.fromCharCode(...bytes.subarray(36, 40))).toBe('acsp');
      const profile = readProfile(bytes)!;
      profile.primaries.flat().forEach((value, at) => {
        expect(value).toBeCloseTo(space.primaries.flat()[at]!, 4);
      });
      for (const sample of [0, 0.02, 0.5, 1]) expect(profile.curves[1](sample)).toBeCloseTo(space.toLinear(sample), 4);
    }
  });

  it('with parametric curves are read', () => {
    const bytes = writeProfile(SRGB);
    const view = new DataView(bytes.buffer);
    const offset = view.getUint32(132 + 6 * 12 + 4);
    bytes.set([0x70, 0x61, 0x72, 0x61, 0, 0, 0, 0, 0, 3], offset);
    [2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045].forEach((value, at) => {
      view.setInt32(offset + 12 + at * 4, Math.round(value * 65536));
    });
    const profile = readProfile(bytes)!;
    for (const sample of [0, 0.03, 0.5, 1]) expect(profile.curves[0](sample)).toBeCloseTo(SRGB.toLinear(sample), 3);
  });

  it('that are invalid are refused', () => {
    expect(readProfile(new Uint8Array(10))).toBeUndefined();
    expect(readProfile(new Uint8Array(500))).toBeUndefined();
  });
});
