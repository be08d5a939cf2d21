import { describe, expect, it } from 'vitest';
import { DicomError } from '../../../src/dicom/errors';
import { InstanceReader } from '../../../src/dicom/instance-reader';
import {
  attribute,
  BIG_ENDIAN,
  concat,
  DEFLATED,
  EXPLICIT,
  element,
  encapsulated,
  file,
  IMPLICIT,
  identified,
  image,
  item,
  JPEG,
  latin1,
  meta,
  part10,
  read,
  sequenceEnd,
  UIDS,
  UNDEFINED,
  u16,
  u32,
} from './build';

function failure(action: () => unknown): { code: string; tag: string | undefined } {
  try {
    action();
  } catch (error) {
    if (error instanceof DicomError) return { code: error.code, tag: error.tag };
    throw error;
  }
  throw new Error('expected a DicomError');
}

describe('Part 10 (PS3.10 7.1)', () => {
  it('yields identity, transfer syntax and metadata', () => {
    const parsed = read(file(element(0x00200013, 'IS', '7')));
    expect(parsed).toMatchObject({
      transferSyntaxUID: EXPLICIT,
      sopClassUID: UIDS.sopClass,
      sopInstanceUID: UIDS.sop,
      studyInstanceUID: UIDS.study,
      seriesInstanceUID: UIDS.series,
      warnings: [],
      layout: { object: 'dcm' },
    });
    expect(JSON.parse(parsed.json)).toEqual({
      '00080016': { vr: 'UI', Value: [UIDS.sopClass] },
      '00080018': { vr: 'UI', Value: [UIDS.sop] },
      '00083002': { vr: 'UI', Value: [EXPLICIT] },
      '0020000D': { vr: 'UI', Value: [UIDS.study] },
      '0020000E': { vr: 'UI', Value: [UIDS.series] },
      '00200013': { vr: 'IS', Value: [7] },
    });
    expect(parsed.elements.has('00083002')).toBe(false);
  });

  it('refuses what has no prefix', () => {
    expect(failure(() => read(new Uint8Array(200))).code).toBe('not-part10');
    expect(failure(() => read(new Uint8Array(0))).code).toBe('not-part10');
    expect(failure(() => read(latin1('DICM'))).code).toBe('not-part10');
    expect(failure(() => new InstanceReader().push(new Uint8Array(132))).code).toBe('not-part10');
  });

  it('needs a transfer syntax', () => {
    const bytes = concat(new Uint8Array(128), latin1('DICM'), element(0x00020002, 'UI', '1.2'), identified([]));
    expect(failure(() => read(bytes))).toEqual({ code: 'malformed', tag: '00020010' });
  });

  it('does not trust the group length', () => {
    const group = concat(element(0x00020000, 'UL', u32([4])), element(0x00020010, 'UI', EXPLICIT));
    expect(read(concat(new Uint8Array(128), latin1('DICM'), group, identified([]))).sopInstanceUID).toBe(UIDS.sop);
  });

  it('names the missing identifier', () => {
    const bytes = part10(EXPLICIT, concat(element(0x00080016, 'UI', '1.2'), element(0x00080018, 'UI', '1.3')));
    expect(failure(() => read(bytes))).toEqual({ code: 'missing-identity', tag: '0020000D' });
    expect(failure(() => read(part10(EXPLICIT, new Uint8Array(0))))).toEqual({
      code: 'missing-identity',
      tag: '00080016',
    });
  });

  it('takes SOP class and instance from the file meta information when the data set lacks them', () => {
    const group = meta(EXPLICIT, [element(0x00020002, 'UI', '1.2.9'), element(0x00020003, 'UI', '1.2.10')]);
    const dataSet = concat(element(0x0020000d, 'UI', '1.4'), element(0x0020000e, 'UI', '1.5'));
    const parsed = read(concat(new Uint8Array(128), latin1('DICM'), group, dataSet));
    expect(parsed.sopClassUID).toBe('1.2.9');
    expect(parsed.sopInstanceUID).toBe('1.2.10');
    expect([...parsed.elements.keys()]).toEqual(['00080016', '00080018', '0020000D', '0020000E']);
    expect(parsed.warnings.map((warning) => warning.reason)).toEqual(['identity-from-meta', 'identity-from-meta']);
  });

  it.each(['../1', '..', '1/2', 'ä', '1 2', '1'.repeat(65), '1.2\\1.3'])('refuses the UID %j', (uid) => {
    const bytes = part10(EXPLICIT, element(0x0020000d, 'UI', uid));
    expect(failure(() => read(bytes))).toEqual({ code: 'malformed', tag: '0020000D' });
  });

  it('lets a UID that is none but usable through, with a warning', () => {
    const bytes = part10(
      EXPLICIT,
      concat(
        element(0x00080016, 'UI', '1.2'),
        element(0x00080018, 'UI', '1.02'),
        element(0x0020000d, 'UI', 'study-1'),
        element(0x0020000e, 'UI', '1.5'),
      ),
    );
    const parsed = read(bytes);
    expect(parsed.studyInstanceUID).toBe('study-1');
    expect(parsed.warnings).toEqual([
      { tag: '00080018', reason: 'invalid-uid' },
      { tag: '0020000D', reason: 'invalid-uid' },
    ]);
  });

  it('tells identity as it comes', () => {
    const reader = new InstanceReader();
    const bytes = file(element(0x00200013, 'IS', '7'));
    reader.push(bytes.subarray(0, bytes.length - 40));
    expect(reader.identity).toMatchObject({ sopInstanceUID: UIDS.sop });
    expect(reader.identity.seriesInstanceUID).toBeUndefined();
    reader.push(bytes.subarray(bytes.length - 40));
    expect(reader.identity).toEqual({
      studyInstanceUID: UIDS.study,
      seriesInstanceUID: UIDS.series,
      sopInstanceUID: UIDS.sop,
      sopClassUID: UIDS.sopClass,
    });
  });

  it('refuses transfer syntaxes that encode no data set', () => {
    expect(failure(() => read(part10('1.2.840.10008.1.2.6.1', identified([]))))).toEqual({
      code: 'unsupported-transfer-syntax',
      tag: '00020010',
    });
  });

  it('reads an unknown transfer syntax as explicit little endian', () => {
    const parsed = read(part10('1.2.826.99', identified([...image(), encapsulated([], [Uint8Array.of(1, 2)])])));
    expect(parsed.transferSyntaxUID).toBe('1.2.826.99');
    expect(parsed.layout.pixels).toMatchObject({ kind: 'encapsulated', frames: 1 });
  });

  it('keeps failing once it has failed', () => {
    const reader = new InstanceReader();
    expect(failure(() => reader.push(new Uint8Array(200))).code).toBe('not-part10');
    expect(failure(() => reader.push(file())).code).toBe('not-part10');
    expect(failure(() => reader.end()).code).toBe('not-part10');
  });
});

describe('chunks', () => {
  const nested = item(concat(element(0x00080100, 'SH', 'code'), element(0x00080104, 'LO', 'meaning')));
  const files: Record<string, Uint8Array> = {
    explicit: file(
      element(0x00200010, 'SH', 'ID'),
      element(0x00400260, 'SQ', concat(nested, nested)),
      element(0x00420011, 'OB', new Uint8Array(5000)),
      ...image(),
      element(0x7fe00010, 'OW', new Uint8Array(8)),
    ),
    implicit: part10(
      IMPLICIT,
      identified([element(0x00280103, 'US', u16([1]), { implicit: true })], { implicit: true }),
    ),
    'big-endian': part10(BIG_ENDIAN, identified([element(0x00200010, 'SH', 'ID', { big: true })], { big: true })),
    encapsulated: part10(
      JPEG,
      identified([...image({ frames: '2' }), encapsulated([0, 14], [latin1('abcdef'), latin1('ghij')])]),
    ),
    undefined: file(
      element(0x00400260, 'SQ', concat(item(element(0x00080100, 'SH', 'x'), { undefined: true }), sequenceEnd()), {
        length: UNDEFINED,
      }),
    ),
  };

  it.each(Object.keys(files))('%s: any size gives the same', (name) => {
    const bytes = files[name]!;
    const whole = read(bytes);
    for (let size = 1; size < Math.min(bytes.length, 300); size++) expect(read(bytes, {}, size)).toEqual(whole);
  });

  it('keeps no view of what it was given', () => {
    const bytes = files.explicit!;
    const reader = new InstanceReader();
    for (let at = 0; at < bytes.length; at += 7) {
      const chunk = bytes.slice(at, at + 7);
      reader.push(chunk);
      chunk.fill(0xff);
    }
    expect(reader.end()).toEqual(read(bytes));
  });
});

describe('cut files', () => {
  const whole = file(
    element(0x00200010, 'SH', 'ID'),
    element(0x00400260, 'SQ', item(element(0x00080100, 'SH', 'x'))),
    ...image(),
    element(0x7fe00010, 'OB', new Uint8Array(8)),
  );
  const parsed = read(whole);
  const pixels = parsed.layout.pixels as { offset: number };

  it('refuses a file that ends before it is identified, and keeps with a warning what one has that ends later', () => {
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

  it('keeps the elements of the items that a file ends in, and as much of the last value as there is', () => {
    const inner = item(concat(element(0x300a00b8, 'CS', 'X'), element(0x300a011c, 'DS', '12.5\\34.25 ')));
    const bytes = file(element(0x300a00b0, 'SQ', inner));
    const { elements, warnings } = read(bytes.subarray(0, bytes.length - 4));
    expect(JSON.parse(elements.get('300A00B0') ?? '')).toEqual({
      vr: 'SQ',
      Value: [{ '300A00B8': { vr: 'CS', Value: ['X'] }, '300A011C': { vr: 'DS', Value: [12.5, 34] } }],
    });
    expect(warnings).toEqual([{ tag: '300A011C', reason: 'truncated' }]);
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

  it('stores encapsulated pixel data that is cut, with what is there of the last fragment', () => {
    const bytes = part10(JPEG, identified([...image(), encapsulated([], [latin1('abcd'), latin1('efghij')])]));
    const complete = read(bytes).layout.pixels as { only: { offset: number } };
    const cut = read(bytes.subarray(0, bytes.length - 8 - 2));
    expect(cut.layout.pixels).toEqual({
      kind: 'encapsulated',
      frames: 1,
      only: { offset: complete.only.offset, span: 4 + 8 + 4, length: 8 },
    });
    expect(cut.warnings).toEqual([{ tag: '7FE00010', reason: 'short-pixel-data' }]);
  });

  it('keeps what is there of an icon that is cut', () => {
    const icon = item(element(0x7fe00010, 'OW', new Uint8Array(5000)));
    const bytes = file(element(0x00880200, 'SQ', icon));
    const [[path, offset, length] = []] = read(bytes).layout.bulk ?? [];
    const cut = read(bytes.subarray(0, bytes.length - 4));
    expect(cut.layout.bulk).toEqual([[path, offset, (length ?? 0) - 4, 1]]);
    expect(cut.warnings).toEqual([{ tag: '7FE00010', reason: 'truncated' }]);
  });
});

describe('limits', () => {
  it('refuses nesting beyond its depth, in either length form, without recursion', () => {
    const open = concat(
      element(0x00400260, 'SQ', new Uint8Array(0), { length: UNDEFINED }),
      u16([0xfffe, 0xe000]),
      u32([UNDEFINED]),
    );
    const bomb = new Uint8Array(open.length * 10_000);
    for (let at = 0; at < bomb.length; at += open.length) bomb.set(open, at);
    expect(failure(() => read(file(bomb))).code).toBe('too-large');
    expect(read(file(bomb), { maxDepth: 1_000_000 }).warnings.at(-1)).toEqual({ tag: '00400260', reason: 'truncated' });
  });

  it('refuses metadata beyond its length', () => {
    expect(
      failure(() => read(file(element(0x00200010, 'SH', 'x'.repeat(500))), { maxMetadataCharacters: 400 })).code,
    ).toBe('too-large');
    const items = new Uint8Array(8 * 4000);
    for (let at = 0; at < items.length; at += 8) items.set(item(new Uint8Array(0)), at);
    expect(failure(() => read(file(element(0x00400260, 'SQ', items)), { maxMetadataCharacters: 10_000 })).code).toBe(
      'too-large',
    );
  });

  it('refuses more bulk data than the index can keep', () => {
    const many = Array.from({ length: 10 }, (_, index) => element(0x00410010 + index, 'OB', new Uint8Array(10)));
    expect(failure(() => read(file(...many), { maxInlineBytes: 4, maxLayoutCharacters: 200 })).code).toBe('too-large');
  });

  it('refuses more fragments than allowed', () => {
    const fragments = Array.from({ length: 20 }, () => Uint8Array.of(1, 2));
    const bytes = part10(JPEG, identified([...image(), encapsulated([], fragments)]));
    expect(failure(() => read(bytes, { maxFragments: 10 })).code).toBe('too-large');
  });

  it('never says a value in a message', () => {
    const bytes = part10(EXPLICIT, element(0x0020000d, 'UI', 'Secret/Name'));
    expect(() => read(bytes)).toThrow(expect.not.objectContaining({ message: expect.stringContaining('Secret') }));
  });
});

describe('what follows the data set', () => {
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

  it('reads what belongs to the data set', () => {
    const signature = element(0xfffafffa, 'SQ', item(element(0x04000005, 'US', u16([1]))));
    const parsed = read(file(...end, signature));
    expect(attribute(parsed, 'FFFAFFFA')).toEqual({ vr: 'SQ', Value: [{ '04000005': { vr: 'US', Value: [1] } }] });
    expect(parsed.warnings).toEqual([]);
  });
});

describe('deflated (PS3.5 A.5)', () => {
  it('is known once the file meta information is read', () => {
    const reader = new InstanceReader();
    expect(reader.deflated).toBe(false);
    reader.push(part10(DEFLATED, Uint8Array.of(3, 0)));
    expect(reader.deflated).toBe(true);
  });
});
