import { describe, expect, it } from 'vitest';
import { DicomError } from '../../../src/dicom/errors';
import { InstanceReader } from '../../../src/dicom/instance/instance-reader';
import { attribute, concat, element, encapsulated, file, image, item, jpegFile, latin1, read, u16, u32 } from './build';

describe('truncated files', () => {
  const whole = file(
    element(0x00200010, 'SH', 'ID'),
    ...image(),
    element(0x00400260, 'SQ', item(element(0x00080100, 'SH', 'x'))),
    element(0x7fe00010, 'OB', new Uint8Array(8)),
  );
  const parsed = read(whole);
  const pixels = parsed.layout.pixels as { offset: number };

  it('refuses a file that ends before it is identified, and keeps a file that ends later with a warning', () => {
    const found = { refused: 0, warned: 0, whole: 0 };
    for (let length = 0; length < pixels.offset; length++) {
      try {
        const { warnings, json } = read(whole.subarray(0, length));
        JSON.parse(json);
        expect(read(whole).json.startsWith(json.slice(0, 100))).toBe(true);
        // A file may end between elements.
        if (warnings.some(({ reason }) => reason === 'truncated')) found.warned++;
        else found.whole++;
      } catch (error) {
        expect(error).toBeInstanceOf(DicomError);
        expect(found.warned).toBe(0);
        found.refused++;
      }
    }
    expect(found.refused).toBeGreaterThan(132);
    expect(found.warned).toBeGreaterThan(50);
    expect(found.whole).toBeLessThan(15);
  });

  it('keeps the elements of the last open items, and the part of the last value that is present', () => {
    const inner = item(concat(element(0x300a00b8, 'CS', 'X'), element(0x300a011c, 'DS', '12.5\\34.25 ')));
    const bytes = file(element(0x300a00b0, 'SQ', inner));
    const { elements, warnings } = read(bytes.subarray(0, bytes.length - 4));
    expect(JSON.parse(elements.get('300A00B0') ?? '')).toEqual({
      vr: 'SQ',
      Value: [{ '300A00B8': { vr: 'CS', Value: ['X'] }, '300A011C': { vr: 'DS', Value: [12.5, 34] } }],
    });
    expect(warnings).toEqual([{ tag: '300A011C', reason: 'truncated' }]);
  });

  it('does not take a part of a UID for the UID', () => {
    const [study, series] = ['0020000D', '0020000E'].map((tag) => JSON.parse(parsed.elements.get(tag)!).Value[0]);
    const at = Buffer.from(whole).lastIndexOf(series) + series.length;
    for (const missing of [1, 2, series.length - 1]) {
      const refused = new InstanceReader();
      refused.push(whole.subarray(0, at - missing));
      expect(() => refused.end()).toThrow(expect.objectContaining({ code: 'truncated', tag: '0020000E' }));
      expect(refused.identity).toMatchObject({ studyInstanceUID: study });
      expect(refused.identity.seriesInstanceUID).toBeUndefined();
    }
  });

  it.each(['UI', 'UN', 'LO'])('does not keep a part of a UID that refers to another object (as %s)', (vr) => {
    const bytes = file(element(0x00200052, vr, '1.2.3.40'), element(0x00204000, 'LT', 'comments'));
    const at = Buffer.from(bytes).indexOf('1.2.3.40') + 7;
    const { elements, warnings } = read(bytes.subarray(0, at));
    expect(elements.has('00200052')).toBe(false);
    expect(warnings).toEqual([{ tag: '00200052', reason: 'truncated' }]);
  });

  it('stores a file that ends inside its pixel data, with a warning', () => {
    const cut = read(whole.subarray(0, whole.length - 3));
    expect(cut.layout.pixels).toEqual({
      kind: 'native',
      offset: pixels.offset,
      length: 5,
      frames: 1,
      bitsPerFrame: 64,
      word: 1,
    });
    expect(cut.layout.bulk).toEqual([['7FE00010', pixels.offset, 5, 1]]);
    expect(cut.warnings).toEqual([{ tag: '7FE00010', reason: 'short-pixel-data' }]);
  });

  it('stores truncated encapsulated pixel data with the part of the last fragment that is present', () => {
    const bytes = jpegFile(...image(), encapsulated([], [latin1('abcd'), latin1('efghij')]));
    const complete = read(bytes).layout.pixels as { only: { offset: number } };
    const cut = read(bytes.subarray(0, bytes.length - 8 - 2));
    expect(cut.layout.pixels).toEqual({
      kind: 'encapsulated',
      frames: 1,
      only: { offset: complete.only.offset, span: 4 + 8 + 4, length: 8 },
    });
    expect(cut.warnings).toEqual([{ tag: '7FE00010', reason: 'short-pixel-data' }]);
  });

  it('keeps the part of a truncated icon that is present', () => {
    const icon = item(element(0x7fe00010, 'OW', new Uint8Array(5000)));
    const bytes = file(element(0x00880200, 'SQ', icon));
    const [[path, offset, length] = []] = read(bytes).layout.bulk ?? [];
    const cut = read(bytes.subarray(0, bytes.length - 4));
    expect(cut.layout.bulk).toEqual([[path, offset, (length ?? 0) - 4, 1]]);
    expect(cut.warnings).toEqual([{ tag: '7FE00010', reason: 'truncated' }]);
  });
});

describe('bytes after the data set', () => {
  const end = [...image(), element(0x7fe00010, 'OB', new Uint8Array(8))];

  it.each([
    ['zeros', new Uint8Array(50)],
    ['three zeros', new Uint8Array(3)],
    ['text', latin1('some trailing text')],
    ['a few bytes', latin1('abc')],
  ])('ignores %s with a warning', (_, rest) => {
    const parsed = read(concat(file(...end), rest));
    expect(parsed.warnings).toEqual([{ tag: '7FE00010', reason: 'trailing-data' }]);
    expect(parsed.elements.size).toBe(read(file(...end)).elements.size);
  });

  it('leaves out trailing padding (PS3.10 7.2) and group lengths', () => {
    const parsed = read(
      file(element(0x00280000, 'UL', u32([1])), ...end, element(0xfffcfffc, 'OB', new Uint8Array(6))),
    );
    expect(parsed.warnings).toEqual([]);
    expect(parsed.elements.has('FFFCFFFC')).toBe(false);
    expect(parsed.elements.has('00280000')).toBe(false);
  });

  it('reads elements that belong to the data set', () => {
    const signature = element(0xfffafffa, 'SQ', item(element(0x04000005, 'US', u16([1]))));
    const parsed = read(file(...end, signature));
    expect(attribute(parsed, 'FFFAFFFA')).toEqual({ vr: 'SQ', Value: [{ '04000005': { vr: 'US', Value: [1] } }] });
    expect(parsed.warnings).toEqual([]);
  });
});
