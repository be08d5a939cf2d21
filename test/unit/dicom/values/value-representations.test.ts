import { describe, expect, it } from 'vitest';
import {
  attribute,
  bigEndian,
  bigEndianFile,
  concat,
  EXPLICIT,
  element,
  file,
  IMPLICIT,
  identified,
  implicitFile,
  implicitVR,
  item,
  latin1,
  part10,
  read,
  sequenceEnd,
  UNDEFINED,
  u16,
  u32,
} from '../build';

describe('implicit VR (PS3.5 7.1.3)', () => {
  it('takes VRs from the dictionary, including those of repeating groups', () => {
    const parsed = read(
      implicitFile(
        element(0x00201041, 'DS', '1.5 ', implicitVR),
        element(0x00280103, 'US', u16([1]), implicitVR),
        element(0x00280106, 'US', u16([65535]), implicitVR),
        element(0x00283006, 'OW', u16([1, 2]), implicitVR),
        element(0x60020010, 'US', u16([5]), implicitVR),
        element(0x60023000, 'OW', u16([5]), implicitVR),
      ),
    );
    expect(attribute(parsed, '00201041')).toEqual({ vr: 'DS', Value: [1.5] });
    expect(attribute(parsed, '00280106')).toEqual({ vr: 'SS', Value: [-1] });
    expect(attribute(parsed, '00283006')).toEqual({ vr: 'OW', InlineBinary: 'AQACAA==' });
    expect(attribute(parsed, '60020010')).toEqual({ vr: 'US', Value: [5] });
    expect(attribute(parsed, '60023000')).toEqual({ vr: 'OW', InlineBinary: 'BQA=' });
  });

  it('knows private creators, and no other private or unknown attribute', () => {
    const parsed = read(
      implicitFile(
        element(0x00290010, 'LO', 'ME', implicitVR),
        element(0x00291001, 'US', u16([1]), implicitVR),
        element(0x00302999, 'US', u16([1]), implicitVR),
      ),
    );
    expect(attribute(parsed, '00290010')).toEqual({ vr: 'LO', Value: ['ME'] });
    expect(attribute(parsed, '00291001')).toEqual({ vr: 'UN', InlineBinary: 'AQA=' });
    expect(attribute(parsed, '00302999')).toEqual({ vr: 'UN', InlineBinary: 'AQA=' });
  });

  it('takes a private attribute of undefined length as a sequence', () => {
    const items = concat(item(element(0x00291002, 'UN', u16([1]), implicitVR), { undefined: true }), sequenceEnd());
    const parsed = read(implicitFile(element(0x00291001, 'SQ', items, { ...implicitVR, length: UNDEFINED })));
    expect(attribute(parsed, '00291001')).toEqual({
      vr: 'SQ',
      Value: [{ '00291002': { vr: 'UN', InlineBinary: 'AQA=' } }],
    });
  });

  it('inherits Pixel Representation, and lets an item override it', () => {
    const inner = element(0x00280106, 'US', u16([65535]), implicitVR);
    const own = concat(element(0x00280103, 'US', u16([0]), implicitVR), inner);
    const parsed = read(
      implicitFile(
        element(0x00280103, 'US', u16([1]), implicitVR),
        element(0x00880200, 'SQ', concat(item(inner), item(own)), implicitVR),
      ),
    );
    expect(attribute(parsed, '00880200')).toMatchObject({
      Value: [{ '00280106': { vr: 'SS', Value: [-1] } }, { '00280106': { vr: 'US', Value: [65535] } }],
    });
  });

  it('is recognized where the transfer syntax says explicit, and the reverse', () => {
    const really = read(part10(EXPLICIT, identified([element(0x00201041, 'DS', '1.5 ', implicitVR)], implicitVR)));
    expect(attribute(really, '00201041')).toEqual({ vr: 'DS', Value: [1.5] });
    expect(really.warnings).toEqual([{ tag: '00080016', reason: 'wrong-encoding' }]);
    const other = read(part10(IMPLICIT, identified([element(0x00411001, 'SH', 'x ')])));
    expect(attribute(other, '00411001')).toEqual({ vr: 'SH', Value: ['x'] });
    expect(other.warnings).toEqual([{ tag: '00080016', reason: 'wrong-encoding' }]);
  });

  it('is recognized in items and single elements of an explicit data set', () => {
    const parsed = read(
      file(
        element(0x00201041, 'DS', '1.5 ', implicitVR),
        element(0x00400260, 'SQ', item(element(0x00080100, 'SH', 'code', implicitVR))),
      ),
    );
    expect(attribute(parsed, '00201041')).toEqual({ vr: 'DS', Value: [1.5] });
    expect(attribute(parsed, '00400260')).toEqual({ vr: 'SQ', Value: [{ '00080100': { vr: 'SH', Value: ['code'] } }] });
  });
});

describe('bytes that are not a VR before a 16-bit length', () => {
  /** An explicit element with other bytes in place of its VR. */
  const named = (tag: number, vr: string, value: string, letters: readonly number[]) => {
    const bytes = element(tag, vr, value).slice();
    bytes.set(letters, 4);
    return bytes;
  };
  const LETTERS = [
    ['dashes', [0x2d, 0x2d]],
    ['small letters', [0x73, 0x68]],
    ['nothing', [0, 0]],
    ['one capital', [0x53, 0x68]],
    ['digits', [0x30, 0x31]],
  ] as const;

  it.each(LETTERS)('is read with the VR in the dictionary: %s', (_name, letters) => {
    const comments = named(0x00204000, 'LT', 'seen ', letters);
    const rows = element(0x00280010, 'US', u16([7]));
    for (const parsed of [
      read(file(comments, rows)),
      // Two such elements, and one at the end of the file.
      read(file(named(0x00200010, 'SH', 'one ', letters), comments, rows)),
      read(file(comments)),
    ]) {
      expect(attribute(parsed, '00204000')).toEqual({ vr: 'LT', Value: ['seen'] });
      expect(parsed.warnings).toContainEqual({ tag: '00204000', reason: 'unknown-vr' });
    }
    expect(attribute(read(file(comments, rows)), '00280010')).toEqual({ vr: 'US', Value: [7] });
  });

  it('is read in items, and where it has a long form in small letters', () => {
    const code = named(0x00080100, 'SH', 'code', [0x2d, 0x2d]);
    const parsed = read(
      file(
        element(0x00400260, 'SQ', concat(item(concat(code, element(0x00080104, 'LO', 'name'))), item(code))),
        named(0x0040a160, 'UT', 'text', [0x75, 0x74]),
        element(0x00420010, 'ST', 'more'),
      ),
    );
    expect(attribute(parsed, '00400260')).toEqual({
      vr: 'SQ',
      Value: [
        { '00080100': { vr: 'SH', Value: ['code'] }, '00080104': { vr: 'LO', Value: ['name'] } },
        { '00080100': { vr: 'SH', Value: ['code'] } },
      ],
    });
    expect(attribute(parsed, '0040A160')).toEqual({ vr: 'UT', Value: ['text'] });
    expect(attribute(parsed, '00420010')).toEqual({ vr: 'ST', Value: ['more'] });
  });

  it('is still read as an implicit element when only that fits', () => {
    const long = 'x'.repeat(0x2d2e);
    const parsed = read(file(element(0x00204000, 'LT', long, implicitVR), element(0x00280010, 'US', u16([7]))));
    expect(attribute(parsed, '00204000')).toEqual({ vr: 'LT', Value: [long] });
    expect(attribute(parsed, '00280010')).toEqual({ vr: 'US', Value: [7] });
  });
});

describe('UN and new VRs (PS3.5 6.2.2)', () => {
  it('decodes a standard attribute by the dictionary', () => {
    const parsed = read(file(element(0x00201041, 'UN', '1.5 '), element(0x00280106, 'UN', u16([7]))));
    expect(attribute(parsed, '00201041')).toEqual({ vr: 'DS', Value: [1.5] });
    expect(attribute(parsed, '00280106')).toEqual({ vr: 'US', Value: [7] });
  });

  it('is little-endian in a big-endian data set', () => {
    expect(attribute(read(bigEndianFile(element(0x00280106, 'UN', u16([7]), bigEndian))), '00280106')).toEqual({
      vr: 'US',
      Value: [7],
    });
  });

  const items = concat(item(element(0x00080100, 'SH', 'code', implicitVR)));
  it.each([
    ['defined', element(0x00400260, 'UN', items)],
    ['undefined', element(0x00400260, 'UN', concat(items, sequenceEnd()), { length: UNDEFINED })],
    ['explicit', element(0x00400260, 'UN', item(element(0x00080100, 'SH', 'code')))],
  ])('reads a sequence of %s length', (_, bytes) => {
    const parsed = read(file(bytes));
    expect(attribute(parsed, '00400260')).toEqual({ vr: 'SQ', Value: [{ '00080100': { vr: 'SH', Value: ['code'] } }] });
  });

  it('reads a sequence that is big-endian like the data set around it', () => {
    const parsed = read(
      bigEndianFile(
        element(0x00400260, 'UN', item(element(0x00080100, 'SH', 'code', bigEndian), bigEndian), bigEndian),
      ),
    );
    expect(attribute(parsed, '00400260')).toEqual({ vr: 'SQ', Value: [{ '00080100': { vr: 'SH', Value: ['code'] } }] });
  });

  it('keeps a value that is not a sequence as bulk data, and continues after it', () => {
    const junk = latin1('no sequence at all!!');
    const bytes = file(element(0x00400260, 'UN', junk), element(0x00400280, 'ST', 'next'));
    const parsed = read(bytes);
    expect(attribute(parsed, '00400260')).toMatchObject({ vr: 'UN', BulkDataURI: expect.stringMatching(/00400260$/) });
    const [, offset, length] = parsed.layout.bulk![0]!;
    expect(bytes.subarray(offset, offset + length)).toEqual(junk);
    expect(attribute(parsed, '00400280')).toEqual({ vr: 'ST', Value: ['next'] });
    expect(parsed.warnings).toEqual([{ tag: '00400260', reason: 'unreadable' }]);
  });

  it('takes an unknown VR as UN with a 32-bit length', () => {
    const unknown = concat(u16([0x0041, 0x1001]), latin1('ZZ'), u16([0]), u32([4]), latin1('abcd'));
    const parsed = read(file(unknown, element(0x00411002, 'SH', 'x ')));
    expect(attribute(parsed, '00411001')).toEqual({ vr: 'UN', InlineBinary: 'YWJjZA==' });
    expect(attribute(parsed, '00411002')).toEqual({ vr: 'SH', Value: ['x'] });
  });

  it('takes "??" as UN with a 16-bit length', () => {
    const unknown = concat(u16([0x0041, 0x1001]), latin1('??'), u16([4]), latin1('abcd'));
    expect(attribute(read(file(unknown)), '00411001')).toEqual({ vr: 'UN', InlineBinary: 'YWJjZA==' });
  });
});
