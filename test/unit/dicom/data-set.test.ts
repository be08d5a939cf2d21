import { describe, expect, it } from 'vitest';
import {
  attribute,
  BIG_ENDIAN,
  concat,
  EXPLICIT,
  element,
  file,
  IMPLICIT,
  identified,
  item,
  latin1,
  part10,
  read,
  sequenceEnd,
  UIDS,
  UNDEFINED,
  u16,
  u32,
} from './build';

const implicit = (...rest: Uint8Array[]): Uint8Array => part10(IMPLICIT, identified(rest, { implicit: true }));
const big = (...rest: Uint8Array[]): Uint8Array => part10(BIG_ENDIAN, identified(rest, { big: true }));
const I = { implicit: true };
const B = { big: true };

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
    ['FL', f32(0.5, Number.NaN, Number.POSITIVE_INFINITY), [0.5, 'NaN', 'Infinity']],
    ['FD', f64(1e300, Number.NEGATIVE_INFINITY), [1e300, '-Infinity']],
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

  it('a length that is no multiple of the size keeps the whole values', () => {
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
    // Big-endian: each word the other way round.
    const stored = Uint8Array.from(bytes, (_, index) => index - (index % word) + (word - 1 - (index % word)));
    expect(attribute(read(big(element(0x00411001, vr, stored, B))), '00411001')).toEqual(expected);
  });

  it('becomes BulkDataURI when it is long, wherever it is', () => {
    const value = Uint8Array.from({ length: 10 }, (_, index) => index);
    const inner = concat(element(0x00411001, 'OW', value, B));
    const second = item(concat(element(0x00411000, 'LO', 'x ', B), inner), B);
    const bytes = big(
      element(0x00400260, 'SQ', concat(item(new Uint8Array(0), B), second), B),
      element(0x00420011, 'OB', value, B),
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

  it('any other value does so beyond its own limit', () => {
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

describe('implicit VR (PS3.5 7.1.3)', () => {
  it('takes VRs from the dictionary, repeating groups included', () => {
    const parsed = read(
      implicit(
        element(0x00201041, 'DS', '1.5 ', I),
        element(0x00280103, 'US', u16([1]), I),
        element(0x00280106, 'US', u16([65535]), I),
        element(0x00283006, 'OW', u16([1, 2]), I),
        element(0x60020010, 'US', u16([5]), I),
        element(0x60023000, 'OW', u16([5]), I),
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
      implicit(
        element(0x00290010, 'LO', 'ME', I),
        element(0x00291001, 'US', u16([1]), I),
        element(0x00302999, 'US', u16([1]), I),
      ),
    );
    expect(attribute(parsed, '00290010')).toEqual({ vr: 'LO', Value: ['ME'] });
    expect(attribute(parsed, '00291001')).toEqual({ vr: 'UN', InlineBinary: 'AQA=' });
    expect(attribute(parsed, '00302999')).toEqual({ vr: 'UN', InlineBinary: 'AQA=' });
  });

  it('takes a private attribute of undefined length for a sequence', () => {
    const items = concat(item(element(0x00291002, 'UN', u16([1]), I), { undefined: true }), sequenceEnd());
    const parsed = read(implicit(element(0x00291001, 'SQ', items, { ...I, length: UNDEFINED })));
    expect(attribute(parsed, '00291001')).toEqual({
      vr: 'SQ',
      Value: [{ '00291002': { vr: 'UN', InlineBinary: 'AQA=' } }],
    });
  });

  it('inherits Pixel Representation, and lets an item override it', () => {
    const inner = element(0x00280106, 'US', u16([65535]), I);
    const own = concat(element(0x00280103, 'US', u16([0]), I), inner);
    const parsed = read(
      implicit(element(0x00280103, 'US', u16([1]), I), element(0x00880200, 'SQ', concat(item(inner), item(own)), I)),
    );
    expect(attribute(parsed, '00880200')).toMatchObject({
      Value: [{ '00280106': { vr: 'SS', Value: [-1] } }, { '00280106': { vr: 'US', Value: [65535] } }],
    });
  });

  it('is recognized where the transfer syntax says explicit, and the other way round', () => {
    const really = read(part10(EXPLICIT, identified([element(0x00201041, 'DS', '1.5 ', I)], I)));
    expect(attribute(really, '00201041')).toEqual({ vr: 'DS', Value: [1.5] });
    expect(really.warnings).toEqual([{ tag: '00080016', reason: 'wrong-encoding' }]);
    const other = read(part10(IMPLICIT, identified([element(0x00411001, 'SH', 'x ')])));
    expect(attribute(other, '00411001')).toEqual({ vr: 'SH', Value: ['x'] });
    expect(other.warnings).toEqual([{ tag: '00080016', reason: 'wrong-encoding' }]);
  });

  it('is recognized in items and single elements of an explicit data set', () => {
    const parsed = read(
      file(element(0x00201041, 'DS', '1.5 ', I), element(0x00400260, 'SQ', item(element(0x00080100, 'SH', 'code', I)))),
    );
    expect(attribute(parsed, '00201041')).toEqual({ vr: 'DS', Value: [1.5] });
    expect(attribute(parsed, '00400260')).toEqual({ vr: 'SQ', Value: [{ '00080100': { vr: 'SH', Value: ['code'] } }] });
  });
});

describe('UN and new VRs (PS3.5 6.2.2)', () => {
  it('decodes a standard attribute by the dictionary', () => {
    const parsed = read(file(element(0x00201041, 'UN', '1.5 '), element(0x00280106, 'UN', u16([7]))));
    expect(attribute(parsed, '00201041')).toEqual({ vr: 'DS', Value: [1.5] });
    expect(attribute(parsed, '00280106')).toEqual({ vr: 'US', Value: [7] });
  });

  it('is little-endian in a big-endian data set', () => {
    expect(attribute(read(big(element(0x00280106, 'UN', u16([7]), B))), '00280106')).toEqual({ vr: 'US', Value: [7] });
  });

  const items = concat(item(element(0x00080100, 'SH', 'code', I)));
  it.each([
    ['defined', element(0x00400260, 'UN', items)],
    ['undefined', element(0x00400260, 'UN', concat(items, sequenceEnd()), { length: UNDEFINED })],
    ['explicit', element(0x00400260, 'UN', item(element(0x00080100, 'SH', 'code')))],
  ])('reads a sequence of %s length', (_, bytes) => {
    const parsed = read(file(bytes));
    expect(attribute(parsed, '00400260')).toEqual({ vr: 'SQ', Value: [{ '00080100': { vr: 'SH', Value: ['code'] } }] });
  });

  it('reads one that is big-endian like what surrounds it', () => {
    const parsed = read(big(element(0x00400260, 'UN', item(element(0x00080100, 'SH', 'code', B), B), B)));
    expect(attribute(parsed, '00400260')).toEqual({ vr: 'SQ', Value: [{ '00080100': { vr: 'SH', Value: ['code'] } }] });
  });

  it('keeps what is no sequence as bulk data, and goes on after it', () => {
    const junk = latin1('no sequence at all!!');
    const bytes = file(element(0x00400260, 'UN', junk), element(0x00400280, 'ST', 'next'));
    const parsed = read(bytes);
    expect(attribute(parsed, '00400260')).toMatchObject({ vr: 'UN', BulkDataURI: expect.stringMatching(/00400260$/) });
    const [, offset, length] = parsed.layout.bulk![0]!;
    expect(bytes.subarray(offset, offset + length)).toEqual(junk);
    expect(attribute(parsed, '00400280')).toEqual({ vr: 'ST', Value: ['next'] });
    expect(parsed.warnings).toEqual([{ tag: '00400260', reason: 'unreadable' }]);
  });

  it('takes a VR it does not know for UN with a 32-bit length', () => {
    const unknown = concat(u16([0x0041, 0x1001]), latin1('ZZ'), u16([0]), u32([4]), latin1('abcd'));
    const parsed = read(file(unknown, element(0x00411002, 'SH', 'x ')));
    expect(attribute(parsed, '00411001')).toEqual({ vr: 'UN', InlineBinary: 'YWJjZA==' });
    expect(attribute(parsed, '00411002')).toEqual({ vr: 'SH', Value: ['x'] });
  });

  it('takes "??" for UN with a 16-bit length', () => {
    const unknown = concat(u16([0x0041, 0x1001]), latin1('??'), u16([4]), latin1('abcd'));
    expect(attribute(read(file(unknown)), '00411001')).toEqual({ vr: 'UN', InlineBinary: 'YWJjZA==' });
  });
});

describe('sequences (PS3.5 7.5)', () => {
  const content = element(0x00080100, 'SH', 'code');
  const one = { vr: 'SQ', Value: [{ '00080100': { vr: 'SH', Value: ['code'] } }] };

  it.each([
    ['defined in defined', element(0x00400260, 'SQ', item(content))],
    ['undefined in defined', element(0x00400260, 'SQ', item(content, { undefined: true }))],
    ['defined in undefined', element(0x00400260, 'SQ', concat(item(content), sequenceEnd()), { length: UNDEFINED })],
    [
      'undefined in undefined',
      element(0x00400260, 'SQ', concat(item(content, { undefined: true }), sequenceEnd()), { length: UNDEFINED }),
    ],
  ])('%s', (_, bytes) => {
    const parsed = read(file(bytes, element(0x00400280, 'ST', 'next')));
    expect(attribute(parsed, '00400260')).toEqual(one);
    expect(attribute(parsed, '00400280')).toEqual({ vr: 'ST', Value: ['next'] });
    expect(parsed.warnings).toEqual([]);
  });

  it('an item that lacks its delimiter ends where the next begins', () => {
    const open = concat(u16([0xfffe, 0xe000]), u32([UNDEFINED]), content);
    const parsed = read(file(element(0x00400260, 'SQ', concat(open, open, sequenceEnd()), { length: UNDEFINED })));
    expect((attribute(parsed, '00400260') as { Value: unknown[] }).Value).toHaveLength(2);
    expect(parsed.warnings).toEqual([{ tag: '00400260', reason: 'missing-delimiter' }]);
  });

  it('a delimiter that closes nothing is passed over', () => {
    const parsed = read(file(sequenceEnd(), element(0x00400280, 'ST', 'next')));
    expect(attribute(parsed, '00400280')).toEqual({ vr: 'ST', Value: ['next'] });
    expect(parsed.warnings).toEqual([{ tag: 'FFFEE0DD', reason: 'unexpected-delimiter' }]);
  });

  it('an element longer than its item makes the sequence unreadable, not the file', () => {
    const bad = item(element(0x00080100, 'SH', 'code', { length: 400 }));
    const parsed = read(file(element(0x00400260, 'SQ', bad), element(0x00400280, 'ST', 'next')));
    expect(attribute(parsed, '00400260')).toMatchObject({ vr: 'UN', BulkDataURI: expect.any(String) });
    expect(attribute(parsed, '00400280')).toEqual({ vr: 'ST', Value: ['next'] });
  });

  it('loses bulk ranges with the sequence that is given up', () => {
    const bad = concat(item(element(0x00411001, 'OB', new Uint8Array(20))), latin1('12345678'));
    const parsed = read(file(element(0x00400260, 'SQ', bad)), { maxInlineBytes: 10 });
    expect(parsed.layout.bulk!.map(([path]) => path)).toEqual(['00400260']);
  });
});

describe('order and duplicates (PS3.5 7.1)', () => {
  it('sorts what is out of order', () => {
    const inner = item(concat(element(0x00080104, 'LO', 'b '), element(0x00080100, 'SH', 'a ')));
    const parsed = read(file(element(0x00400260, 'SQ', inner), element(0x00100020, 'LO', 'ID')));
    expect([...parsed.elements.keys()]).toEqual([
      '00080016',
      '00080018',
      '00100020',
      '0020000D',
      '0020000E',
      '00400260',
    ]);
    expect(parsed.elements.get('00400260')).toMatch(/00080100.*00080104/);
    expect(parsed.json.indexOf('00100020')).toBeLessThan(parsed.json.indexOf('0020000D'));
  });

  it('the first of duplicates counts', () => {
    const sequence = (text: string): Uint8Array =>
      element(
        0x00400260,
        'SQ',
        item(concat(element(0x00080100, 'SH', text), element(0x00411001, 'OB', new Uint8Array(20)))),
      );
    const parsed = read(
      file(element(0x00200010, 'SH', 'one '), element(0x00200010, 'SH', 'two '), sequence('a '), sequence('b ')),
      { maxInlineBytes: 10 },
    );
    expect(attribute(parsed, '00200010')).toEqual({ vr: 'SH', Value: ['one'] });
    expect(attribute(parsed, '00400260')).toMatchObject({ Value: [{ '00080100': { Value: ['a'] } }] });
    expect(parsed.layout.bulk).toHaveLength(1);
    expect(parsed.warnings).toEqual([
      { tag: '00200010', reason: 'duplicate' },
      { tag: '00400260', reason: 'duplicate' },
    ]);
  });

  it('leaves a stray group 0002 out', () => {
    expect(read(file(element(0x00020010, 'UI', '1.2'))).elements.has('00020010')).toBe(false);
  });

  it('keeps an Available Transfer Syntax UID that is there', () => {
    const parsed = read(part10(EXPLICIT, identified([element(0x00083002, 'UI', '1.9')])));
    expect(JSON.parse(parsed.json)['00083002']).toEqual({ vr: 'UI', Value: ['1.9'] });
  });
});
