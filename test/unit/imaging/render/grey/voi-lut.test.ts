import { describe, expect, it } from 'vitest';
import { spread, tabulated, windowed } from '../../../../../src/imaging/render/grey/voi-lut';

describe('VOI LUT functions (PS3.3 C.11.2.1)', () => {
  it('LINEAR with center 2048 and width 4096 is the identity of 12 bits', () => {
    const voi = windowed({ center: 2048, width: 4096, function: 'linear' });
    for (const value of [0, 1, 2048, 4095]) expect(voi(value) * 4095).toBeCloseTo(value, 9);
  });

  it('LINEAR with width 1 is a step at center - 0.5', () => {
    const voi = windowed({ center: 2048, width: 1, function: 'linear' });
    expect([2046, 2047, 2047.5, 2048, 2049].map(voi)).toEqual([0, 0, 0, 1, 1]);
  });

  it('LINEAR with center 0 and width 100 goes from -50 to 49', () => {
    // ((x + 0.5) / 99 + 0.5)
    const voi = windowed({ center: 0, width: 100, function: 'linear' });
    expect([-51, -50, 49, 50].map(voi)).toEqual([0, 0, 1, 1]);
    expect(voi(-49)).toBeCloseTo(1 / 99, 12);
    expect(voi(0)).toBeCloseTo(0.5 / 99 + 0.5, 12);
  });

  it('LINEAR_EXACT with center 0 and width 100 goes from -50 to 50', () => {
    const voi = windowed({ center: 0, width: 100, function: 'linear-exact' });
    expect([-51, -50, -25, 0, 50, 51].map(voi)).toEqual([0, 0, 0.25, 0.5, 1, 1]);
  });

  it('treats a width below 1, which LINEAR does not allow, like LINEAR_EXACT', () => {
    const voi = windowed({ center: 0.5, width: 0.5, function: 'linear' });
    expect([0.2, 0.25, 0.5, 0.75, 0.8].map(voi)).toEqual([0, 0, 0.5, 1, 1]);
  });

  it('SIGMOID is half at the center, with a slope of 1 / width there', () => {
    const voi = windowed({ center: 40, width: 200, function: 'sigmoid' });
    expect(voi(40)).toBe(0.5);
    expect(voi(140)).toBeCloseTo(1 / (1 + Math.exp(-2)), 12);
    expect((voi(40.001) - voi(39.999)) / 0.002).toBeCloseTo(1 / 200, 6);
  });

  it('a table gives its first entry below its first value, and its last beyond its end', () => {
    const voi = tabulated({ first: -2, entries: Uint16Array.of(10, 20, 1023), bits: 10 });
    expect([-9, -2, -1, 0, 5].map((value) => voi(value) * 1023)).toEqual([10, 10, 20, 1023, 1023]);
  });

  it('no function leaves its range or decreases', () => {
    const functions = [
      spread(-3, 9),
      ...(['linear', 'linear-exact', 'sigmoid'] as const).flatMap((name) =>
        [0.1, 1, 1.5, 2, 77].map((width) => windowed({ center: 1.25, width, function: name })),
      ),
    ];
    for (const voi of functions) {
      let before = 0;
      for (let value = -100; value <= 100; value += 0.25) {
        const shown = voi(value);
        expect(shown).toBeGreaterThanOrEqual(before);
        expect(shown).toBeLessThanOrEqual(1);
        before = shown;
      }
    }
  });
});
