import { describe, expect, it } from 'vitest';
import { attribute, bigEndian, bigEndianFile, concat, element, file, item, read, UIDS, u16, u32 } from './build';

function f64(...numbers: number[]): Uint8Array {
  return new Uint8Array(new Float64Array(numbers).buffer);
}
function f32(...numbers: number[]): Uint8Array {
  return new Uint8Array(new Float32Array(numbers).buffer);
}
function i64(...numbers: bigint[]): Uint8Array {
  return new Uint8Array(new BigInt64Array(numbers).buffer);
}

describe('values (PS3.5 6.2, PS3.18 F.2.3)', () => {
  it.each<[string, string | Uint8Array, unknown]>([
    ['AE', ' STORE ', ['STORE']],
    ['AS', '012Y', ['012Y']],
    ['CS', 'A \\B', ['A', 'B']],
    ['DA', '20260102', ['20260102']],
    ['DT', '20260102030405.1+0100', ['20260102030405.1+0100']],
    ['TM', '0304 ', ['0304']],
    ['LO', ' lead and trail ', [' lead and trail']],
    ['LO', 'a\\\\b', ['a', null, 'b']],
    ['LO', '\\', [null, null]],
    ['SH', 'x\0', ['x']],
    ['UC', 'one\\two', ['one', 'two']],
    ['LT', 'a\\b ', ['a\\b']],
    ['ST', 'a\\b', ['a\\b']],
    ['UT', ' a\\b\r\n', [' a\\b\r\n']],
    ['UR', 'http://x/?a\\b', ['http://x/?a\\b']],
    ['UI', '1.2\\1.3', ['1.2', '1.3']],
    ['DS', '1.50\\-.5\\ +2e3\\', [1.5, -0.5, 2000, null]],
    ['IS', '007', [7]],
    [
      'PN',
      'Doe^John=Ideo=Phon\\Roe',
      [{ Alphabetic: 'Doe^John', Ideographic: 'Ideo', Phonetic: 'Phon' }, { Alphabetic: 'Roe' }],
    ],
    ['PN', '=Ideo', [{ Ideographic: 'Ideo' }]],
    ['PN', 'Doe\\\\Roe', [{ Alphabetic: 'Doe' }, null, { Alphabetic: 'Roe' }]],
    ['US', u16([1, 65535]), [1, 65535]],
    ['SS', u16([1, 65535]), [1, -1]],
    ['UL', u32([4294967295]), [4294967295]],
    ['SL', u32([4294967295]), [-1]],
    ['FL', f32(0.5, -0.25), [0.5, -0.25]],
    ['FD', f64(1e300, -0), [1e300, -0]],
    ['AT', u16([0x0028, 0x0010, 0x7fe0, 0x0010]), ['00280010', '7FE00010']],
    ['SV', i64(-5n, 9007199254740991n, -9007199254740993n), [-5, 9007199254740991, '-9007199254740993']],
    ['UV', i64(5n, -1n), [5, '18446744073709551615']],
  ])('%s %j', (vr, value, expected) => {
    const parsed = read(file(element(0x00411001, vr, value)));
    expect(attribute(parsed, '00411001')).toEqual({ vr, Value: expected });
    expect(parsed.warnings).toEqual([]);
  });

  it.each(['AE', 'LO', 'UT', 'PN', 'DS', 'US', 'FD', 'AT', 'OB', 'OW', 'UN', 'SQ', 'SV'])(
    'empty %s has no Value',
    (vr) => {
      expect(attribute(read(file(element(0x00411001, vr, ''))), '00411001')).toEqual({ vr });
    },
  );

  it('blank text is empty', () => {
    expect(attribute(read(file(element(0x00411001, 'LO', '    '))), '00411001')).toEqual({ vr: 'LO' });
  });

  it.each(['1A', '0x10', 'NaN', '1e999', '1,5', '--1', 'Infinity'])('DS %j stays text, with a warning', (text) => {
    const parsed = read(file(element(0x00411001, 'DS', text)));
    expect(attribute(parsed, '00411001')).toEqual({ vr: 'DS', Value: [text] });
    expect(parsed.warnings).toEqual([{ tag: '00411001', reason: 'invalid-value' }]);
  });

  it.each<[string, Uint8Array, unknown]>([
    ['FL', f32(0.5, Number.NaN, Number.POSITIVE_INFINITY), [0.5, 'NaN', 'Infinity']],
    ['FD', f64(1e300, Number.NEGATIVE_INFINITY), [1e300, '-Infinity']],
  ])('%s gives values that are not finite by name, with a warning', (vr, value, expected) => {
    const parsed = read(file(element(0x00411001, vr, value)));
    expect(attribute(parsed, '00411001')).toEqual({ vr, Value: expected });
    expect(parsed.warnings).toEqual([{ tag: '00411001', reason: 'not-finite' }]);
  });

  it('keeps the complete values when the length is not a multiple of their size', () => {
    const parsed = read(file(element(0x00411001, 'US', Uint8Array.of(1, 0, 2))));
    expect(attribute(parsed, '00411001')).toEqual({ vr: 'US', Value: [1] });
    expect(parsed.warnings).toEqual([{ tag: '00411001', reason: 'invalid-value' }]);
  });

  it('escapes control characters', () => {
    const parsed = read(file(element(0x00411001, 'LT', 'a\u0001"\\\tb')));
    expect(parsed.json).not.toContain('\u0001');
    expect(attribute(parsed, '00411001')).toEqual({ vr: 'LT', Value: ['a\u0001"\\\tb'] });
  });
});

describe('binary values (PS3.18 F.2.7)', () => {
  it.each<[string, number]>([
    ['OB', 1],
    ['UN', 1],
    ['OW', 2],
    ['OF', 4],
    ['OL', 4],
    ['OD', 8],
    ['OV', 8],
  ])('%s is inline', (vr, word) => {
    const bytes = Uint8Array.from({ length: 16 }, (_, index) => index);
    const expected = { vr, InlineBinary: Buffer.from(bytes).toString('base64') };
    expect(attribute(read(file(element(0x00411001, vr, bytes))), '00411001')).toEqual(expected);
    // Big-endian: the bytes of each word are reversed.
    const stored = Uint8Array.from(bytes, (_, index) => index - (index % word) + (word - 1 - (index % word)));
    expect(attribute(read(bigEndianFile(element(0x00411001, vr, stored, bigEndian))), '00411001')).toEqual(expected);
  });

  it('becomes BulkDataURI when it is long, wherever it is', () => {
    const value = Uint8Array.from({ length: 10 }, (_, index) => index);
    const inner = concat(element(0x00411001, 'OW', value, bigEndian));
    const second = item(concat(element(0x00411000, 'LO', 'x ', bigEndian), inner), bigEndian);
    const bytes = bigEndianFile(
      element(0x00400260, 'SQ', concat(item(new Uint8Array(0), bigEndian), second), bigEndian),
      element(0x00420011, 'OB', value, bigEndian),
    );
    const parsed = read(bytes, { maxInlineBytes: 9 });
    const base = `bulk:/studies/${UIDS.study}/series/${UIDS.series}/instances/${UIDS.sop}/bulkdata`;
    expect(attribute(parsed, '00420011')).toEqual({ vr: 'OB', BulkDataURI: `${base}/00420011` });
    expect(attribute(parsed, '00400260')).toEqual({
      vr: 'SQ',
      Value: [
        {},
        {
          '00411000': { vr: 'LO', Value: ['x'] },
          '00411001': { vr: 'OW', BulkDataURI: `${base}/00400260/1/00411001` },
        },
      ],
    });
    expect(parsed.layout.bulk!.map(([path, , length, word]) => [path, length, word])).toEqual([
      ['00400260/1/00411001', 10, 2],
      ['00420011', 10, 1],
    ]);
    for (const [, offset, length] of parsed.layout.bulk!)
      expect(bytes.subarray(offset, offset + length)).toEqual(value);
    expect(parsed.json.split('\u0001')).toHaveLength(3);
  });

  it('any other value becomes BulkDataURI beyond its own limit', () => {
    const parsed = read(
      file(element(0x00411001, 'UT', 'x'.repeat(40)), element(0x00411002, 'FL', new Uint8Array(40))),
      { maxValueBytes: 39 },
    );
    expect(attribute(parsed, '00411001')).toMatchObject({
      vr: 'UT',
      BulkDataURI: expect.stringMatching(/\/bulkdata\/00411001$/),
    });
    expect(attribute(parsed, '00411002')).toMatchObject({ vr: 'FL', BulkDataURI: expect.any(String) });
  });
});
